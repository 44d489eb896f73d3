// SPDX-License-Identifier: MIT
// Anything goes wrong at any call of any command, and any command puts it right. Every history: a prepared world, a
// deed that a fault befalls at its call 1, 2, 3 ... until it runs through, a recovery, and then a deploy that must
// succeed and leave nothing behind. sim_world.h lists what is judged after every effect of all of that.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "histories.h"

namespace bluegreen {
namespace {

struct Way {
  SwitchMode mode;
  Retire retire;
};

std::string name_of(const Way& way) {
  const std::string mode = way.mode == SwitchMode::marker ? "ByMarker" : "ByReload";
  return mode + (way.retire == Retire::remove ? "Removing" : way.retire == Retire::stop ? "Stopping" : "Keeping");
}

AppPolicy policy_of(const Way& way) { return {.switch_mode = way.mode, .retire = way.retire}; }

const std::vector<Way> ways{{SwitchMode::marker, Retire::remove},
                            {SwitchMode::marker, Retire::stop},
                            {SwitchMode::marker, Retire::keep},
                            {SwitchMode::reload, Retire::remove}};

struct Recovery {
  std::string name;
  std::function<void(SimWorld&, const Deed&)> act;
};

void expect_done(const Done& outcome) { EXPECT_TRUE(outcome) << outcome.error().message; }

const std::vector<Recovery>& recoveries() {
  static const std::vector<Recovery> all{
      {"the same command",
       [](SimWorld& world, const Deed& deed) {
         // A rollback that was done goes further back, and a switch back: that is what they are for.
         if (deed.name == "rollback" || deed.name == "switch") {
           (void)deed.act(world);
           return;
         }
         expect_done(deed.act(world));
         world.clock.advance(Milliseconds{100});  // what was started again has booted
         EXPECT_EQ(deed.name == "down" ? Images{"nobody"} : world.who_serves(), deed.after);
       }},
      {"rollback",
       [](SimWorld& world, const Deed& deed) {
         if (deed.name != "down") (void)do_roll_back(world);
       }},
      // Which changes nothing: then it is the deploy of another version, at the end of every history, that recovers.
      {"status",
       [](SimWorld& world, const Deed&) {
         const auto names = world.container_names();
         (void)complaints(world);
         EXPECT_EQ(world.container_names(), names);
       }},
      {"repair",
       [](SimWorld& world, const Deed& deed) {
         const auto before = world.who_serves();
         const auto repaired = do_repair(world);
         if (deed.before == Images{"nobody"} || deed.name == "down") return;  // nothing there to be repaired
         EXPECT_TRUE(repaired) << repaired.error().message;
         world.clock.advance(Milliseconds{100});  // what was started again has booted
         EXPECT_FALSE(world.who_serves().contains("nobody"));
         // In reload mode the file may say already what nginx has not read yet.
         EXPECT_TRUE(before.contains("nobody") || before == world.who_serves() || deed.after == world.who_serves());
         EXPECT_EQ(complaints(world), std::vector<std::string>{});
       }},
  };
  return all;
}

// One release serves; where a command has told how it went, the one that it says.
void check_after_fault(SimWorld& world, const Deed& deed, Fault fault, const Done& outcome) {
  if (deed.name == "down") return;
  const auto serving = world.who_serves();
  // What was damaged may be mended in part.
  if (deed.name.starts_with("repair") && deed.before.contains("nobody") && !outcome) return;
  // On a disk that became read-only just after the marker was made, there is no way back; the message says so.
  const bool told = !kills(fault) && fault != Fault::interrupted && fault != Fault::disk_is_read_only;
  if (told)
    EXPECT_EQ(serving, outcome ? deed.after : deed.before);
  else
    EXPECT_TRUE(serving == deed.before || serving == deed.after) << testing::PrintToString(serving);
}

void check_at_the_end(SimWorld& world, const Way& way) {
  world.clock.advance(Milliseconds{500});  // a reload that is under way takes effect
  if (!world.who_serves().contains("nobody")) world.expect_uninterrupted_service();
  expect_done(do_deploy(world, "app:3"));
  EXPECT_EQ(world.who_serves(), Images{"app:3"});
  EXPECT_LE(world.container_names().size(), way.retire == Retire::remove ? 4U : 7U);
  EXPECT_EQ(world.stray_files(), std::vector<std::string>{});
  EXPECT_EQ(complaints(world), std::vector<std::string>{});
  auto now = world.world();
  const auto again = apply(now, world.project, world.project.apps[0], {});
  EXPECT_TRUE(again && !again->changed) << "something is left to be done";
  for (const auto& what : world.broken()) ADD_FAILURE() << what;
  if (!testing::Test::HasFailure()) return;
  for (const auto& container : world.engine.containers()) {
    std::cout << "  " << container.spec.name << " " << container.spec.settings.image << " "
              << static_cast<int>(container.state) << "\n";
  }
  for (const auto& operation : world.calls.log()) std::cout << "  " << operation << "\n";
}

// No release comes back after it has gone, except by a rollback, a switch, or a way back.
void check_order(const SimWorld& world, bool forward_only) {
  if (!forward_only) return;
  EXPECT_TRUE(std::ranges::is_sorted(world.served())) << testing::PrintToString(world.served());
}

class Recovered : public testing::TestWithParam<std::tuple<std::string, Way>> {
 protected:
  static const Deed& the_deed() { return deed(std::get<0>(GetParam())); }
  static const Way& way() { return std::get<1>(GetParam()); }

