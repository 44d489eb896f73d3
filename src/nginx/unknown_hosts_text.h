// SPDX-License-Identifier: MIT
// What nginx answers for a host that nobody serves: 421 or nothing over HTTP, no handshake over TLS. Pure. Only for
// config_text.cc.
//
// Without this nginx would take the first server that it reads: some app, chosen by its file's name, with its
// certificate. This is that first server, by the name of its file. It does not call itself `default_server`: there can
// be only one, it may be the user's, and then it is theirs that counts. An app without `host` is asked before it, too.
// One file for each project, so that it follows from that project's apps alone; of several nginx takes the first.
#pragma once

#include <string>
#include <vector>

#include "nginx/published_site.h"

namespace bluegreen {

[[nodiscard]] std::string unknown_hosts_file_name(const std::string& project);

// Of one project's sites, at least one.
[[nodiscard]] std::string render_unknown_hosts_file(const std::vector<const PublishedSite*>& sites);

}  // namespace bluegreen
