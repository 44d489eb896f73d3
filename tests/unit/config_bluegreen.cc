// SPDX-License-Identifier: MIT
// x-bluegreen, on services and at the top level.
#include "config_project.h"

namespace bluegreen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

Outcome<LoadedProject> load_block(const std::string& block, const std::string& top = "") {
  return load("services:\n  web:\n    image: app:1\n    x-bluegreen: " + block + "\n" + top);
}

App app_of(const std::string& block, const std::string& top = "") {
  const auto loaded = load_block(block, top);
  EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().message);
  return loaded && !loaded->project.apps.empty() ? loaded->project.apps[0] : App{"", {Service{}}, {}};
}

std::string problem_of(const std::string& block, const std::string& top = "") {
  const auto loaded = load_block(block, top);
  return loaded ? "" : loaded.error().message;
}

TEST(BluegreenBlock, MakesAnAppNamedLikeItsService) {
  const auto app = app_of("{port: 9000}");
  EXPECT_EQ(app.name, "web");
  EXPECT_EQ(app.services[0].port, 9000);
  EXPECT_EQ(*app.services[0].route, (Route{.service = "web"}));
  EXPECT_EQ(app.services[0].health, HealthProbe{});
  EXPECT_EQ(app.policy, AppPolicy{});
}

TEST(BluegreenBlock, MakesAWorkerWhenEmpty) {
  const auto app = app_of("{}");
  EXPECT_EQ(app.services[0].port, 0);
  EXPECT_EQ(app.services[0].route, std::nullopt);
  EXPECT_THAT(problem_of(""), HasSubstr("compose.yaml:4:5: services.web.x-bluegreen: expected a map, not nothing; "
                                        "write port: NUMBER below it, or {}"));
}

TEST(BluegreenBlock, HasARoute) {
  const auto app = app_of(
      "{app: shop, port: 80, hosts: [B.example, '*.a.example'], host: c.example, path: /api/, body_size: 10m, timeout: "
      "2m, balance: least_conn, streaming: true, snippet: 'add_header A b;'}");
  EXPECT_EQ(app.name, "shop");
  const auto& route = *app.services[0].route;
  EXPECT_THAT(route.hosts, ElementsAre("c.example", "b.example", "*.a.example"));
  EXPECT_EQ(route.path, "/api");
  EXPECT_EQ(route.body_size, "10m");
  EXPECT_EQ(route.timeout, 2min);
  EXPECT_EQ(route.balance, Balance::least_conn);
  EXPECT_TRUE(route.streaming);
  EXPECT_EQ(route.snippet, "add_header A b;\n");
}

TEST(BluegreenBlock, HasAHealthProbeShortAndLong) {
  EXPECT_EQ(app_of("{port: 80, health: /up}").services[0].health.path, "/up");
  const auto app = app_of(
      "{port: 80, health: {path: '/h?x=1', host: a.example, status: 200-299, successes: 5, interval: 100ms, timeout: "
      "2s, "
      "deadline: 90s}}");
  const auto& health = app.services[0].health;
  EXPECT_EQ(health, (HealthProbe{HealthProbe::Kind::http, "/h?x=1", "a.example", 200, 299, 5, 100ms, 2s}));
  EXPECT_EQ(app.policy.health_timeout, 90s);
  EXPECT_EQ(app_of("{port: 80, health: {status: 204}}").services[0].health.status_to, 204);
  EXPECT_EQ(app_of("{port: 80, health: {tcp: true}}").services[0].health.kind, HealthProbe::Kind::tcp);
}

TEST(BluegreenBlock, HasAPolicy) {
  EXPECT_EQ(app_of("{drain: 5s, retire: keep, switch: reload}").policy,
            (AppPolicy{SwitchMode::reload, Retire::keep, 60s, 5s}));
  EXPECT_EQ(app_of("{drain: {timeout: 0s}, retire: stop}").policy,
            (AppPolicy{SwitchMode::marker, Retire::stop, 60s, 0s}));
  EXPECT_EQ(app_of("{drain: spread}").policy.drain_policy, DrainPolicy::spread);
  EXPECT_EQ(app_of("{drain: spread}").policy.drain_timeout, 30s);
  EXPECT_EQ(app_of("{drain: {timeout: 2m, policy: cut}}").policy,
            (AppPolicy{SwitchMode::marker, Retire::remove, 60s, 2min, DrainPolicy::cut}));
  EXPECT_EQ(app_of("{}", "x-bluegreen: {defaults: {drain: cut}}\n").policy.drain_policy, DrainPolicy::cut);
}

