#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From the figures of one or more runs (scripts/bench --json FILE) to what docs/benchmarks.md shows: pictures, and tables of
what was measured side by side.

    bench/report.py FILE... --pictures docs/pictures >tables.md
"""

import argparse
import json
import pathlib

from picture import bars

OURS = "bluegreen"
KINDS = ["get", "post", "connect", "slow", "upload"]


class Figures:
    """Of all files together; the last one to have a figure decides."""

    def __init__(self, files):
        self.rows, self.titles, self.scale = {}, {}, {}
        for file in files:
            for row in json.loads(file.read_text())["figures"]:
                if "apps" in row:
                    self.scale[row["apps"], row["what"]] = row["value"]
                    continue
                who = row.get("contender")
                if who:
                    self.titles[who] = row["title"]
                self.rows[who, row.get("what", row["figure"])] = row["value"]

    def of(self, name):
        """[(contender, title, value)], in the order of the run."""
        return [(who, self.titles[who], value) for (who, what), value in self.rows.items() if who and what == name]

    def get(self, who, name):
        return self.rows.get((who, name))


def table(head, rows):
    lines = [" | ".join(head), " | ".join(["---"] * len(head)), *(" | ".join(map(str, row)) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines) + "\n"


def switches(figures):
    rows = []
    for who, title, failed in figures.of("failed"):
        sent = figures.get(who, "requests")
        kinds = [figures.get(who, f"failed, {kind}") for kind in KINDS]
        rows.append([title, f"{failed} of {sent:,}", *kinds,
                     *(f"{figures.get(who, f'{what}, median'):.0f} ms" for what in
                       ("first answer of the new", "last answer of the old", "both answer")),
                     f"{figures.get(who, 'memory of the proxy'):.0f} MiB"])
    return table(["", "failed", *KINDS, "first of the new", "last of the old", "both answer", "memory"], rows)


def throughput(figures):
    rows = [[title, f"{rate:.2f}", *(f"{figures.get(who, f'{what} / bluegreen' + chr(39) + 's'):.2f}" for what in
                                     ("p99", "processor time of a request"))]
            for who, title, rate in figures.of("requests a second / bluegreen's")]
    return table(["bluegreen = 1", "requests a second", "p99", "processor time of a request"], rows)


def costs(figures):
    ours = figures.get(None, "deploy / floor")
    rows = [["the engine's floor", "1"], ["bluegreen", f"{ours:.2f}"]]
    rows += [[title, f"{value:.2f}"] for _, title, value in figures.of("deploy / floor")]
    return table(["", "a deploy"], rows)


def scale(figures):
    sizes = sorted({apps for apps, _ in figures.scale})
    names = list(dict.fromkeys(what for _, what in figures.scale))
    return table(["apps", *(f"{apps:,}" for apps in sizes)],
                 [[name, *(figures.scale[apps, name] for apps in sizes)] for name in names])


def pictures(figures):
    """name -> SVG, of what these figures have."""
    made = {}
    failed = figures.of("failed")
    if failed:
        made["failed"] = bars("Failed requests", "in 30 releases one after the other, the same load of five kinds of client",
                              [(title, value, f"{value:,}", who == OURS) for who, title, value in failed])
        both = figures.of("both answer, median")
        made["both-answer"] = bars("How long old and new answer side by side", "median, ms",
                                   [(title, value, f"{value:.0f} ms", who == OURS) for who, title, value in both])
    carried = figures.of("requests a second / bluegreen's")
    if carried:
        made["throughput"] = bars("Requests a second on one core", "bluegreen = 1, median of the rounds' ratios",
                                  [(title, value, f"{value:.2f}", who == OURS) for who, title, value in carried])
    ours = figures.get(None, "deploy / floor")
    if ours:
        rows = [("bluegreen", ours, f"{ours:.2f}", True)]
        rows += [(title, value, f"{value:.2f}", False) for _, title, value in figures.of("deploy / floor")]
        made["deploy"] = bars("A deploy, start to end", "times what the engine alone takes, median of the rounds' ratios", rows,
                              (1, "the engine alone"))
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=pathlib.Path, nargs="+")
    parser.add_argument("--pictures", type=pathlib.Path, metavar="DIRECTORY")
    options = parser.parse_args()
    figures = Figures(options.files)
    parts = [(switches, figures.of("failed")), (throughput, figures.of("requests a second / bluegreen's")),
             (costs, figures.of("deploy / floor")), (scale, figures.scale)]
    for render, there in parts:
        if there:
            print(render(figures))
    if options.pictures:
        options.pictures.mkdir(parents=True, exist_ok=True)
        for name, svg in pictures(figures).items():
            (options.pictures / f"{name}.svg").write_text(svg)


if __name__ == "__main__":
    main()
