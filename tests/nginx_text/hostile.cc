// SPDX-License-Identifier: MIT
#include "nginx_text/hostile.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "nginx/config_text.h"
#include "nginx_text/syntax.h"

namespace bluegreen::test {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return lower(c); });
  return text;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string> segments(const std::string& path) {
  auto parts = split(path, '/');
  std::erase(parts, "");
  return parts;
}

std::string without_wildcard(const std::string& host) { return host.starts_with("*.") ? host.substr(2) : host; }

constexpr std::array route_fields = {
    &HostileService::name,        &HostileService::app,         &HostileService::port,        &HostileService::host,
    &HostileService::other_host,  &HostileService::path,        &HostileService::body_size,   &HostileService::timeout,
    &HostileService::health_path, &HostileService::health_host, &HostileService::certificate, &HostileService::key};
constexpr std::array project_fields = {&HostileProject::name, &HostileProject::switch_mode, &HostileProject::listen,
                                       &HostileProject::preview_port, &HostileProject::acme};

// ---- the Compose file -----------------------------------------------------------------------------------------

// In double quotes, so that YAML takes any byte as it is.
std::string yaml(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    const bool plain = (c >= ' ' || c < 0) && c != '"' && c != '\\' && c != 0x7F;
    text += plain ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return text + '"';
}

// A value of ours is no place for variables.
std::string yaml_value(const std::string& value) {
  std::string text;
  for (const char c : value) text += c == '$' ? "$$" : std::string(1, c);
  return yaml(text);
}

std::string entry(const std::string& indent, const std::string& key, const std::string& value) {
  return value.empty() ? "" : indent + key + ": " + yaml_value(value) + "\n";
}

std::string service_text(const HostileService& service, const std::string& switch_mode) {
  const std::string inner = "      ";
  auto text = fmt::format("  {}:\n    image: app\n    x-bluegreen:\n", yaml(service.name));
  text += entry(inner, "app", service.app) + entry(inner, "port", service.port) + entry(inner, "switch", switch_mode);
  text += entry(inner, "host", service.host);
  if (!service.other_host.empty()) text += inner + "hosts: [" + yaml_value(service.other_host) + "]\n";
  text += entry(inner, "path", service.path) + entry(inner, "body_size", service.body_size);
  text += entry(inner, "timeout", service.timeout);
  if (!service.certificate.empty() || !service.key.empty())
    text += inner + "tls:\n" + entry(inner + "  ", "certificate", service.certificate) +
            entry(inner + "  ", "key", service.key);
  if (!service.health_path.empty() || !service.health_host.empty())
    text += inner + "health:\n" + entry(inner + "  ", "path", service.health_path) +
            entry(inner + "  ", "host", service.health_host);
  return text;
}

// ---- plain words ----------------------------------------------------------------------------------------------

// A plain word for each of some strings. Their order is kept, since it decides what stands where.
class PlainWords {
 public:
  PlainWords(const std::set<std::string>& strings, const std::string& before, const std::string& after = "") {
    for (const auto& each : strings) words_.emplace(each, fmt::format("{}{:02}{}", before, words_.size(), after));
  }
  const std::string& operator[](const std::string& each) const { return words_.at(each); }
  const std::map<std::string, std::string>& all() const { return words_; }

 private:
  std::map<std::string, std::string> words_;
};

template <class Select>
std::set<std::string> gather(const HostileProject& project, const Select& select) {
  std::set<std::string> found;
  for (const auto& service : project.services)
    for (const auto& each : select(service)) found.insert(each);
  found.erase("");
  return found;
}

std::set<std::string> with(const std::string& one, std::set<std::string> found) {
  if (!one.empty()) found.insert(one);
  return found;
}

struct Vocabulary {
  explicit Vocabulary(const HostileProject& project)
      : projects({project.name}, "project"),
        names(gather(project, [](const auto& service) { return std::vector{service.name, service.app}; }), "name"),
        hosts(gather(project,
                     [](const auto& service) {
                       return std::vector{without_wildcard(lower(service.host)),
                                          without_wildcard(lower(service.other_host))};
                     }),
              "host", ".example"),
        segments(gather(project, [](const auto& service) { return test::segments(service.path); }), "segment"),
        files(with(project.acme,
                   gather(project, [](const auto& service) { return std::vector{service.certificate, service.key}; })),
              "/file"),
        sizes(gather(project, [](const auto& service) { return std::vector{service.body_size}; }), "10000000", "k") {}

