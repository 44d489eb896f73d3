// SPDX-License-Identifier: MIT
// Random histories in the simulated world: an app of random shape and policy, some random commands, about half of them
// befallen by a random fault at a random call, and at the end a deploy that must succeed and leave nothing behind.
// The same seed is the same histories. What is judged on the way: sim_world.h.
//
//   random_worlds [--seed N] [--histories N | --minutes N] [--threads N]     --only N: that one history, in every
//   detail
//
// Exit code 1: a promise was broken, or (without --only) a mark was never reached: a rare branch that these histories
// are there to reach.
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "histories.h"

namespace bluegreen {
namespace {

using Random = std::mt19937_64;

// Rare branches, and how one sees that they were taken: by what was told, or by the steps.
const std::map<std::string, std::string> marks{
    {"a failed release is cleared", " is cleared"},
    {"an error after the switch leaves the rest to the next command", "the next deploy clears what is left"},
    {"a switch that cannot be taken back is left alone", "and not taken back"},
    {"a container that ends in the moment of the switch brings the old side back", "ended just before requests came"},
    {"a release never gets healthy", "never got healthy"},
    {"a release does not stay up", "does not stay up"},
    {"nginx refuses a test", "nginx refuses the configuration: it does not like it"},
    {"nginx refuses a reload that it took in its test", "nginx did not take the configuration: bind() failed"},
    {"nginx overlooks a reload", "nginx has not taken the configuration within 10 s"},
    {"an interrupted change of the configuration is seen", "was interrupted"},
    {"what an interrupted run left is seen", "that an interrupted run has left half"},
    {"an interrupted command goes back", "interrupted"},
    {"an interrupted command goes on after its switch", "interrupted after the switch"},
    {"nginx is held where it is before the other side is cleared", "step: hold"},
    {"the other side is cleared first", "step: clear"},
    {"a maintenance page is shown", "step: maintenance"},
    {"a full disk is met", "No space left on device"},
    {"a read-only disk is met", "Read-only file system"},
    {"the history cannot be written", "history"},
};

struct History {
  std::vector<std::string> story, broken;
  std::set<std::string> marks;
};

int pick(Random& random, int from, int to) { return std::uniform_int_distribution(from, to)(random); }
bool chance(Random& random, int percent) { return pick(random, 1, 100) <= percent; }

class Player {
 public:
  explicit Player(std::uint64_t seed) : random_(seed) {}

  History play() {
    policy_.switch_mode = chance(random_, 60) ? SwitchMode::marker : SwitchMode::reload;
    policy_.retire = static_cast<Retire>(pick(random_, 0, 2));
    policy_.health_timeout = Seconds{5};  // what is sick is asked again and again until then
    world_ = serving_world(policy_);
    tell(policy_.switch_mode == SwitchMode::marker ? "by marker" : "by reload");
    const int deeds = pick(random_, 1, 3);
    for (int i = 0; i < deeds; ++i) {
      // What status would say now, where there may be something to say.
      if (i > 0 && failed_)
        for (const auto& complaint : complaints(*world_)) mark(complaint);
      befall();
      act();
    }
    finish();
    return std::move(history_);
  }

 private:
  void tell(const std::string& text) { history_.story.push_back(text); }
  void blame(const std::string& text) { history_.broken.push_back(text); }

  void mark(const std::string& told) {
    for (const auto& [name, sign] : marks) {
      if (told.find(sign) != std::string::npos) history_.marks.insert(name);
    }
  }

  // What happens between two commands.
  void befall() {
    auto& world = *world_;
    switch (pick(random_, 0, 9)) {
      case 0:
        tell("nginx restarts");
        return world.restart_nginx();
      case 1:
        tell("the engine restarts");
        return world.restart_engine();
      case 2:
        tell("an idle container crashes");
        return world.crash_idle();
      case 3:
        tell("the clock jumps");
        return world.clock.jump(Milliseconds{pick(random_, -1'000'000'000, 1'000'000'000)});
      default:
        return;
    }
  }

