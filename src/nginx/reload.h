// SPDX-License-Identifier: MIT
// A reload, and whether it was taken. nginx itself reports nothing: a refused configuration is one [emerg] line in its
// log, a taken one is a new generation of workers (nginx.org/en/docs/control.html).
#pragma once

#include "deploy/ports.h"
#include "nginx/nginx.h"

namespace bluegreen {

struct Reload {
  enum class Result { taken, refused, unknown };
  Result result = Result::unknown;
  std::string words;  // nginx's own, when refused
};

// Returns when the new workers are there and no old one takes connections, or nginx has refused, or after 10 s.
Outcome<Reload> reload_nginx(Nginx& nginx, Clock& clock);

}  // namespace bluegreen
