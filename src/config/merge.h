// SPDX-License-Identifier: MIT
// Several Compose files into one: https://docs.docker.com/reference/compose-file/merge/. Maps merge, lists append;
// commands are replaced; mounts merge by their target. !reset and !override are honoured.
#pragma once

#include "config/node.h"

namespace bluegreen {

// Writes the list forms of environment, labels, networks, depends_on, ... as maps, so that they merge by key and are
// read one way. What has the wrong type stays as it is, for the reader to complain.
void normalise(Node& document);

// Lays `over` on `base`; both normalised.
void merge_documents(Node& base, Node over);

// Removes what is tagged !reset; done once, at the end.
void remove_resets(Node& document);

}  // namespace bluegreen