TEST(BluegreenBlock, LeavesTheServerBlockToTheUser) {
  EXPECT_TRUE(app_of("{port: 80, server: own}").services[0].route->own_server);
  EXPECT_FALSE(app_of("{port: 80}").services[0].route->own_server);
}

TEST(BluegreenBlock, TakesDefaultsFromTheTopLevel) {
  const std::string top =
      "x-bluegreen: {defaults: {drain: 5s, retire: keep, switch: reload, health: {deadline: 2m}}, subnet: "
      "10.213.0.0/24}\n";
  EXPECT_EQ(app_of("{}", top).policy, (AppPolicy{SwitchMode::reload, Retire::keep, 2min, 5s}));
  EXPECT_EQ(app_of("{retire: remove}", top).policy.retire, Retire::remove);
  EXPECT_EQ(load_block("{}", top)->project.subnet, "10.213.0.0/24");
}

TEST(BluegreenBlock, RefusesMistakes) {
  for (const auto& [block, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"{prot: 80}", "compose.yaml:4:19: services.web.x-bluegreen.prot: unknown key; did you mean \"port\"?"},
           {"{port: http}", "\"http\" is not a port"},
           {"{host: a.example}", "x-bluegreen.host: needs port"},
           {"{path: /x, snippet: 'a;'}", "x-bluegreen.path: needs port"},
           {"{health: /up}", "a service without port cannot be asked"},
           {"{health: {path: /up}}", "a service without port cannot be asked"},
           {"{port: 80, host: 'a;b'}", "is not a host"},
           {"{port: 80, path: '/a b'}", "is not a path prefix"},
           {"{port: 80, path: api}", "does not begin with /"},
           {"{port: 80, body_size: 10mb}", "is not a size of nginx"},
           {"{port: 80, timeout: 1500ms}", "whole number of seconds"},
           {"{port: 80, snippet: '} location / {'}", "closes nothing"},
           {"{port: 80, balance: random}", "write round_robin, least_conn or ip_hash"},
           {"{port: 80, protocol: h2}", "write http, grpc or tcp"},
           {"{port: 80, protocol: grpc}",
            "x-bluegreen.protocol: gRPC needs HTTP/2, which nginx speaks over TLS; add tls"},
           {"{port: 80, tls: {certificate: /c, key: /k}}", "x-bluegreen.tls: a certificate is for names; add host"},
           {"{port: 80, host: a.example, tls: {certificate: /c}}", "x-bluegreen.tls: has no key"},
           {"{port: 80, host: a.example, tls: {certificate: 'c;', key: /k}}", "is not an absolute path"},
           {"{port: 80, host: a.example, tls: {certificate: /c, key: /k, redirect: maybe}}", "neither true, false nor"},
           {"{port: 80, host: a.example, tls: {certificate: /c, key: /k, hsts: 0s}}", "neither true, for a year, nor"},
           {"{tls: {certificate: /c, key: /k}}", "x-bluegreen.tls: needs port"},
           {"{unknown_host: 421}", "belongs to the service with proxy: true"},
           {"{port: 80, snippet: 'a b'}", "has no ; at its end"},
           {"{port: 80, health: {status: 600}}", "is not a range of status codes"},
           {"{port: 80, health: {status: 300-200}}", "is not a range of status codes"},
           {"{port: 80, health: {tcp: true, path: /x}}", "does not go with tcp: true"},
           {"{port: 80, health: {successes: 0}}", "from 1 to 100"},
           {"{port: 80, health: up}", "is not a path to ask for"},
           {"{port: 80, health: {deadline: 0s}}", "longer than 0"},
           {"{port: 80, server: mine}", "can only be own"},
           {"{port: 80, server: own, host: a.example}", "x-bluegreen.host: does not go with server: own"},
           {"{server: own}", "x-bluegreen.server: needs port"},
           {"{drain: {policy: soon}}", "write wait, cut or spread"},
           {"{drain: soon}", "\"soon\" is not a duration"},
           {"{retire: delete}", "write remove, stop or keep"},
           {"{switch: dns}", "write marker or reload"},
           {"{app: 'a b'}", "is not a name"},
           {"{app: -x}", "is not a name"},
           {"{listen: 80}", "belongs to protocol: tcp, or to the service with proxy: true"},
           {"{proxy: false}", "can only be true"},
           {"{proxy: true, port: 80}", "x-bluegreen.port: does not go with proxy: true"}})
    EXPECT_THAT(problem_of(block), HasSubstr(wanted)) << block;
}

