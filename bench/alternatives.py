# SPDX-License-Identifier: MIT
"""What people use today, each started as its users run it; bench/recipes has their files. And bluegreen, with the same face:
`name`, `title`, `proxy` (a container), `address` and `url` of it, `moments` (a directory and what its files' names end with: they
change at the switch), deploy() -> {"ms", ...}, release (which serves), clear()."""

import itertools
import os
import pathlib
import shutil
import signal
import subprocess

from ground import TEST_SERVER, Project

RECIPES = pathlib.Path(__file__).parent / "recipes"
COLORS = ["BLUE", "GREEN"]


def docker(*arguments):
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout.strip()


def address_of(container, network):
    return docker("inspect", "-f", f'{{{{(index .NetworkSettings.Networks "{network}").IPAddress}}}}', container)


class Ours:
    """bluegreen, by its own project file."""

    name, title, mode = "bluegreen", "bluegreen", "marker"

    def __init__(self, ground, images=TEST_SERVER, cpus=None):
        self._project = Project(ground, self.name, ["web"], f"switch: {self.mode}", images)
        self._project.deploy()
        self.directory = self._project.directory
        self.proxy = f"{self._project.name}-nginx-1"
        self.address = address_of(self.proxy, f"{self._project.name}_default")
        self.url = f"http://{self.address}"
        if cpus:
            docker("update", "--cpuset-cpus", cpus, self.proxy)

    @property
    def moments(self):
        return self.directory / "conf.d" / "active", ".GREEN"

    @property
    def release(self):
        return self._project.release

    def deploy(self):
        return self._project.deploy()

    def clear(self):
        self._project.clear()


class OursByReload(Ours):
    name, title, mode = "bluegreen-reload", "bluegreen, `switch: reload`", "reload"

    @property
    def moments(self):
        return self.directory / "conf.d", ".web.conf"


class Alternative:
    """A recipe. The images take turns, and so do the containers' names."""

    name = title = image = None
    arguments = []  # of `docker run`, after those that all have
    command = []
    config = None  # in which the words OLD and OLD_ADDRESS are filled in

    def __init__(self, ground, images=TEST_SERVER, cpus=None):
        self._ground, self._images = ground, images
        self._turns = itertools.count(1)
        prefix = f"bgbench-{os.getpid()}-{self.name}"
        self.network, self.proxy, self.address = prefix, f"{prefix}-proxy", ""
        self._apps = [f"{prefix}-{color}" for color in COLORS]
        self.directory = ground.directory / self.name
        self.moments = (self.directory, "switched")
        self.release = "1"
        ground.projects.append(self)
        self._lay_out()
        docker("network", "create", self.network)
        self._start_app()
        self._start_proxy(["--cpuset-cpus", cpus] if cpus else [])
        self.url = f"http://{self.address}"

    def _lay_out(self):
        shutil.copytree(RECIPES / self.name, self.directory)
        shutil.copy(RECIPES / "nginx.conf", self.directory)
        (self.directory / "run").mkdir()

    def _start_app(self):
        docker("run", "-d", "--init", "--name", self._apps[0], "--network", self.network, self._images[0])
        config = self.directory / self.config
        text = config.read_text().replace("OLD_ADDRESS", address_of(self._apps[0], self.network))
        config.write_text(text.replace("OLD", self._apps[0]))

    def _start_proxy(self, limits):
        arguments = [argument.format(directory=self.directory) for argument in self.arguments]
        docker("run", "-d", "--name", self.proxy, "--network", self.network, *limits, *arguments, self.image, *self.command)
        self.address = address_of(self.proxy, self.network)

    def deploy(self):
        turn = next(self._turns)
        self.release = str(turn % 2 + 1)
        return self._ground.measure(["./deploy"], self.directory, self._environment(turn))

    def _environment(self, turn):
        return {"IMAGE": self._images[turn % 2], "NEW": self._apps[turn % 2], "OLD": self._apps[1 - turn % 2],
                "NETWORK": self.network, "PROXY": self.proxy, "PROXY_ADDRESS": self.address}

    def clear(self):
        for name in [self.proxy, *self._apps]:
            subprocess.run(["docker", "rm", "-f", "-v", name], check=False, capture_output=True)
        subprocess.run(["docker", "network", "rm", self.network], check=False, capture_output=True)


class Nginx(Alternative):
    image, config = "nginx", "conf.d/app.conf"
    arguments = ["-v", "{directory}/nginx.conf:/etc/nginx/nginx.conf:ro", "-v", "{directory}/conf.d:/etc/nginx/conf.d"]


class ByHand(Nginx):
    name, title = "by-hand", "nginx: edit, HUP, stop"


class DoneRight(Nginx):
    name, title = "done-right", "nginx: wait, edit, test, HUP, drain, stop"


class Rollout(Nginx):
    """docker-rollout with nginx-proxy, both written out: the second writes conf.d."""

    name, title = "rollout", "docker-rollout and nginx-proxy"

    def _start_app(self):
        self._compose("up", "-d", "web")

    def _start_proxy(self, limits):
        super()._start_proxy(limits)
        environment = os.environ | self._environment(0)
        self._watch = subprocess.Popen(["./watch"], cwd=self.directory, env=environment, start_new_session=True,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._compose("restart", "web")  # so that the watch sees it start

    def _compose(self, *arguments):
        subprocess.run(["docker-compose", *arguments], cwd=self.directory, env=os.environ | self._environment(0),
                       check=True, capture_output=True)

    def _environment(self, turn):
        return super()._environment(turn) | {"COMPOSE_PROJECT_NAME": self.network, "IMAGE": self._images[turn % 2]}

    def clear(self):
        os.killpg(self._watch.pid, signal.SIGTERM)
        self._watch.wait()
        self._compose("rm", "-s", "-f", "-v", "web")
        super().clear()


class Caddy(Alternative):
    name, title, image = "caddy", "Caddy, admin API", "bluegreen-bench-caddy"
    arguments = ["-v", "{directory}/caddy.json:/etc/caddy.json:ro"]
    command = ["caddy", "run", "--config", "/etc/caddy.json"]
    config = "caddy.json"


class HaproxyRuntime(Alternative):
    name, title, image = "haproxy-runtime", "HAProxy, runtime API", "bluegreen-bench-haproxy"
    arguments = ["-v", "{directory}:/bench"]
    command = ["haproxy", "-W", "-db", "-f", "/bench/haproxy.cfg"]
    config = "haproxy.cfg"


class HaproxyReload(HaproxyRuntime):
    name, title = "haproxy-reload", "HAProxy, reload"


CONTENDERS = {kind.name: kind for kind in [
    Ours, OursByReload, ByHand, DoneRight, Rollout, Caddy, HaproxyRuntime, HaproxyReload]}
