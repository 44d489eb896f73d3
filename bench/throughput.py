# SPDX-License-Identifier: MIT
"""The proxy path: how much each proxy carries on one core, to the same server behind it, and what a request costs it."""

import re
import statistics
import subprocess
import sys

import processes
from alternatives import CONTENDERS, docker
from rows import row_of

APP = ["bluegreen-bench-app:1", "bluegreen-bench-app:2"]
# The rollout's nginx is the one of done-right, and the others of a pair differ in how they are told, not in what they carry.
COMPARED = ["bluegreen", "done-right", "by-hand", "haproxy-runtime", "caddy"]
CONNECTIONS, SECONDS = 32, 2
PROXY_CORE, OTHER_CORE = "0", "1"
MS = {"us": 0.001, "ms": 1, "s": 1000}

median = statistics.median


def wrk(url, seconds, host="localhost"):
    """(requests a second, p99 in ms)"""
    command = ["taskset", "-c", OTHER_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "--latency",
               "-H", f"Host: {host}", url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(f"{' '.join(command)}:\n{said}")
    p99, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", said).groups()
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), float(p99) * MS[unit]


def measure(contender):
    before = processes.processor_time_of(contender.proxy)
    rate, p99 = wrk(contender.url, SECONDS)
    took = processes.processor_time_of(contender.proxy) - before
    return {"rate": rate, "p99": p99, "cpu": took / (rate * SECONDS) * 1e6}


def pin_apps():
    for image in APP:
        for container in docker("ps", "-q", "--filter", f"ancestor={image}").split():
            docker("update", "--cpuset-cpus", OTHER_CORE, container)


def throughput(ground, rounds):
    contenders = [CONTENDERS[name](ground, APP, PROXY_CORE) for name in COMPARED]
    pin_apps()
    for contender in contenders:
        wrk(contender.url, 1)
    measured = {contender.name: [] for contender in contenders}
    for turn in range(rounds):
        print(f"  round {turn + 1} of {rounds}", file=sys.stderr, flush=True)
        for contender in contenders:
            measured[contender.name].append(measure(contender))

    def against_ours(name, what):
        return median(theirs[what] / ours[what] for theirs, ours in zip(measured[name], measured["bluegreen"]))

    rows = []
    for contender in contenders:
        carried = against_ours(contender.name, "rate")
        limit = {"bluegreen": None, "done-right": 1.02}.get(contender.name, 1)  # ours: at least 0.98 of done-right's
        rows += [row_of(contender, "requests a second / bluegreen's", carried, "x", limit),
                 row_of(contender, "p99 / bluegreen's", against_ours(contender.name, "p99"), "x"),
                 row_of(contender, "processor time of a request / bluegreen's", against_ours(contender.name, "cpu"), "x"),
                 row_of(contender, "processor time of a request", median(one["cpu"] for one in measured[contender.name]), "us")]
    return rows
