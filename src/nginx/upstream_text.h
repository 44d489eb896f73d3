// SPDX-License-Identifier: MIT
// The upstreams of one service: where nginx finds its replicas in each environment, how it shares the requests out
// among them, and how it passes one over that died. Pure. For config_text.cc and stream_text.cc.
//
// A replica that is gone is no refused connection but silence: its address on the bridge answers nothing, until the
// kernel gives up after some 3 s. So of several replicas one that has just failed is left out for a while. All of
// them at once may have failed, by a timeout or a kept connection that was closed in the wrong moment: then the same
// ones stand in once more as `backup`, without a memory, and no request finds "no live upstreams". ip_hash knows no
// backup, so there a dead replica is found out by each request that belongs to it.
// What fails while a release starts is not held against it: the preview has upstreams of its own.
// Source: nginx.org/en/docs/http/ngx_http_upstream_module.html.
#pragma once

#include <string>
#include <string_view>

#include "deploy/site.h"

namespace bluegreen {

// The largest number of replicas that the service has in one of the environments.
[[nodiscard]] std::size_t most_replicas(const Site& site, const std::string& service);

// What comes after "http://". `color` may be a variable with the color: "$bluegreen_color".
[[nodiscard]] std::string public_upstream(const Site& site, const std::string& service, std::string_view color);
[[nodiscard]] std::string preview_upstream(const Site& site, const std::string& service, std::string_view color);

// How long nginx tries to connect before it turns to another. To a single replica: as long as a full queue of
// connections may take to be tried again. With others to turn to, one that is silent is soon left alone, and each is
// asked once.
[[nodiscard]] std::string render_patience(std::string_view module, std::size_t replicas);

// What stands in the upstream of one environment: how it balances, and its servers.
[[nodiscard]] std::string render_balance(const Site& site, const Route& route, Color color);

// Both environments.
[[nodiscard]] std::string render_upstreams(const Site& site, const Route& route);

}  // namespace bluegreen
