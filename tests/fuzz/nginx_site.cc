// SPDX-License-Identifier: MIT
// A generated file that somebody has edited: any text is a site or an error, and a site that may be written comes out
// as configuration that can be read, with the same site in its first lines.
#include "fuzz.h"
#include "nginx/conf_changes.h"
#include "nginx_text/syntax.h"

using namespace bluegreen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto published = parse_site(fuzz::text_of(data, size));
  if (!published) return 0;
  for (auto& route : published->site.routes) route.snippet.clear();  // its own directives, whatever they are
  if (!check_sites({*published})) return 0;
  for (const auto& [name, text] : render_all({*published})) {
    const auto directives = test::parse_nginx(text);
    fuzz::require(directives.has_value(), directives ? "" : name + ": " + directives.error().message);
    if (!is_app_file_name(name)) continue;
    const auto again = parse_site(text);
    fuzz::require(again && *again == *published, "the first lines are the site");
  }
  return 0;
}
