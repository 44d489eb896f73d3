// SPDX-License-Identifier: MIT
#include "nginx/maintenance_text.h"

#include <fmt/format.h>

#include "nginx/config_text.h"

namespace bluegreen {

namespace {

std::string marker_path(const Site& site, std::string_view conf_dir) {
  return fmt::format("{}/{}/{}", conf_dir, marker_dir, maintenance_marker_name(site.project, site.app));
}

std::string location_of(const Site& site) {
  return fmt::format("{}/{}.{}", maintenance_answer_path, site.project, site.app);
}

}  // namespace

std::string maintenance_marker_name(const std::string& project, const std::string& app) {
  return fmt::format("{}.{}.MAINTENANCE", project, app);
}

std::string maintenance_page_name(const std::string& project, const std::string& app) {
  return fmt::format("bluegreen.{}.{}.maintenance.html", project, app);
}

bool is_maintenance_page_name(std::string_view name) {
  return name.starts_with("bluegreen.") && name.ends_with(".maintenance.html");
}

// `error_page` inside of `if`, so that those of the user's own, further out, go on being inherited by the location.
std::string render_maintenance_check(const PublishedSite& published, std::string_view conf_dir) {
  if (!published.maintenance) return "";
  const auto& site = published.site;
  return fmt::format("        if (-f {}) {{ error_page 503 {}; return 503; }}\n", marker_path(site, conf_dir),
                     location_of(site));
}

std::string render_maintenance_location(const PublishedSite& published, std::string_view conf_dir) {
  if (!published.maintenance) return "";
  const auto& site = published.site;
  return fmt::format(
      "    location = {} {{\n"
      "        internal;\n"
      "        root {};\n"
      "        try_files /{} =503;\n"
      "        default_type text/html;\n"
      "        etag off;\n"
      "        if_modified_since off;\n"
      "        add_header Retry-After 60 always;\n"
      "        add_header Cache-Control no-store always;\n"
      "    }}\n",
      location_of(site), conf_dir, maintenance_page_name(site.project, site.app));
}

std::string render_maintenance_answer(const PublishedSite& published, std::string_view conf_dir) {
  if (!published.maintenance)
    return fmt::format("    location = {} {{ return 200 \"off\\n\"; }}\n", maintenance_answer_path);
  return fmt::format(
      "    location = {} {{\n"
      "        if (-f {}) {{ return 200 \"on\\n\"; }}\n"
      "        return 200 \"off\\n\";\n"
      "    }}\n",
      maintenance_answer_path, marker_path(published.site, conf_dir));
}

}  // namespace bluegreen