  static bool happens_to(Fault fault) {
    // Where nothing serves yet there is no idle side.
    return fault != Fault::the_idle_crashes || the_deed().before != Images{"nobody"};
  }
};

TEST_P(Recovered, FromEveryFaultAtEveryCallByEveryCommand) {
  for (auto fault = first_fault; fault <= last_fault; fault = static_cast<Fault>(static_cast<int>(fault) + 1)) {
    if (!happens_to(fault)) continue;
    for (const auto& recovery : recoveries()) {
      // Where the program lives, it has cleaned up by itself, or says what is left.
      if (!kills(fault) && recovery.name != "status" && recovery.name != "repair") continue;
      int call = 1;
      for (bool happened = true; happened && !HasFailure(); call += every_call) {
        SCOPED_TRACE(the_deed().name + " " + bluegreen::name_of(fault) + " at call " + std::to_string(call) +
                     ", then " + recovery.name);
        const auto world = the_deed().begin(policy_of(way()));
        world->calls.revive();
        arm(*world, fault, call);
        const auto outcome = the_deed().act(*world);
        happened = world->calls.count() >= call;
        disarm(*world);
        if (fault == Fault::the_idle_crashes) {
          // In the moment of the switch a request may meet it; it restarts, or the way is back.
          world->forgive();
          world->clock.advance(Milliseconds{500});
        }
        check_after_fault(*world, the_deed(), fault, outcome);
        recovery.act(*world, the_deed());
        check_at_the_end(*world, way());
        const bool goes_back =
            the_deed().name == "rollback" || the_deed().name == "down" || recovery.name == "rollback";
        const bool finds_its_way_back =
            !kills(fault) || fault == Fault::power_cut || recovery.name == "the same command";
        check_order(*world, !goes_back && !finds_its_way_back);
      }
      if (HasFailure()) return;
      EXPECT_GT(call, 5);
    }
  }
}

std::vector<std::string> deed_names() {
  std::vector<std::string> names;
  for (const auto& each : deeds()) names.push_back(each.name);
  return names;
}

std::string in_camel_case(std::string name) {
  std::string camel;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == ' ') continue;
    camel += i == 0 || name[i - 1] == ' ' ? static_cast<char>(std::toupper(name[i])) : name[i];
  }
  return camel;
}

INSTANTIATE_TEST_SUITE_P(Command, Recovered, testing::Combine(testing::ValuesIn(deed_names()), testing::ValuesIn(ways)),
                         [](const auto& test) {
                           return in_camel_case(std::get<0>(test.param)) + name_of(std::get<1>(test.param));
                         });

// ---- what puts it right is killed as well ----------------------------------------------------------------------

class KilledTwice : public testing::TestWithParam<std::tuple<Fault, Way, std::string>> {};