TEST(Proxy, IsTheMarkedService) {
  const auto loaded = load(
      "services:\n  nginx: {image: nginx, volumes: ['./c:/etc/nginx/conf.d'], x-bluegreen: {proxy: true, listen: 8080, "
      "preview_port: 7000}}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->project.proxy, (ProxySettings{.service = "nginx", .listen = 8080, .preview_port = 7000}));
  EXPECT_EQ(loaded->project.infrastructure[0].name, "nginx");
  EXPECT_THAT(loaded->project.apps, IsEmpty());
}

TEST(Proxy, CanBeDescribedAtTheTopLevel) {
  const auto loaded = load(
      "services: {web: {image: a}}\nx-bluegreen: {proxy: {image: 'nginx:1.27', ports: ['8080:80'], listen: 81, "
      "preview_port: 82}}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->project.proxy,
            (ProxySettings{.image = "nginx:1.27", .ports = {{"", 8080, 80}}, .listen = 81, .preview_port = 82}));
}

TEST(Proxy, SaysWhereItListensForTlsWhatItTellsUnknownHostsAndWhereChallengesAre) {
  const auto loaded = load(
      "services: {web: {image: a, x-bluegreen: {port: 80}}}\n"
      "x-bluegreen: {proxy: {listen_tls: 8443, acme: /var/www/acme, unknown_host: 444, volumes: ['/certs:/c:ro']}}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  const auto& proxy = loaded->project.proxy;
  EXPECT_EQ(proxy.listen_tls, 8443);
  EXPECT_EQ(proxy.acme, "/var/www/acme");
  EXPECT_EQ(proxy.unknown_host, 444);
  ASSERT_EQ(proxy.mounts.size(), 1U);
  EXPECT_EQ(proxy.mounts[0].target, "/c");
  EXPECT_TRUE(proxy.mounts[0].read_only);
}

const std::string on_this_machine = "x-bluegreen: {proxy: {host: true}}\n";

TEST(TcpService, SwitchesByReloadAndIsListenedForOnItsOwnPortUnlessItSaysOtherwise) {
  const auto app = app_of("{port: 5432, protocol: tcp}", on_this_machine);
  EXPECT_EQ(*app.services[0].route,
            (Route{.service = "web", .timeout = 600s, .protocol = Protocol::tcp, .tcp_listen = 5432}));
  EXPECT_EQ(app.services[0].health.kind, HealthProbe::Kind::tcp);
  EXPECT_EQ(app.policy.switch_mode, SwitchMode::reload);
  const auto other = app_of(
      "{port: 5432, protocol: tcp, listen: 15432, timeout: 1h, balance: least_conn, health: {deadline: 9s, tcp: true}}",
      "x-bluegreen: {proxy: {host: true}, defaults: {switch: marker}}\n");
  EXPECT_EQ(*other.services[0].route, (Route{.service = "web",
                                             .timeout = 3600s,
                                             .balance = Balance::least_conn,
                                             .protocol = Protocol::tcp,
                                             .tcp_listen = 15432}));
  EXPECT_EQ(app_of("{port: 80, protocol: http}").services[0].route->tcp_listen, 0);
}

TEST(TcpService, HasNothingOfHttpAndNoMarker) {
  for (const auto& [keys, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"port: 1, switch: marker", "x-bluegreen.switch: nginx looks at a marker for requests only"},
           {"port: 1, host: a.example", "x-bluegreen.host: belongs to HTTP, and does not go with protocol: tcp"},
           {"port: 1, path: /a", "x-bluegreen.path: belongs to HTTP"},
           {"port: 1, body_size: 1m", "x-bluegreen.body_size: belongs to HTTP"},
           {"port: 1, streaming: true", "x-bluegreen.streaming: belongs to HTTP"},
           {"port: 1, snippet: 'a b;'", "x-bluegreen.snippet: belongs to HTTP"},
           {"port: 1, server: own", "x-bluegreen.server: belongs to HTTP"},
           {"port: 1, tls: {certificate: /c, key: /k}",
            "compose.yaml:4:43: services.web.x-bluegreen.tls: does not go with protocol: tcp: nginx passes on what it "
            "gets; remove it; the service itself can speak TLS"},
           {"port: 1, balance: ip_hash", "x-bluegreen.balance: nginx has no ip_hash for protocol: tcp; write"},
           {"port: 1, health: /up", "x-bluegreen.health: a path belongs to HTTP"},
           {"port: 1, health: {path: /up}", "x-bluegreen.health.path: does not go with protocol: tcp"},
           {"port: 1, health: {successes: 2}", "x-bluegreen.health.successes: does not go with protocol: tcp"},
           {"port: 1, health: {tcp: false}", "x-bluegreen.health.tcp: cannot be false with protocol: tcp"},
           {"listen: 1", "x-bluegreen.protocol: needs port"},
           {"port: 80", "nginx listens on port 80 for HTTP; choose another one: listen: NUMBER"}})
    EXPECT_THAT(problem_of("{protocol: tcp, " + keys + "}", on_this_machine), HasSubstr(wanted)) << keys;
}

TEST(TcpService, NeedsAnNginxWithAStreamBlock) {
  EXPECT_THAT(
      problem_of("{port: 5432, protocol: tcp}"),
      HasSubstr("compose.yaml:4:18: services.web.x-bluegreen: the nginx that bluegreen starts itself has no stream "
                "block"));
}

TEST(TcpService, NeedsNoPortOfNginxForHttp) {
  const std::string nginx =
      "  nginx: {image: a, ports: ['1883:1883'], volumes: ['./x:/etc/nginx'], x-bluegreen: {proxy: true}}\n";
  EXPECT_THAT(load_block("{port: 1883, protocol: tcp}\n" + nginx)->warnings, IsEmpty());
  EXPECT_THAT(load_block("{port: 1883}\n" + nginx)->warnings, testing::SizeIs(1));
  EXPECT_THAT(load_block("{port: 1, protocol: tcp}\n" + nginx)->warnings,
              testing::ElementsAre(HasSubstr("no port is published to 1, where nginx listens for \"web\"")));
}

TEST(TcpService, HasAPortOfNginxForItself) {
  EXPECT_THAT(complaints("services:\n  a: {image: a, x-bluegreen: {port: 1, protocol: tcp}}\n  b: {image: b, "
                         "x-bluegreen: {port: 2, protocol: tcp, listen: 1}}\n" +
                         on_this_machine),
              HasSubstr("the services \"a\" and \"b\" both want port 1 of nginx"));
}

TEST(Proxy, CanBeAServiceOfThisMachine) {
  const auto proxy_of = [](const std::string& keys) {
    const auto loaded = load("services: {web: {image: a}}\nx-bluegreen: {proxy: {" + keys + "}}\n");
    EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().message);
    return loaded ? loaded->project.proxy : ProxySettings{};
  };
  EXPECT_EQ(proxy_of("host: true").host, NginxOnHost{});
  EXPECT_EQ(proxy_of("host: true, conf_dir: /srv/nginx/conf.d/, pid_file: /srv/nginx.pid, listen: 81").host,
            (NginxOnHost{"/srv/nginx/conf.d", "/srv/nginx.pid"}));
  EXPECT_EQ(proxy_of("host: false").host, std::nullopt);
}

