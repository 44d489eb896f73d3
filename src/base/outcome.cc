// SPDX-License-Identifier: MIT
#include "base/outcome.h"

namespace bluegreen {

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
    case ErrorKind::no_project:
      return 2;
    case ErrorKind::locked:
      return 3;
    case ErrorKind::interrupted:
      return 130;
    case ErrorKind::bug:
      return 70;
    default:
      return 1;
  }
}

}  // namespace bluegreen