  [[nodiscard]] std::string host(const std::string& host) const {
    if (host.empty()) return host;
    const auto rest = without_wildcard(lower(host));
    return rest.empty() ? host : (host.starts_with("*.") ? "*." : "") + hosts[rest];
  }

  [[nodiscard]] std::string path(const std::string& path) const {
    if (path.empty()) return path;
    std::string plain;
    for (const auto& segment : test::segments(path)) plain += "/" + segments[segment];
    return plain.empty() ? "/" : plain;
  }

  [[nodiscard]] std::string name(const std::string& name) const { return name.empty() ? name : names[name]; }
  [[nodiscard]] std::string file(const std::string& file) const { return file.empty() ? file : files[file]; }
  [[nodiscard]] std::string size(const std::string& size) const { return size.empty() ? size : sizes[size]; }

  // Plain word -> what stands for it.
  [[nodiscard]] std::map<std::string, std::string> meanings() const {
    std::map<std::string, std::string> meanings;
    for (const auto* words : {&projects, &names, &hosts, &segments, &files, &sizes})
      for (const auto& [meaning, word] : words->all()) meanings.emplace(word, meaning);
    return meanings;
  }

  PlainWords projects, names, hosts, segments, files, sizes;
};

// ---- from the project to nginx's directives -------------------------------------------------------------------

// Each app as it stands in nginx when it has been deployed. The addresses say nothing about the project.
std::vector<PublishedSite> published_sites(const Project& project) {
  std::vector<PublishedSite> sites;
  unsigned next_address = 2;
  for (const auto& app : project.apps) {
    PublishedSite published{.listen = project.proxy.listen,
                            .preview_port = project.proxy.preview_port,
                            .listen_tls = project.proxy.listen_tls,
                            .acme = project.proxy.acme};
    auto& site = published.site;
    site.project = project.name;
    site.app = app.name;
    site.mode = app.policy.switch_mode;
    published.keepalive_min_timeout = site.mode == SwitchMode::reload;
    for (const auto& service : app.services) {
      if (service.route) site.routes.push_back(*service.route);
      for (const auto color : both_colors)
        site.sides[color][service.name] = {{fmt::format("10.0.0.{}", next_address++), service.port}};
    }
    sites.push_back(std::move(published));
  }
  return sites;
}

// Locations stand in the order of their paths, which plain words do not keep. nginx takes the longest, wherever it is.
void sort_locations(std::vector<Directive>& directives) {
  for (auto& directive : directives) sort_locations(directive.body);
  const auto is_other = [](const Directive& each) { return each.words.front() != "location"; };
  const auto locations = std::ranges::stable_partition(directives, is_other);
  std::ranges::stable_sort(locations, {}, &Directive::words);
}

// nginx finds them without regard to case, and refuses a second one.
Done check_upstreams(const std::vector<Directive>& directives, std::set<std::string>& upstreams) {
  for (const auto& directive : directives)
    if (directive.words.front() == "upstream" && !upstreams.insert(lower(directive.words.at(1))).second)
      return failure("two upstreams are called " + directive.words.at(1));
  return {};
}

Outcome<std::map<std::string, std::vector<Directive>>> read_back(const std::vector<PublishedSite>& sites) {
  TRY_WITHIN("the nginx room refuses what the reader took", check_sites(sites));
  std::map<std::string, std::vector<Directive>> files;
  std::set<std::string> upstreams;
  for (const auto& [name, text] : render_all(sites)) {
    if (name.find('/') != std::string::npos) return failure("a file of conf.d is called " + name);
    auto directives = parse_nginx(text);
    if (!directives) return std::unexpected(directives.error().within(name));
    TRY(check_upstreams(*directives, upstreams));
    sort_locations(*directives);
    files[name] = std::move(*directives);
  }
  for (const auto& site : sites) {
    const auto parsed = parse_site(render_app_file(site, {}));
    if (!parsed || *parsed != site) return failure("the first line of " + site.site.app + " does not say the site");
  }
  return files;
}

// ---- the comparison -------------------------------------------------------------------------------------------

using Meanings = std::map<std::string, std::string>;

std::string in_regex(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (std::string_view(R"(.\+*?[^]$(){}|)").contains(c)) escaped += '\\';
    escaped += lower(c);
  }
  return escaped;
}

