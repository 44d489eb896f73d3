# SPDX-License-Identifier: MIT
"""A container's processes: the memory that is theirs, the processor time that they took."""

import pathlib
import subprocess


def pids_of(container):
    top = subprocess.run(["docker", "top", container, "-o", "pid"], check=True, capture_output=True, text=True).stdout
    return [int(line) for line in top.split()[1:]]


def memory_of(container):
    """MiB, what is shared counted in parts (PSS: proc(5), smaps_rollup)."""
    total = 0
    for pid in pids_of(container):
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def processor_time_of(container):
    """Seconds, of all threads that live (proc(5), schedstat: ns on a processor come first)."""
    total = 0
    for pid in pids_of(container):
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9