TEST(Proxy, OnThisMachineIsNoContainer) {
  for (const auto& [keys, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"host: true, image: nginx",
            "compose.yaml:3:35: x-bluegreen.proxy.image: nginx on this machine is no container"},
           {"host: true, ports: [80]", "x-bluegreen.proxy.ports: nginx on this machine is no container"},
           {"conf_dir: /etc", "x-bluegreen.proxy.conf_dir: belongs to an nginx on this machine; add host: true"},
           {"host: false, pid_file: /run/a", "x-bluegreen.proxy.pid_file: belongs to an nginx on this machine"},
           {"host: true, volumes: ['/c:/c']", "x-bluegreen.proxy.volumes: nginx on this machine is no container"},
           {"host: true, conf_dir: '/a;b'", "is not an absolute path"},
           {"host: true, conf_dir: conf.d", "is not an absolute path"},
           {"host: true, conf_dir: /", "cannot be the root of all files"}})
    EXPECT_THAT(complaints("services: {web: {image: a}}\n\nx-bluegreen: {proxy: {" + keys + "}}\n"), HasSubstr(wanted))
        << keys;
  EXPECT_THAT(complaints("services: {a: {image: a, volumes: ['./x:/etc/nginx'], x-bluegreen: {proxy: true}}}\n"
                         "x-bluegreen: {proxy: {host: true}}\n"),
              HasSubstr("x-bluegreen.proxy.host: the service a is nginx already; keep one of the two"));
}

