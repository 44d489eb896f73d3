// SPDX-License-Identifier: MIT
// argv in, exit code out.
#include "cli/command_line.h"

int main(int argc, char** argv) { return bluegreen::run_command_line(argc, argv); }
