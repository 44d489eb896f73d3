# SPDX-License-Identifier: MIT
"""What a deploy and `status` cost on a machine of many apps.

N apps of one project behind one nginx. The last of them is real: deployed by bluegreen, and again in every round. The
others are its copies: their files in conf.d are its own with other names and addresses, and nginx has loaded them; each has a
container with the same labels, made through the engine's API, which runs only with --running (a thousand starts take minutes).
"""

import hashlib
import itertools
import re
import statistics
import subprocess
import sys
import time

import processes
from alternatives import address_of
from engine import Engine, Twin
from ground import Project
from rows import row
from throughput import wrk

REAL = "app9999"  # the last one that nginx looks at
median = statistics.median


class Crowd:
    def __init__(self, ground, running):
        self.engine, self._running, self._names = Engine(), running, []
        self.project = Project(ground, "scale", [REAL], f"hosts: [{REAL}.example]")
        for _ in range(2):  # then nginx knows both environments
            self.deploy()
        self.proxy = f"{self.project.name}-nginx-1"
        self.conf_d = self.project.directory / "conf.d"
        self._text = (self.conf_d / f"bluegreen.{self.project.name}.{REAL}.conf").read_text()
        self._addresses = re.findall(r'"address":"([\d.]+)"', self._text)
        self._subnet = self._addresses[0].rsplit(".", 2)[0]
        self._third = int(self._addresses[0].split(".")[2])
        standing = self.engine.containers(f"bluegreen.project={self.project.name}")
        slot = next(one for one in standing if "bluegreen.color" in one["Labels"])
        self.twin = Twin(self.engine, self.engine.inspect(slot["Id"]))

    def grow_to(self, count):
        for number in range(len(self._names), count - 1):
            self._add(f"app{number:04}", number)
        self._reload()

    def _reload(self):
        subprocess.run(["docker", "exec", self.proxy, "nginx", "-s", "reload"], check=True, capture_output=True)
        time.sleep(2)

    def _add(self, name, number):
        blue, green = (f"{self._subnet}.{self._third + 1 + number // 120}.{2 + number % 120 * 2 + color}" for color in (0, 1))
        text = self._text.replace(REAL, name)
        text = text.replace(self._addresses[0], blue).replace(self._addresses[1], green)
        (self.conf_d / f"bluegreen.{self.project.name}.{name}.conf").write_text(text)
        self.twin.make(f"{name}-BLUE", blue, {"bluegreen.app": name, "bluegreen.service": name, "bluegreen.color": "BLUE"})
        if self._running:
            self.engine.ask("POST", f"/containers/{name}-BLUE/start")
        self._names.append(name)

    def deploy(self):
        self.project.next_release()
        return self.project.run("deploy", REAL)["ms"]

    def untouched(self):
        """What must be the same before and after a deploy: the configuration, and nginx's processes."""
        texts = sorted((path.name, path.read_text()) for path in self.conf_d.glob("*.conf"))
        return hashlib.sha256(repr(texts).encode()).hexdigest(), sorted(processes.pids_of(self.proxy))

    def clear(self):
        for name in self._names:
            (self.conf_d / f"bluegreen.{self.project.name}.{name}.conf").unlink(missing_ok=True)
            self.engine.remove_if_there(f"{name}-BLUE")
        self._reload()  # now `down` has one app to take away


class Floor:
    """The engine's work of a deploy and nothing else, for a container like the real one."""

    def __init__(self, crowd):
        self._twin, self._turns = crowd.twin, itertools.count()
        base = crowd._addresses[0].rsplit(".", 1)[0]
        self._slots = [(f"{crowd.project.name}-raw-{color}", f"{base}.{200 + color}") for color in (0, 1)]
        self._twin.start(*self._slots[0])

    def pass_once(self):
        turn = next(self._turns)
        started = time.monotonic()
        self._twin.start(*self._slots[1 - turn % 2])
        self._twin.end(self._slots[turn % 2][0])
        return (time.monotonic() - started) * 1000

    def clear(self):
        for name, _ in self._slots:
            self._twin.engine.remove_if_there(name)


def measure(crowd, floor, rounds):
    deploys, floors, status, cpu, rates = [], [], [], [], []
    before = crowd.untouched()
    for _ in range(rounds):
        deploys.append(crowd.deploy())
        floors.append(floor.pass_once())
        run = crowd.project.run("status")
        status.append(run["ms"])
        cpu.append(run["cpu_ms"])
    for _ in range(rounds):  # apart: a deploy right after it would wait for the connections that nginx keeps for a second
        rates.append(wrk(f"http://{address_of(crowd.proxy, crowd.project.name + '_default')}", 1, f"{REAL}.example")[0])
    return {"deploy": median(deploys), "ratio": median(ours / raw for ours, raw in zip(deploys, floors)),
            "status": median(status), "cpu": median(cpu), "rate": median(rates), "untouched": crowd.untouched() == before}


def rows_of(apps, result, first):
    def row_with(name, *value):
        return row(f"{name} with {apps} app{'s' * (apps > 1)}", *value) | {"apps": apps, "what": name}

    status_target = 150 if apps >= 1000 else None
    return [row_with("deploy / floor", result["ratio"], "x", 1.15),
            row_with("deploy / deploy with the fewest apps", result["deploy"] / first["deploy"], "x"),
            row_with("configuration and nginx's processes touched by the deploys", int(not result["untouched"]), "yes = 1", 0),
            row_with("status", result["status"], "ms", status_target),
            row_with("status, processor time", result["cpu"], "ms"),
            row_with("requests a second / with the fewest apps", result["rate"] / first["rate"], "x")]


def scale(ground, rounds, sizes, running):
    crowd = Crowd(ground, running)
    floor = Floor(crowd)
    rows, first = [], None
    try:
        for apps in sorted(sizes):
            print(f"  {apps} apps", file=sys.stderr, flush=True)
            crowd.grow_to(apps)
            result = measure(crowd, floor, max(rounds, 3))
            first = first or result
            rows += rows_of(apps, result, first)
    finally:
        floor.clear()
        crowd.clear()
    return rows