TEST(Proxy, NeedsAMountForItsConfiguration) {
  const auto nginx = [](const std::string& more) {
    return complaints("services:\n  nginx: {image: nginx, " + more + "x-bluegreen: {proxy: true}}\n");
  };
  EXPECT_THAT(nginx(""), HasSubstr("nginx needs a mount that bluegreen can write its configuration to; add volumes: "
                                   "[\"./nginx-conf.d:/etc/nginx/conf.d\"]"));
  EXPECT_THAT(nginx("volumes: ['./x:/etc/nginx/other'], "), HasSubstr("nginx needs a mount"));
  EXPECT_THAT(nginx("volumes: [{type: tmpfs, target: /etc/nginx}], "), HasSubstr("nginx needs a mount"));
  EXPECT_EQ(nginx("volumes: ['./x:/etc/nginx'], "), "");
}

TEST(Proxy, IsOneAndSaysItsSettingsInOnePlace) {
  const std::string mount = "volumes: ['./x:/etc/nginx'], ";
  EXPECT_THAT(complaints("services:\n  a: {image: a, " + mount + "x-bluegreen: {proxy: true}}\n  b: {image: a, " +
                         mount + "x-bluegreen: {proxy: true}}\n"),
              HasSubstr("services.b.x-bluegreen: a second service with proxy: true; keep one; the other is "
                        "services.a.x-bluegreen (compose.yaml:2:"));
  EXPECT_THAT(complaints("services:\n  a: {image: a, " + mount +
                         "x-bluegreen: {proxy: true}}\nx-bluegreen: {proxy: {image: b, ports: [80]}}\n"),
              HasSubstr("x-bluegreen.proxy.image: the service a is nginx already"));
  EXPECT_THAT(complaints("services:\n  a: {image: a, scale: 2, " + mount + "x-bluegreen: {proxy: true}}\n"),
              HasSubstr("exactly one replica"));
  EXPECT_THAT(complaints("services:\n  a: {image: a, " + mount + "x-bluegreen: {proxy: true, listen: 7999}}\n"),
              HasSubstr("listen and preview_port are both 7999"));
}

TEST(Proxy, WarnsWhenNothingIsPublishedToWhereItListens) {
  const auto loaded =
      load("services: {a: {image: a, ports: ['80:8080'], volumes: ['./x:/etc/nginx'], x-bluegreen: {proxy: true}}}\n");
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->warnings.size(), 1U);
  EXPECT_THAT(loaded->warnings[0], HasSubstr("no port is published to 80"));
}

