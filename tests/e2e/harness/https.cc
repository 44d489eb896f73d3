// SPDX-License-Identifier: MIT
#include "harness/https.h"

#include <filesystem>

namespace bluegreen::e2e {

Output Https::get(const std::string& host, const std::string& path, const std::vector<std::string>& more) {
  const auto port = std::to_string(scenario_.port(port_number_));
  std::vector<std::string> words{
      "curl", "-sS", "-i", "-k", "--max-time", "10", "--connect-to", "::127.0.0.1:" + port, "https://" + host + path};
  words.insert(words.end(), more.begin(), more.end());
  return run(words);
}

void Https::make_certificate(const std::string& name, const std::string& host) {
  const auto file = (scenario_.directory() / "certs" / name).string();
  std::filesystem::create_directories(scenario_.directory() / "certs");
  const auto made =
      run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
           "2", "-subj", "/CN=" + host, "-keyout", file + ".key", "-out", file + ".pem"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
}

Output Https::run(const std::vector<std::string>& words) {
  return Process({.words = words, .directory = scenario_.directory()}).wait(std::chrono::seconds(20));
}

}  // namespace bluegreen::e2e
