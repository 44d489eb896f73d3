# SPDX-License-Identifier: MIT
"""Releases one after the other under load, by bluegreen and by everything else: what was lost, and how long a switch takes."""

import statistics
import sys
import time

import processes
from alternatives import CONTENDERS
from ground import Project
from load import Load
from rows import row, row_of
from watch import Client, Moments, latencies

KINDS = ["get", "post", "connect", "slow", "upload"]
ALL_KINDS = [*KINDS, "pipelined", "ws", "sse"]  # not all of the recipes pass on a WebSocket

median = statistics.median


def switched_under_load(ground, contender, count):
    moments = Moments(*contender.moments)
    load = Load(ground, contender.url, KINDS)
    client = Client((contender.address, 80))
    deploys, took = [], []
    try:
        for _ in range(count):
            old, begin = contender.release, time.monotonic()
            took.append(contender.deploy()["ms"])
            end = time.monotonic()
            deploys.append((begin, moments.last_in(begin, end), end, old, contender.release))
    finally:
        answers = client.stop()
        kinds, failures = load.stop()
    return {"kinds": kinds, "failures": failures, "took": took, "latencies": latencies(answers, deploys)}


def rows_of(contender, result, memory):
    kinds = result["kinds"]
    failed = sum(kind["failed"] for kind in kinds.values())
    ours = contender.name == "bluegreen"
    firsts = [first for first, last in result["latencies"]]
    lasts = [last for first, last in result["latencies"]]
    both = [max(0, last - first) for first, last in result["latencies"]]
    rows = [row_of(contender, "requests", sum(kind["sent"] for kind in kinds.values()), "requests"),
            row_of(contender, "failed", failed, "requests", 0 if ours else None)]
    rows += [row_of(contender, f"failed, {name}", kind["failed"], "requests") for name, kind in kinds.items()]
    rows += [row_of(contender, "first answer of the new, median", median(firsts), "ms", 5 if ours else None),
             row_of(contender, "first answer of the new, latest", max(firsts), "ms"),
             row_of(contender, "last answer of the old, median", median(lasts), "ms"),
             row_of(contender, "last answer of the old, latest", max(lasts), "ms"),
             row_of(contender, "both answer, median", median(both), "ms"),
             row_of(contender, "memory of the proxy", memory, "MiB")]
    return rows


def switches(ground, count, names):
    for name in names:
        contender = CONTENDERS[name](ground)
        print(f"  {contender.title}", file=sys.stderr, flush=True)
        result = switched_under_load(ground, contender, count)
        memory = processes.memory_of(contender.proxy)
        for failure in result["failures"]:
            print(f"    {failure['kind']}: {failure['what']}: {failure['count']} times", file=sys.stderr)
        yield from rows_of(contender, result, memory)
        contender.clear()
        ground.projects.pop()


def endurance(ground, count, minutes):
    """`bluegreen switch` to and fro between two environments that stand, with every kind of client."""
    end = time.monotonic() + minutes * 60
    project = Project(ground, "endurance", ["web"], "retire: keep")
    for _ in range(2):
        project.deploy()
    load = Load(ground, project.url, ALL_KINDS)
    took = []
    try:
        while len(took) < count and time.monotonic() < end:
            took.append(project.run("switch", "web")["ms"])
    finally:
        kinds, failures = load.stop()
    for failure in failures:
        print(f"  {failure['kind']}: {failure['what']}: {failure['count']} times")
    return [row(f"requests during {len(took)} switches", sum(kind["sent"] for kind in kinds.values()), "requests"),
            row(f"failed during {len(took)} switches", sum(kind["failed"] for kind in kinds.values()), "requests", 0),
            row("switch under that load", median(took), "ms")]
