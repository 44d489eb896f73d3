# SPDX-License-Identifier: MIT
"""The figures: how each is measured. Every one returns rows (figure, value, unit, target or None)."""

import json
import pathlib
import statistics
import subprocess
import time

from alternatives import CONTENDERS
from engine import Engine, Twin
from ground import Project
from rows import row, row_of

median = statistics.median


# ---- a deploy, against the engine's floor and against people's hands -----------------------------------------

BY_HAND = """set -e
docker run -d --init --restart unless-stopped --name {new} --network {network} {image} >/dev/null
{connect}
printf 'server {{ listen 80; location / {{ proxy_pass http://{new}:8000; }} }}\\n' >conf.d/app.conf
docker exec {nginx} nginx -s reload 2>/dev/null
docker stop {old} >/dev/null
docker rm {old} >/dev/null
"""


class Rivals:
    """The engine's floor and the deploy by hand, on the networks and for the containers of one project."""

    def __init__(self, ground, project):
        self._ground, self._project, self._engine = ground, project, Engine()
        self._turn = 0
        ours = self._engine.containers(f"bluegreen.project={project.name}")
        slot = next(one for one in ours if "bluegreen.color" in one["Labels"])
        original = self._engine.inspect(slot["Id"])
        self._twin = Twin(self._engine, original)
        managed = f"{project.name}_bluegreen"
        self._managed, self._network = managed, original["HostConfig"]["NetworkMode"]
        base = original["NetworkSettings"]["Networks"][managed]["IPAddress"].rsplit(".", 1)[0]
        self._addresses = (f"{base}.100", f"{base}.101")
        self._image = "bluegreen-test-server:1"
        self._names = {kind: [f"{project.name}-{kind}-{turn}" for turn in (0, 1)] for kind in ("raw", "hand", "one")}
        self._nginx = f"{project.name}-hand-nginx"
        self._twin.start(self._names["raw"][0], self._addresses[0])
        self._start_hand()

    def _start_hand(self):
        directory = self._ground.directory / "hand"
        (directory / "conf.d").mkdir(parents=True)
        self._directory = directory
        script = f"""set -e
docker run -d --name {self._names['hand'][0]} --init --network {self._network} {self._image}
docker run -d --name {self._names['one'][0]} --init --network {self._network} {self._image}
docker run -d --name {self._nginx} --network {self._network} -v {directory}/conf.d:/etc/nginx/conf.d nginx
docker network connect {self._managed} {self._nginx}"""
        subprocess.run(["bash", "-c", script], check=True, capture_output=True)

    def floor(self, turn):
        old, new = self._names["raw"][turn % 2], self._names["raw"][1 - turn % 2]
        started = time.monotonic()
        self._twin.start(new, self._addresses[1 - turn % 2])
        self._twin.end(old)
        return (time.monotonic() - started) * 1000

    def by_hand(self, turn, kind):
        old, new = self._names[kind][turn % 2], self._names[kind][1 - turn % 2]
        connect = f"docker network connect {self._managed} {new}" if kind == "hand" else ""
        script = BY_HAND.format(new=new, old=old, network=self._network, image=self._image, connect=connect,
                                nginx=self._nginx)
        return self._ground.measure(["bash", "-c", script], self._directory)["ms"]

    def clear(self):
        for name in [self._nginx, *(name for pair in self._names.values() for name in pair)]:
            self._engine.remove_if_there(name)


def steps_of(out):
    """What each step took, by its own word."""
    events = [json.loads(line) for line in out.splitlines()]
    return {event["step"]: event["ms"] for event in events if event.get("state") == "done"}


