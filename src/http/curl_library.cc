// SPDX-License-Identifier: MIT
#include "http/curl_library.h"

#include "base/shared_library.h"

namespace bluegreen {
namespace {

struct Loaded {
  CurlLibrary functions{};
  std::string problem;  // empty: none
};

Loaded load() {
  Loaded loaded;
  auto& to = loaded.functions;
  SharedLibrary library("libcurl.so.4");
  library.find("curl_global_init", to.global_init)
      .find("curl_easy_init", to.easy_init)
      .find("curl_easy_cleanup", to.easy_cleanup)
      .find("curl_easy_reset", to.easy_reset)
      .find("curl_easy_setopt", to.easy_setopt)
      .find("curl_easy_getinfo", to.easy_getinfo)
      .find("curl_easy_strerror", to.easy_strerror)
      .find("curl_multi_init", to.multi_init)
      .find("curl_multi_cleanup", to.multi_cleanup)
      .find("curl_multi_add_handle", to.multi_add_handle)
      .find("curl_multi_remove_handle", to.multi_remove_handle)
      .find("curl_multi_perform", to.multi_perform)
      .find("curl_multi_info_read", to.multi_info_read)
      .find("curl_multi_poll", to.multi_poll)
      .find("curl_multi_wakeup", to.multi_wakeup)
      .find("curl_slist_append", to.slist_append)
      .find("curl_slist_free_all", to.slist_free_all);
  loaded.problem = library.problem();
  // The flags mean nothing since curl 7.57; TLS sets itself up when a connection first needs it.
  if (loaded.problem.empty() && to.global_init(CURL_GLOBAL_NOTHING) != CURLE_OK) loaded.problem = "it is broken";
  return loaded;
}

const Loaded& library() {
  static const Loaded loaded = load();
  return loaded;
}

}  // namespace

Done ensure_curl() {
  if (library().problem.empty()) return {};
  return failure("libcurl cannot be loaded: " + library().problem,
                 "An engine behind TLS needs it. On Debian: apt-get install libcurl4");
}

const CurlLibrary& curl() { return library().functions; }

}  // namespace bluegreen
