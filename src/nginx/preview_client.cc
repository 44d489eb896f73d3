// SPDX-License-Identifier: MIT
#include "nginx/preview_client.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "http/client.h"

namespace bluegreen {

namespace {

constexpr std::size_t body_shown = 1024;

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return result;
}

std::string_view trim(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

// "HTTP/1.1 502 Bad Gateway" -> 502; else 0
int parse_status(std::string_view line) {
  const auto space = line.find(' ');
  if (!line.starts_with("HTTP/") || space == std::string_view::npos) return 0;
  int status = 0;
  std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
  return status;
}

std::string seconds(Milliseconds duration) {
  return std::to_string(std::max<long long>(1, std::chrono::ceil<Seconds>(duration).count()));
}

}  // namespace

Outcome<ListenerAnswer> parse_printed_answer(std::string_view text) {
  ListenerAnswer answer;
  bool in_head = false;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = trim(text.substr(0, end));
    if (const int status = parse_status(line); status != 0) {
      answer = {status, {}, {}};  // of several, the last counts
      in_head = true;
    } else if (in_head) {
      const auto colon = line.find(':');
      if (colon == std::string_view::npos) {
        if (line.empty()) text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        break;
      }
      answer.headers[lower(line.substr(0, colon))] = std::string(trim(line.substr(colon + 1)));
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  if (answer.status == 0) return failure("no answer from nginx's preview listener");
  answer.body = std::string(text.substr(0, body_shown));
  return answer;
}

PreviewClient::PreviewClient(const std::string& address, std::uint16_t port, RunInside run_inside)
    : run_inside_(std::move(run_inside)),
      base_url_("http://" + address + ":" + std::to_string(port)),
      port_(port),
      kept_(std::make_unique<HttpClient>(HttpTarget{base_url_, "", "", "", ""})),
      reachable_(!address.empty()) {}

PreviewClient::~PreviewClient() = default;

Outcome<ListenerAnswer> PreviewClient::ask(const ListenerQuery& query) { return ask_with(*kept_, query); }

Outcome<ListenerAnswer> PreviewClient::ask_afresh(const ListenerQuery& query) {
  HttpClient client(HttpTarget{base_url_, "", "", "", ""});
  return ask_with(client, query);
}

Outcome<ListenerAnswer> PreviewClient::ask_with(HttpClient& client, const ListenerQuery& query) {
  if (!reachable_) return ask_inside(query);
  HttpRequest request;
  request.path = query.path;
  request.headers = query.headers;
  request.timeout = query.timeout;
  auto response = client.perform(request);
  if (response) {
    return ListenerAnswer{response->status, std::move(response->headers), response->body.substr(0, body_shown)};
  }
  if (response.error().kind == ErrorKind::timeout || !run_inside_) return std::unexpected(response.error());
  // Not reachable from here (another network namespace, a virtual machine), or nginx does not listen: inside, one
  // knows.
  auto inside = ask_inside(query);
  if (!inside) return std::unexpected(response.error());
  reachable_ = false;
  return inside;
}

Outcome<ListenerAnswer> PreviewClient::ask_inside(const ListenerQuery& query) {
  std::vector<std::string> curl{"curl", "-sS", "-i", "--path-as-is", "-m", seconds(query.timeout)};
  for (const auto& header : query.headers) curl.insert(curl.end(), {"-H", header});
  curl.push_back("http://127.0.0.1:" + std::to_string(port_) + query.path);
  constexpr auto what_next = "An engine on another machine needs curl in the nginx image; the official one has it.";
  const auto result = run_inside_(curl, query.timeout + Milliseconds(2000));
  if (!result) return failure(result.error().message, what_next);
  if (auto answer = parse_printed_answer(result->output)) return answer;
  if (result->exit_code == 126 || result->exit_code == 127) {
    return failure("nginx's preview listener cannot be asked inside its container", what_next);
  }
  return failure(result->exit_code == 28 ? ErrorKind::timeout : ErrorKind::failed,
                 "nginx's preview listener: " + result->output);
}

}  // namespace bluegreen
