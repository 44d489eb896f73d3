// SPDX-License-Identifier: MIT
// A shared library of this machine that is loaded when it is first needed, and not at every start of the program: the
// table of what is used of it is filled by name.
#pragma once

#include <dlfcn.h>

#include <string>

namespace bluegreen {

class SharedLibrary {
 public:
  // Never unloaded.
  explicit SharedLibrary(const char* name) : handle_(::dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) problem_ = ::dlerror();
  }

  template <class Function>
  SharedLibrary& find(const char* name, Function*& function) {
    if (handle_ == nullptr) return *this;
    function = reinterpret_cast<Function*>(::dlsym(handle_, name));
    if (function == nullptr && problem_.empty()) problem_ = std::string("it has no ") + name;
    return *this;
  }

  // Why it cannot be used; empty: it can.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  void* handle_;
  std::string problem_;
};

}  // namespace bluegreen
