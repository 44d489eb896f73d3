// SPDX-License-Identifier: MIT
// What the histories of recovery_test.cc and random_worlds.cc are made of: deeds (commands in a prepared world), faults
// that befall them at one of their calls, and recoveries.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sim_world.h"

namespace bluegreen {

using Images = std::set<std::string>;

// Every call, one after the other; under a sanitizer, which is many times slower, every seventh.
#if defined(__has_feature)  // clang; gcc defines the other two
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define BLUEGREEN_IS_SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BLUEGREEN_IS_SANITIZED
#endif
#ifdef BLUEGREEN_IS_SANITIZED
inline constexpr int every_call = 7;
#else
inline constexpr int every_call = 1;
#endif

enum class Fault {
  killed_effect_lost,
  killed_answer_lost,
  fails,              // one call has no effect and an error
  fails_afterwards,   // one call has its effect and an error
  times_out,          // the same, with no answer within the deadline
  power_cut,          // everything stops; what was not synced is gone
  power_cut_gently,   // everything stops; what was not synced happens to be there
  engine_restarts,    // under the running program
  nginx_restarts,     // reads the files as they are at this moment
  the_idle_crashes,   // a container of the side that does not serve
  disk_is_full,       // from here on, until the program ends
  disk_is_read_only,  // the same
  clock_jumps_back,
  clock_jumps_ahead,
  nginx_refuses_test,
  nginx_refuses_reload,  // although it took the same files in its test
  nginx_overlooks_reload,
  interrupted,  // Ctrl-C
};
inline constexpr Fault first_fault = Fault::killed_effect_lost;
inline constexpr Fault last_fault = Fault::interrupted;
[[nodiscard]] std::string name_of(Fault fault);
// The program is dead afterwards: nobody could clean up.
[[nodiscard]] bool kills(Fault fault);
// The fault befalls the program that runs next, at that call.
void arm(SimWorld& world, Fault fault, int call);
void disarm(SimWorld& world);

// A world in which app:0 and then app:1 were released, and requests are served without interruption.
[[nodiscard]] std::unique_ptr<SimWorld> serving_world(const AppPolicy& policy);

struct Deed {
  std::string name;
  std::function<std::unique_ptr<SimWorld>(const AppPolicy& policy)> begin;
  std::function<Done(SimWorld&)> act;
  Images before, after;  // what serves before it, and once it has succeeded
};
[[nodiscard]] const std::vector<Deed>& deeds();
[[nodiscard]] const Deed& deed(const std::string& name);

// Commands on the app `web` of any world.
Done do_deploy(SimWorld& world, const std::string& image);
Done do_apply(SimWorld& world);
Done do_roll_back(SimWorld& world);
Done do_switch(SimWorld& world);
Done do_repair(SimWorld& world);
Done do_down(SimWorld& world);
Done do_maintenance(SimWorld& world, SimWorld::Maintenance wanted);
// Reads only: what `status` would complain of.
[[nodiscard]] std::vector<std::string> complaints(SimWorld& world);

}  // namespace bluegreen
