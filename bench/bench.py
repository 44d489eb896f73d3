#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures what bluegreen promises in numbers: one run, one table. Started by scripts/bench."""

import argparse
import json
import os
import pathlib
import signal
import sys

import figures
import scale
import switches
import throughput
from alternatives import CONTENDERS
from ground import Ground

PARTS = {
    "deploy": lambda ground, options: figures.deploys(ground, options.rounds, options.contenders),
    "scale": lambda ground, options: scale.scale(ground, options.rounds // 2, options.apps, options.running),
    "commands": lambda ground, options: figures.commands(ground, options.rounds * 2),
    "program": lambda ground, options: figures.program(ground),
    "endurance": lambda ground, options: switches.endurance(ground, options.switches, options.minutes),
    "throughput": lambda ground, options: throughput.throughput(ground, options.rounds),
    "switches": lambda ground, options: switches.switches(ground, options.switches, options.contenders),
}


def render(rows):
    lines = [f"{'figure':<72} {'value':>9} {'unit':<9} {'target':>7}"]
    for row in rows:
        verdict = {None: "", True: "reached", False: "NOT REACHED"}[row["reached"]]
        target = "" if row["target"] is None else f"{row['target']:g}"
        lines.append(f"{row['figure']:<72} {row['value']:>9g} {row['unit']:<9} {target:>7} {verdict}".rstrip())
    return "\n".join(lines)


def tell(rows, load_before, file):
    machine = {"cores": os.cpu_count(), "load_before": round(load_before, 2), "load_after": round(os.getloadavg()[0], 2)}
    print(render(rows))
    print(f"{machine['cores']} cores; load average {machine['load_before']} before, {machine['load_after']} after")
    if file:
        file.write_text(json.dumps({"machine": machine, "figures": rows}, indent=2) + "\n")


def parse():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=6, help="of the timed figures; default 6")
    parser.add_argument("--switches", type=int, default=30, help="under load, by each contender; default 30")
    parser.add_argument("--minutes", type=float, default=20, help="for `endurance`: at most so long; default 20")
    parser.add_argument("--contenders", default=",".join(CONTENDERS), help=f"of {', '.join(CONTENDERS)}; default all")
    parser.add_argument("--only", default=",".join(PARTS), help=f"of {', '.join(PARTS)}; default all")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--programs", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--apps", type=int, nargs="+", default=[1, 100, 1000], help="how many, for `scale`; default 1 100 1000")
    parser.add_argument("--running", action="store_true", help="for `scale`: they all run (a quarter of a second each)")
    options = parser.parse_args()
    options.contenders, options.only = options.contenders.split(","), options.only.split(",")
    return options


def main():
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    load_before = os.getloadavg()[0]
    ground = Ground(options.programs.resolve())
    rows = []
    try:
        for part in options.only:
            print(f"==> {part}", file=sys.stderr, flush=True)
            rows.extend(PARTS[part](ground, options))
    finally:  # what was measured until then is told, whatever ends the run
        ground.clear()
        tell(rows, load_before, options.json)
    return 0 if all(row["reached"] is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
