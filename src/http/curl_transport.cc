// SPDX-License-Identifier: MIT
// HTTPS, through curl.
// One exchange at a time on a pair of curl handles: the easy handle holds the request, its own multi handle the open
// connections, a deadline that we keep ourselves, and a wakeup that another thread can call. Pairs wait in a pool, the
// last used on top, so that one thread's calls run over one connection.
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <mutex>
#include <optional>

#include "http/curl_library.h"
#include "http/transport.h"

namespace bluegreen {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr auto kConnectTimeout = std::chrono::seconds(10);

struct EasyClose {
  void operator()(CURL* easy) const { curl().easy_cleanup(easy); }
};
struct MultiClose {
  void operator()(CURLM* multi) const { curl().multi_cleanup(multi); }
};
struct ListFree {
  void operator()(curl_slist* list) const { curl().slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListFree>;

struct Handles {
  std::unique_ptr<CURLM, MultiClose> multi{curl().multi_init()};
  std::unique_ptr<CURL, EasyClose> easy{curl().easy_init()};
};

// What arrives, and where it goes.
struct Receiver {
  CURL* easy = nullptr;
  const BodySink* sink = nullptr;
  std::size_t body_limit = 0;
  HttpResponse response;
  bool too_large = false;
  bool sink_ended = false;

  bool is_error() const {
    long status = 0;
    curl().easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status >= 400;
  }

  bool take_body(std::string_view piece) {
    if (sink != nullptr && !is_error()) {
      sink_ended = !(*sink)(piece);
      return !sink_ended;
    }
    too_large = piece.size() > body_limit - response.body.size();
    if (too_large) return false;
    response.body.append(piece);
    return true;
  }

  void take_header(std::string_view line) {
    if (line.starts_with("HTTP/")) response.headers.clear();  // an interim answer (1xx) came before
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return;
    std::string name(line.substr(0, colon));
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto value = line.substr(colon + 1);
    const auto first = value.find_first_not_of(" \t\r\n");
    const auto last = value.find_last_not_of(" \t\r\n");
    response.headers[name] = first == std::string_view::npos ? "" : std::string(value.substr(first, last - first + 1));
  }
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* receiver) {
  return static_cast<Receiver*>(receiver)->take_body({data, size}) ? size : CURL_WRITEFUNC_ERROR;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* receiver) {
  static_cast<Receiver*>(receiver)->take_header({data, size});
  return size;
}

// Not to be inherited by programs that are started meanwhile: they would keep the connection open.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

HeaderList make_headers(const HttpRequest& request) {
  HeaderList list;
  const auto add = [&list](const std::string& line) {
    if (auto* longer = curl().slist_append(list.get(), line.c_str())) {
      (void)list.release();
      list.reset(longer);
    }
  };
  add("Expect:");  // no 100-continue round trip
  const auto is_type = [](const std::string& line) { return strncasecmp(line.c_str(), "content-type:", 13) == 0; };
  if (std::ranges::none_of(request.headers, is_type)) add("Content-Type:");  // curl would call the body a form
  for (const auto& line : request.headers) add(line);
  return list;
}

std::string place_of(const HttpTarget& target) {
  return target.unix_socket.empty() ? target.base_url : target.unix_socket;
}

void set_target(CURL* easy, const HttpTarget& target) {
  if (!target.unix_socket.empty()) curl().easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, target.unix_socket.c_str());
  if (!target.ca_file.empty()) curl().easy_setopt(easy, CURLOPT_CAINFO, target.ca_file.c_str());
  if (!target.certificate_file.empty()) curl().easy_setopt(easy, CURLOPT_SSLCERT, target.certificate_file.c_str());
  if (!target.key_file.empty()) curl().easy_setopt(easy, CURLOPT_SSLKEY, target.key_file.c_str());
  curl().easy_setopt(easy, CURLOPT_PROXY, "");  // what we talk to is named on purpose: no proxy of the environment
  curl().easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl().easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl().easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl().easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl().easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(std::chrono::milliseconds(kConnectTimeout).count()));
}

void set_request(CURL* easy, const std::string& url, const HttpRequest& request, curl_slist* headers) {
  curl().easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl().easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl().easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  if (request.method == "HEAD") {
    curl().easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (request.method == "POST" || !request.body.empty()) {
    curl().easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl().easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  curl().easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

enum class Ended { by_curl, by_deadline, by_stop, by_silence };

struct Ending {
  Ended how = Ended::by_curl;
  CURLcode code = CURLE_OK;
  Error silence{};  // by_silence: why
};

// The handle is in the multi handle only while this runs: taking it out of there in the middle closes its connection.
Ending run(const Handles& handles, std::optional<SteadyTime> deadline, const HttpRequest& request) {
  const auto& stop = request.stop;
  auto silent_until = std::chrono::steady_clock::now() + request.silence;
  CURLM* multi = handles.multi.get();
  if (curl().multi_add_handle(multi, handles.easy.get()) != CURLM_OK) return {Ended::by_curl, CURLE_FAILED_INIT};
  struct Guard {
    const Handles& handles;
    ~Guard() { curl().multi_remove_handle(handles.multi.get(), handles.easy.get()); }
  } guard{handles};
  const std::stop_callback wake(stop, [multi] { curl().multi_wakeup(multi); });

  while (true) {
    int running = 0;
    if (curl().multi_perform(multi, &running) != CURLM_OK) return {Ended::by_curl, CURLE_FAILED_INIT};
    int queued = 0;
    while (const CURLMsg* message = curl().multi_info_read(multi, &queued))
      if (message->msg == CURLMSG_DONE) return {Ended::by_curl, message->data.result};
    if (stop.stop_requested()) return {Ended::by_stop};

    std::chrono::milliseconds wait{60'000};
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) return {Ended::by_deadline};
      wait = std::min(wait, left);
    }
    if (request.silence.count() > 0) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(silent_until - std::chrono::steady_clock::now());
      wait = std::min(wait, std::max(left, std::chrono::milliseconds{0}));
    }
    int busy = 0;
    curl().multi_poll(multi, nullptr, 0, static_cast<int>(wait.count()), &busy);
    if (request.silence.count() == 0) continue;
    const bool silent = busy == 0 && std::chrono::steady_clock::now() >= silent_until;
    if (silent) {
      if (auto still_there = request.on_silence(); !still_there)
        return {Ended::by_silence, CURLE_OK, std::move(still_there).error()};
    }
    if (silent || busy > 0) silent_until = std::chrono::steady_clock::now() + request.silence;
  }
}

class CurlTransport : public Transport {
 public:
  explicit CurlTransport(HttpTarget where) : target_(std::move(where)) {}

  Outcome<HttpResponse> exchange(const HttpRequest& request, const BodySink* sink) override;

 private:
  Handles take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto handles = std::move(idle_.back());
        idle_.pop_back();
        return handles;
      }
    }
    return {};
  }

  void put_back(Handles handles) {
    curl().easy_reset(handles.easy.get());
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(handles));
  }

  const HttpTarget target_;
  std::mutex mutex_;
  std::vector<Handles> idle_;
};