  void act() {
    auto& world = *world_;
    struct Choice {
      std::string name;
      std::function<Done(SimWorld&)> run;
    };
    const auto image = "app:" + std::to_string(pick(random_, 0, 2));
    const std::vector<Choice> choices{
        {"deploy " + image, [&](SimWorld& there) { return do_deploy(there, image); }},
        {"deploy of " + image + ", which is sick", [&](SimWorld& there) { return deploy_sick(there, image); }},
        {"apply " + image,
         [&](SimWorld& there) {
           there.set_image(image);
           return do_apply(there);
         }},
        {"rollback", do_roll_back},
        {"switch", do_switch},
        {"repair", do_repair},
        {"maintenance on", [](SimWorld& there) { return do_maintenance(there, SimWorld::Maintenance::on); }},
        {"maintenance off", [](SimWorld& there) { return do_maintenance(there, SimWorld::Maintenance::off); }},
        {"deploy " + image + " without a switch", [&](SimWorld& there) { return deploy_before_switch(there, image); }},
    };
    const auto& choice = choices.at(static_cast<std::size_t>(pick(random_, 0, static_cast<int>(choices.size()) - 1)));
    const bool is_befallen = chance(random_, 60);
    const auto fault = static_cast<Fault>(pick(random_, 0, static_cast<int>(last_fault)));
    const int call = pick(random_, 1, 75);
    world.calls.revive();
    if (is_befallen) arm(world, fault, call);
    tell(choice.name + (is_befallen ? ", " + name_of(fault) + " at call " + std::to_string(call) : ""));
    const auto outcome = choice.run(world);
    if (!outcome) {
      tell("  " + outcome.error().message);
      mark(outcome.error().message);
    }
    disarm(world);
    if (is_befallen && fault == Fault::the_idle_crashes) world.forgive();  // it may have been the active one by then
    world.clock.advance(Milliseconds{500});
    const auto serving = world.who_serves();
    if (serving.size() != 1 || serving.contains("nobody")) {
      std::string images;
      for (const auto& each : serving) images += " " + each;
      blame("after that these serve:" + images);
    }
    failed_ = !outcome;
  }

  static Done deploy_sick(SimWorld& world, const std::string& image) {
    const auto healthy = world.engine.behavior;
    world.engine.behavior = [&](const ContainerSpec& spec) {
      auto behavior = healthy(spec);
      if (spec.settings.image == "nginx") return behavior;
      if (image == "app:0")
        behavior.never_healthy = true;
      else
        behavior.exits_with = 1;
      return behavior;
    };
    auto done = do_deploy(world, image);
    world.engine.behavior = healthy;
    return done;
  }

  static Done deploy_before_switch(SimWorld& world, const std::string& image) {
    world.set_image(image);
    auto now = world.world();
    const auto released =
        deploy(now, world.project, *world.project.find_app("web"), {.stop_before = StopBefore::the_switch});
    if (released) return {};
    return std::unexpected(released.error());
  }

  void finish() {
    auto& world = *world_;
    tell("deploy app:3");
    if (const auto done = do_deploy(world, "app:3"); !done) blame("the last deploy: " + done.error().message);
    if (world.who_serves() != Images{"app:3"}) blame("app:3 does not serve alone");
    for (const auto& path : world.stray_files()) blame("a stray file: " + path);
    for (const auto& complaint : complaints(world)) blame(complaint);
    if (world.container_names().size() > (policy_.retire == Retire::remove ? 4U : 7U)) blame("stray containers");
    for (const auto& what : world.broken()) blame(what);
    for (const auto& step : world.reporter.steps) mark("step: " + step);
    for (const auto& words : world.reporter.words) mark(words);
  }