def deploys(ground, rounds, contenders):
    project = Project(ground, "deploy", ["web"])
    for _ in range(2):
        project.deploy()
    rivals = Rivals(ground, project)
    contenders = [CONTENDERS[name](ground) for name in contenders if name != "bluegreen"]
    times = {"deploy": [], "floor": [], "hand": [], "one": []} | {each.name: [] for each in contenders}
    peaks, steps = [], []
    try:
        for turn in range(rounds):
            project.next_release()
            ours = project.run("deploy", "--json")
            times["deploy"].append(ours["ms"])
            peaks.append(ours["peak_kib"])
            steps.append(steps_of(ours["out"]))
            times["floor"].append(rivals.floor(turn))
            times["hand"].append(rivals.by_hand(turn, "hand"))
            times["one"].append(rivals.by_hand(turn, "one"))
            for each in contenders:
                times[each.name].append(each.deploy()["ms"])
    finally:
        rivals.clear()

    def against(other, which="deploy"):
        return median(ours / theirs for ours, theirs in zip(times[which], times[other]))

    rows = [row("deploy, start to retired", median(times["deploy"]), "ms"),
            row("the engine's floor: create, connect, start, stop, remove", median(times["floor"]), "ms"),
            row("the same deploy by hand with docker", median(times["hand"]), "ms"),
            row("by hand, the container on one network only", median(times["one"]), "ms"),
            row("deploy / floor", against("floor"), "x", 1.15),
            row("deploy / by hand", against("hand"), "x", 0.8),
            row("deploy / by hand, one network only", against("one"), "x"),
            row("peak memory of deploy", max(peaks) / 1024, "MiB", 16)]
    rows += [row_of(each, "deploy / floor", against("floor", each.name), "x") for each in contenders]
    for step in steps[-1]:
        rows.append(row(f"deploy's step {step}", median(each.get(step, 0) for each in steps), "ms"))
    return rows


# ---- switch and status --------------------------------------------------------------------------------------


def commands(ground, rounds):
    standing = Project(ground, "switch", ["web"], "retire: keep")
    for _ in range(2):
        standing.deploy()
    many = Project(ground, "status", [f"app{number}" for number in range(10)])
    many.run("deploy")
    switch, whole, status = [], [], []
    cpu, peaks = {"switch": [], "status": []}, {"switch": [], "status": []}
    for _ in range(rounds):
        run = standing.run("--json", "switch", "web")
        whole.append(run["ms"])
        switch.append(run["ms"] - steps_of(run["out"])["verify"])
        peaks["switch"].append(run["peak_kib"])
        cpu["switch"].append(run["cpu_ms"])
        run = many.run("status")
        status.append(run["ms"])
        peaks["status"].append(run["peak_kib"])
        cpu["status"].append(run["cpu_ms"])
    return [row("switch, the whole process", median(whole), "ms"),
            row("switch, without its step verify", median(switch), "ms", 20),
            row("switch, processor time", median(cpu["switch"]), "ms"),
            row("status with 10 apps", median(status), "ms", 20),
            row("status with 10 apps, processor time", median(cpu["status"]), "ms"),
            row("peak memory of switch", max(peaks["switch"]) / 1024, "MiB", 16),
            row("peak memory of status with 10 apps", max(peaks["status"]) / 1024, "MiB", 16)]


# ---- the program itself -------------------------------------------------------------------------------------


def program(ground):
    stripped = ground.directory / "stripped"
    subprocess.run(["strip", "-o", stripped, ground.program], check=True)
    dynamic = subprocess.run(["readelf", "-d", ground.program], check=True, capture_output=True, text=True).stdout
    needed = [line.split("[")[1].rstrip("]") for line in dynamic.splitlines() if "(NEEDED)" in line]
    loaded = subprocess.run(["ldd", ground.program], check=True, capture_output=True, text=True).stdout.count("=>")
    print(f"  shared libraries: {' '.join(needed)}")
    return [row("stripped program", pathlib.Path(stripped).stat().st_size / 2**20, "MiB", 4),
            row("shared libraries that it names itself", len(needed), "libraries"),
            row("shared libraries loaded with theirs", loaded, "libraries")]
