// SPDX-License-Identifier: MIT
// `--image NAME=REF`.
#pragma once

#include <map>
#include <string>

#include "config/complaints.h"
#include "deploy/project.h"

namespace bluegreen {

// NAME is an app: all its services that share one image get the new one; where they differ, those that have the image
// of the service named like the app. NAME is a service of an app: that one alone. Anything else is a complaint.
void override_images(Project& project, const std::map<std::string, std::string>& images, Complaints& complaints);

}  // namespace bluegreen
