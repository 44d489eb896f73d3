// SPDX-License-Identifier: MIT
#include "deploy/world.h"

#include <thread>

namespace bluegreen {

Outcome<std::unique_ptr<Proxy>> find_proxy(const OpenProxy& open_proxy, const Observed& observed) {
  if (observed.nginx_on_host) return open_proxy(nullptr);
  return observed.proxy ? open_proxy(&*observed.proxy) : nullptr;
}

Done for_each_index(Concurrency concurrency, std::size_t count, const std::function<Done(std::size_t)>& work) {
  std::vector<Done> results(count);
  if (concurrency == Concurrency::serial || count < 2) {
    for (std::size_t i = 0; i < count; ++i) results[i] = work(i);
  } else {
    std::vector<std::jthread> threads;
    threads.reserve(count);
    for (std::size_t i = 0; i < count; ++i) threads.emplace_back([&, i] { results[i] = work(i); });
  }
  for (auto& result : results) TRY(std::move(result));
  return {};
}

}  // namespace bluegreen
