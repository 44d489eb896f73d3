// SPDX-License-Identifier: MIT
#include "config/images.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/text.h"
#include "config/values.h"

namespace bluegreen {
namespace {

// The image that stands for the app; "" when there is none.
std::string main_image(const App& app) {
  if (const auto* service = app.find_service(app.name)) return service->container.image;
  const auto& first = app.services.front().container.image;
  const bool shared =
      std::ranges::all_of(app.services, [&](const Service& service) { return service.container.image == first; });
  return shared ? first : "";
}

bool override_app(App& app, const std::string& image, const Place& place, Complaints& complaints) {
  const auto old = main_image(app);
  std::vector<std::string> names;
  for (auto& service : app.services) {
    names.push_back(service.name);
    if (service.container.image == old) service.container.image = image;
  }
  if (old.empty())
    complaints.add(place, fmt::format("the services of the app {} have different images", app.name),
                   fmt::format("name one of them: {}", join(names, ", ")));
  return true;
}

bool override_image(Project& project, const std::string& name, const std::string& image, const Place& place,
                    Complaints& complaints) {
  for (auto& app : project.apps)
    if (app.name == name) return override_app(app, image, place, complaints);
  for (auto& app : project.apps)
    for (auto& service : app.services)
      if (service.name == name) {
        service.container.image = image;
        return true;
      }
  return false;
}

std::string known_names(const Project& project) {
  std::set<std::string> names;
  for (const auto& app : project.apps) {
    names.insert(app.name);
    for (const auto& service : app.services) names.insert(service.name);
  }
  return names.empty() ? "the project has no apps" : "the apps are: " + join({names.begin(), names.end()}, ", ");
}

}  // namespace

void override_images(Project& project, const std::map<std::string, std::string>& images, Complaints& complaints) {
  for (const auto& [name, image] : images) {
    const Place place{{}, fmt::format("--image {}={}", name, image)};
    if (const auto valid = parse_image(image); !valid)
      complaints.add(place, valid.error().message);
    else if (!override_image(project, name, image, place, complaints))
      complaints.add(place, fmt::format("there is no app {}", in_quotes(name)), known_names(project));
  }
}

}  // namespace bluegreen