Outcome<HttpResponse> CurlTransport::exchange(const HttpRequest& request, const BodySink* sink) {
  std::optional<SteadyTime> deadline;
  if (request.timeout.count() > 0) deadline = std::chrono::steady_clock::now() + request.timeout;
  if (request.stop.stop_requested()) return failure(ErrorKind::interrupted, "interrupted");

  TRY(ensure_curl());
  auto handles = take();
  if (!handles.easy || !handles.multi) return failure("curl: out of memory");
  CURL* easy = handles.easy.get();

  Receiver receiver{.easy = easy, .sink = sink, .body_limit = request.body_limit, .response = {}};
  char reason[CURL_ERROR_SIZE] = "";
  const auto url = target_.base_url + request.path;
  const auto headers = make_headers(request);
  set_target(easy, target_);
  set_request(easy, url, request, headers.get());
  curl().easy_setopt(easy, CURLOPT_ERRORBUFFER, reason);
  curl().easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl().easy_setopt(easy, CURLOPT_WRITEDATA, &receiver);
  curl().easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl().easy_setopt(easy, CURLOPT_HEADERDATA, &receiver);

  const auto ending = run(handles, deadline, request);
  long status = 0;
  curl().easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  long system_error = 0;
  curl().easy_getinfo(easy, CURLINFO_OS_ERRNO, &system_error);
  put_back(std::move(handles));

  const auto place = place_of(target_);
  if (ending.how == Ended::by_stop) return failure(ErrorKind::interrupted, "interrupted");
  if (ending.how == Ended::by_silence) return std::unexpected(ending.silence);
  if (ending.how == Ended::by_deadline || ending.code == CURLE_OPERATION_TIMEDOUT) {
    return failure(ErrorKind::timeout,
                   ending.how == Ended::by_deadline
                       ? fmt::format("{}: no whole answer within {} ms", place, request.timeout.count())
                       : fmt::format("{}: no connection within {} s", place, kConnectTimeout.count()));
  }
  if (receiver.too_large)
    return failure(fmt::format("{}: the answer is larger than {} bytes", place, request.body_limit));
  if (ending.code != CURLE_OK && !receiver.sink_ended) {
    if (ending.code == CURLE_COULDNT_CONNECT && system_error != 0)
      return failure(fmt::format("{}: {}", place, std::strerror(static_cast<int>(system_error))));
    return failure(fmt::format("{}: {}", place, *reason != '\0' ? reason : curl().easy_strerror(ending.code)));
  }
  receiver.response.status = static_cast<int>(status);
  return std::move(receiver.response);
}

}  // namespace

std::unique_ptr<Transport> make_curl_transport(HttpTarget target) {
  return std::make_unique<CurlTransport>(std::move(target));
}

}  // namespace bluegreen