TEST_P(KilledTwice, ADeployAndThenWhatWasToRecoverIt) {
  const auto& [fault, way, second_name] = GetParam();
  const auto recover = [&](SimWorld& world) {
    if (second_name == "Repair") return do_repair(world);
    if (second_name == "Rollback") return do_roll_back(world);
    return do_deploy(world, "app:2");
  };
  const auto& deploy = deed("deploy");
  for (int call = 1; !HasFailure(); call += every_call) {
    bool killed = true;
    bool killed_again = true;
    // Every third, another third for each first call: all pairs would take ten minutes.
    for (int second = 1 + call % 3; killed_again && !HasFailure(); second += 3 * every_call) {
      SCOPED_TRACE("deploy " + name_of(fault) + " at call " + std::to_string(call) + ", and " + second_name + " at " +
                   std::to_string(second));
      const auto world = deploy.begin(policy_of(way));
      world->calls.revive();
      arm(*world, fault, call);
      (void)deploy.act(*world);
      killed = world->calls.count() >= call;
      disarm(*world);
      arm(*world, fault, second);
      (void)recover(*world);
      killed_again = world->calls.count() >= second;
      disarm(*world);
      const auto serving = world->who_serves();
      EXPECT_EQ(serving.size(), 1U);
      EXPECT_FALSE(serving.contains("nobody"));
      check_at_the_end(*world, way);
    }
    if (!killed) break;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Command, KilledTwice,
    testing::Combine(testing::Values(Fault::killed_effect_lost, Fault::killed_answer_lost, Fault::power_cut),
                     testing::Values(ways.front(), ways.back()), testing::Values("Deploy", "Repair", "Rollback")),
    [](const auto& test) {
      const auto fault = static_cast<int>(std::get<0>(test.param));
      return std::get<2>(test.param) + name_of(std::get<1>(test.param)) + std::to_string(fault);
    });

// ---- docs/reliability.md -----------------------------------------------------------------------------------------

// The recovery table: step -> what it says serves when a deploy was killed in that step.
std::map<std::string, std::string> read_recovery_table() {
  std::map<std::string, std::string> rows;
  std::ifstream document(RELIABILITY_MD);
  std::string chapter;
  for (std::string line; std::getline(document, line);) {
    if (line.starts_with("## ")) chapter = line;
    if (chapter != "## After a crash" || !line.starts_with("| `")) continue;
    const auto end = line.find('`', 3);
    const auto from = line.find("| ", end) + 2;
    rows[line.substr(3, end - 3)] = line.substr(from, line.find(" |", from) - from);
  }
  return rows;
}

TEST(RecoveryTable, HasARowForEveryStepAndSaysWhatServesWhenItIsKilledThere) {
  const auto table = read_recovery_table();
  std::set<std::string> steps;
  for (const auto* name :
       {"deploy", "first deploy", "deploy on another path", "repair of a lost network", "maintenance on"}) {
    const auto& killed = deed(name);
    for (const auto fault : {Fault::killed_effect_lost, Fault::killed_answer_lost}) {
      for (int call = 1;; ++call) {
        const auto world = killed.begin(policy_of({SwitchMode::marker, Retire::stop}));
        world->calls.revive();
        world->reporter.steps.clear();
        arm(*world, fault, call);
        (void)killed.act(*world);
        const bool happened = world->calls.count() >= call;
        disarm(*world);
        if (!happened) break;
        if (world->reporter.steps.empty()) continue;  // it was still looking
        const auto& step = world->reporter.steps.back();
        steps.insert(step);
        if (killed.before != Images{"app:1"} || !table.contains(step)) continue;
        const auto serving = world->who_serves();
        const auto& promised = table.at(step);
        EXPECT_TRUE((promised.find("old") != std::string::npos && serving == Images{"app:1"}) ||
                    (promised.find("new") != std::string::npos && serving == Images{"app:2"}))
            << step << ": " << promised << ", call " << call;
      }
    }
  }
  std::set<std::string> rows;
  for (const auto& [step, serves] : table) rows.insert(step);
  EXPECT_EQ(rows, steps);
}

}  // namespace
}  // namespace bluegreen
