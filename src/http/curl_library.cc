// SPDX-License-Identifier: MIT
#include "http/curl_library.h"

#include <dlfcn.h>

namespace bluegreen {
namespace {

struct Loaded {
  CurlLibrary functions{};
  std::string problem;  // empty: none
};

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

Loaded load() {
  Loaded loaded;
  void* library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    loaded.problem = ::dlerror();
    return loaded;
  }
  auto& to = loaded.functions;
  const bool all =
      find(library, "curl_global_init", to.global_init) && find(library, "curl_easy_init", to.easy_init) &&
      find(library, "curl_easy_cleanup", to.easy_cleanup) && find(library, "curl_easy_reset", to.easy_reset) &&
      find(library, "curl_easy_setopt", to.easy_setopt) && find(library, "curl_easy_getinfo", to.easy_getinfo) &&
      find(library, "curl_easy_strerror", to.easy_strerror) && find(library, "curl_multi_init", to.multi_init) &&
      find(library, "curl_multi_cleanup", to.multi_cleanup) &&
      find(library, "curl_multi_add_handle", to.multi_add_handle) &&
      find(library, "curl_multi_remove_handle", to.multi_remove_handle) &&
      find(library, "curl_multi_perform", to.multi_perform) &&
      find(library, "curl_multi_info_read", to.multi_info_read) && find(library, "curl_multi_poll", to.multi_poll) &&
      find(library, "curl_multi_wakeup", to.multi_wakeup) && find(library, "curl_slist_append", to.slist_append) &&
      find(library, "curl_slist_free_all", to.slist_free_all);
  // The flags mean nothing since curl 7.57; TLS sets itself up when a connection first needs it.
  if (!all || to.global_init(CURL_GLOBAL_NOTHING) != CURLE_OK) loaded.problem = "it is too old, or broken";
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