TEST(Proxy, WarnsWhenNothingIsPublishedToWhereItListensForTls) {
  const auto loaded = load(
      "services:\n"
      "  a: {image: a, ports: ['80:80'], volumes: ['./x:/etc/nginx'], x-bluegreen: {proxy: true}}\n"
      "  web: {image: a, x-bluegreen: {port: 80, host: a.example, tls: {certificate: /c, key: /k}}}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  ASSERT_EQ(loaded->warnings.size(), 1U);
  EXPECT_THAT(loaded->warnings[0], HasSubstr("no port is published to 443"));
}

TEST(Tls, IsACertificateAndAKeyAsNginxSeesThemARedirectAndHsts) {
  const auto tls_of = [](const std::string& more) {
    return *app_of("{port: 80, host: a.example, tls: {certificate: /c/a.pem, key: /c/a.key" + more + "}}")
                .services[0]
                .route->tls;
  };
  EXPECT_EQ(tls_of(""), (Tls{"/c/a.pem", "/c/a.key", 443, 0s}));
  EXPECT_EQ(tls_of(", redirect: false").redirect, 0);
  EXPECT_EQ(tls_of(", redirect: 8443").redirect, 8443);
  EXPECT_EQ(tls_of(", hsts: true").hsts, 365 * 24h);
  EXPECT_EQ(tls_of(", hsts: 24h").hsts, 24h);
}

TEST(Tls, OfOneHostIsTheSameWhoeverServesAPartOfIt) {
  const auto two = [](const std::string& second) {
    return complaints(
        "services:\n"
        "  a: {image: a, x-bluegreen: {port: 80, host: a.example, tls: {certificate: /c, key: /k}}}\n"
        "  b: {image: a, x-bluegreen: {port: 80, host: a.example, path: /b" +
        second + "}}\n");
  };
  EXPECT_EQ(two(""), "");
  EXPECT_EQ(two(", tls: {certificate: /c, key: /k}"), "");
  EXPECT_THAT(
      two(", tls: {certificate: /other, key: /k}"),
      HasSubstr("compose.yaml:3:68: services.b.x-bluegreen.tls: differs for the host \"a.example\"; say the same "
                "in both, or leave it out in one; the other is services.a.x-bluegreen.tls (compose.yaml:2:58)"));
}

TEST(Tls, ShowsNoKeyThatStandsInThePlaceOfItsPath) {
  const auto problem =
      problem_of("{port: 80, host: a.example, tls: {certificate: /c, key: '-----BEGIN PRIVATE KEY----- MIIEv'}}");
  EXPECT_THAT(problem, HasSubstr("x-bluegreen.tls.key: is not an absolute path"));
  EXPECT_THAT(problem, Not(HasSubstr("MIIE")));
}

TEST(Protocol, IsHttpUnlessTheServiceSpeaksGrpcWhichIsAskedForAConnectionOnly) {
  const std::string grpc = "{port: 80, host: a.example, protocol: grpc, tls: {certificate: /c, key: /k}";
  EXPECT_EQ(app_of("{port: 80}").services[0].route->protocol, Protocol::http);
  EXPECT_EQ(app_of(grpc + "}").services[0].route->protocol, Protocol::grpc);
  EXPECT_EQ(app_of(grpc + "}").services[0].health.kind, HealthProbe::Kind::tcp);
  EXPECT_EQ(app_of(grpc + ", health: {successes: 1}}").services[0].health.kind, HealthProbe::Kind::tcp);
  EXPECT_EQ(app_of(grpc + ", health: /up}").services[0].health.kind, HealthProbe::Kind::http);
}

TEST(TopLevelBlock, RefusesMistakes) {
  for (const auto& [top, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"x-bluegreen: {prox: {}}", "did you mean \"proxy\"?"},
           {"x-bluegreen: {proxy: {image: 'a b'}}", "is not an image reference"},
           {"x-bluegreen: {proxy: {unknown_host: 404}}", "write 421, or 444"},
           {"x-bluegreen: {proxy: {acme: var/www}}", "is not an absolute path"},
           {"x-bluegreen: {proxy: {listen_tls: 80}}", "another listener has 80 already"},
           {"x-bluegreen: {subnet: 10.0.0.0/28}", "choose from /16 to /26"},
           {"x-bluegreen: {subnet: fd00::/64}", "is not an IPv4 subnet"},
           {"x-bluegreen: {defaults: {port: 80}}", "x-bluegreen.defaults.port: unknown key"},
           {"x-bluegreen: {defaults: {health: /up}}", "expected a map"}})
    EXPECT_THAT(problem_of("{}", top + "\n"), HasSubstr(wanted)) << top;
}

}  // namespace
}  // namespace bluegreen