std::string replaced(const std::string& text, const Meanings& meanings) {
  const bool is_regex = text.starts_with("~^");
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto word = std::ranges::find_if(
        meanings, [&](const auto& each) { return text.compare(at, each.first.size(), each.first) == 0; });
    if (word == meanings.end()) {
      result += text[at++];
    } else {
      result += is_regex ? in_regex(word->second) : word->second;
      at += word->first.size();
    }
  }
  return result;
}

void replace_words(std::vector<Directive>& directives, const Meanings& meanings) {
  for (auto& directive : directives) {
    for (auto& word : directive.words) word = replaced(word, meanings);
    replace_words(directive.body, meanings);
  }
}

std::string first_difference(const std::string& is, const std::string& should_be) {
  const auto left = split(is, '\n'), right = split(should_be, '\n');
  std::size_t line = 0;
  while (line < left.size() && line < right.size() && left[line] == right[line]) ++line;
  const auto shown = [line](const auto& lines) { return line < lines.size() ? lines[line] : "nothing"; };
  return fmt::format("is {} and should be {}", shown(left), shown(right));
}

// What a probe sends stands in no text of nginx's, but in the head of a request.
Done check_probe(const HealthProbe& probe) {
  const auto is_one_word = [](const std::string& text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
  };
  if (!is_one_word(probe.path) || !is_one_word(probe.host)) return failure("a probe could send a header of its own");
  return {};
}

}  // namespace

HostileProject hostile_project_from(std::string_view bytes) {
  const auto fields = split(bytes, '\0');
  std::size_t next = 0;
  const auto take = [&] { return next < fields.size() ? fields[next++] : std::string(); };
  HostileProject project;
  for (const auto field : project_fields) project.*field = take();
  do {
    auto& service = project.services.emplace_back();
    for (const auto field : route_fields) service.*field = take();
  } while (next < fields.size() && project.services.size() < 4);
  return project;
}

std::string compose_text(const HostileProject& project) {
  auto text = "name: " + yaml_value(project.name) + "\n";
  if (!project.listen.empty() || !project.preview_port.empty() || !project.acme.empty())
    text += "x-bluegreen:\n  proxy:\n" + entry("    ", "listen", project.listen) +
            entry("    ", "preview_port", project.preview_port) + entry("    ", "acme", project.acme);
  text += "services:\n";
  for (const auto& service : project.services) text += service_text(service, project.switch_mode);
  return text;
}

HostileProject innocuous_twin(const HostileProject& project) {
  const Vocabulary words(project);
  HostileProject twin = project;
  twin.name = words.projects[project.name];
  twin.acme = words.file(project.acme);
  for (auto& service : twin.services) {
    service.name = words.name(service.name);
    service.app = words.name(service.app);
    service.host = words.host(service.host);
    service.other_host = words.host(service.other_host);
    service.path = words.path(service.path);
    service.body_size = words.size(service.body_size);
    service.certificate = words.file(service.certificate);
    service.key = words.file(service.key);
    service.health_path = service.health_path.empty() ? "" : "/";
    service.health_host = service.health_host.empty() ? "" : "localhost";
  }
  return twin;
}

Done check_nginx_text(const HostileProject& hostile, const Project& read, const Project& read_twin) {
  for (const auto& app : read.apps)
    for (const auto& service : app.services) TRY(check_probe(service.health));
  const Vocabulary words(hostile);
  const auto meanings = words.meanings();
  for (const auto& [word, meaning] : meanings)
    if (meaning.find('$') != std::string::npos) return failure("taken, though nginx sees a variable in it: " + meaning);
  for (const auto& [host, word] : words.hosts.all())
    if (host.starts_with('~')) return failure("taken, though nginx sees a regular expression in it: " + host);

  TRY_ASSIGN(const auto files, read_back(published_sites(read)));
  TRY_ASSIGN(auto plain_files, read_back(published_sites(read_twin)));
  std::map<std::string, std::vector<Directive>> meant;
  for (auto& [name, directives] : plain_files) {
    replace_words(directives, meanings);
    sort_locations(directives);
    meant[replaced(name, meanings)] = std::move(directives);
  }
  if (files.size() != meant.size()) return failure(fmt::format("{} files instead of {}", files.size(), meant.size()));
  for (const auto& [name, directives] : files) {
    if (!meant.contains(name)) return failure("no file should be called " + name);
    if (const auto is = dump(directives), should_be = dump(meant[name]); is != should_be)
      return failure(name + ": " + first_difference(is, should_be));
  }
  return {};
}

}  // namespace bluegreen::test
