// SPDX-License-Identifier: MIT
// The ports a command works with, together. Made once by src/cli (the real ones) or by a test (the simulated ones).
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "deploy/observed.h"
#include "deploy/ports.h"

namespace bluegreen {

enum class Concurrency { parallel, serial };  // serial: the simulation, where every order must be the same each time

// `nginx`: its container; nullptr: it is a service of this machine.
using OpenProxy = std::function<Outcome<std::unique_ptr<Proxy>>(const Container* nginx)>;

struct World {
  Engine& engine;
  Clock& clock;
  History& history;
  Reporter& reporter;
  OpenProxy open_proxy;
  std::vector<std::string> reserved_subnets;  // routes of this machine, when the engine is on it
  Concurrency concurrency = Concurrency::parallel;
  std::stop_token stop;  // Ctrl-C
};

// Empty where nginx is to be a container and there is none yet.
Outcome<std::unique_ptr<Proxy>> find_proxy(const OpenProxy& open_proxy, const Observed& observed);

// Runs `work(0)` ... `work(count - 1)`, all of them, even when some fail; the first error in order, if any.
Done for_each_index(Concurrency concurrency, std::size_t count, const std::function<Done(std::size_t)>& work);

}  // namespace bluegreen