  Random random_;
  AppPolicy policy_;
  std::unique_ptr<SimWorld> world_;
  bool failed_ = false;  // the last deed
  History history_;
};

struct Settings {
  std::uint64_t seed = std::random_device()();
  std::uint64_t histories = 20'000;
  std::optional<double> minutes;
  std::optional<std::uint64_t> only;
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
};

void print(const History& history, std::uint64_t number, std::uint64_t seed) {
  fmt::print("history {} of seed {} (--seed {} --only {}):\n", number, seed, seed, number);
  for (const auto& line : history.story) fmt::print("  {}\n", line);
  for (const auto& line : history.broken) fmt::print("  BROKEN: {}\n", line);
}

std::uint64_t seed_of(std::uint64_t seed, std::uint64_t number) { return seed * 0x9E3779B97F4A7C15ULL + number; }

int play_all(const Settings& settings) {
  fmt::print("seed {}\n", settings.seed);
  std::fflush(stdout);
  if (settings.only) {
    const auto history = Player(seed_of(settings.seed, *settings.only)).play();
    print(history, *settings.only, settings.seed);
    return history.broken.empty() ? 0 : 1;
  }
  const auto started = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  };
  std::atomic<std::uint64_t> next{0};
  std::atomic<int> broken{0};
  std::mutex mutex;
  std::map<std::string, int> reached;
  const auto work = [&] {
    for (;;) {
      const auto number = next++;
      const bool is_over = settings.minutes ? elapsed() >= *settings.minutes * 60 : number >= settings.histories;
      if (is_over || broken >= 5) return;
      const auto history = Player(seed_of(settings.seed, number)).play();
      const std::lock_guard lock(mutex);
      for (const auto& name : history.marks) ++reached[name];
      if (history.broken.empty()) continue;
      ++broken;
      print(history, number, settings.seed);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < settings.threads; ++i) threads.emplace_back(work);
  }
  const auto played = settings.minutes ? next.load() : std::min(next.load(), settings.histories);
  fmt::print("{} histories in {:.1f} s, {:.0f} a minute, {} broken\n", played, elapsed(),
             static_cast<double>(played) / elapsed() * 60, broken.load());
  int missed = 0;
  for (const auto& [name, sign] : marks) {
    fmt::print("{:8} {}\n", reached[name], name);
    missed += reached[name] == 0 ? 1 : 0;
  }
  if (missed > 0) fmt::print("{} marks were never reached\n", missed);
  return broken > 0 || missed > 0 ? 1 : 0;
}

// A history is small strings and little else. With more of the freed ones kept at hand for each thread, glibc makes a
// sixth more histories a minute; it takes that from the environment of a new process alone (gnu.org/software/libc,
// "Memory Allocation Tunables").
void start_anew_with_larger_caches(char** argv) {
  if (std::getenv("GLIBC_TUNABLES") != nullptr) return;
  ::setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=500", 1);
  ::execv("/proc/self/exe", argv);  // where that is not possible, it goes on slower
}

}  // namespace
}  // namespace bluegreen

int main(int argc, char** argv) {
  bluegreen::start_anew_with_larger_caches(argv);
  bluegreen::Settings settings;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    const char* const value = i + 1 < argc ? argv[i + 1] : "";
    char* end = nullptr;
    const auto number = std::strtoull(value, &end, 10);
    const bool is_number = end != value && *end == '\0';
    if (name == "--seed" && is_number)
      settings.seed = number;
    else if (name == "--histories" && is_number)
      settings.histories = number;
    else if (name == "--minutes" && is_number)
      settings.minutes = static_cast<double>(number);
    else if (name == "--threads" && is_number)
      settings.threads = static_cast<unsigned>(number);
    else if (name == "--only" && is_number)
      settings.only = number;
    else {
      fmt::print(stderr,
                 "random_worlds: {} {} is not understood\n"
                 "usage: random_worlds [--seed N] [--histories N | --minutes N] [--threads N] [--only N]\n",
                 name, value);
      return 2;
    }
  }
  return bluegreen::play_all(settings);
}
