# SPDX-License-Identifier: MIT
"""What is measured stands here: projects with names of their own in a temporary directory, and the program on them."""

import itertools
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile


TEST_SERVER = ["bluegreen-test-server:1", "bluegreen-test-server:2"]
NGINX_CONF = pathlib.Path(__file__).parent / "recipes" / "nginx.conf"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def service(name, image, policy=""):
    return f"""
  {name}:
    image: {image}
    x-bluegreen:
      port: 8000
      health: /healthz
      {policy}"""


class Project:
    def __init__(self, ground, name, apps, policy="", images=TEST_SERVER):
        self.ground, self.name, self.apps = ground, f"bgbench-{os.getpid()}-{name}", apps
        self.directory = ground.directory / name
        self.port = free_port()
        self._policy, self._images = policy, images
        self.release = ""
        self._turns = itertools.cycle([0, 1])
        (self.directory / "conf.d").mkdir(parents=True)
        shutil.copy(NGINX_CONF, self.directory)
        ground.projects.append(self)
        self.next_release()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def next_release(self):
        """Another image, so that every deploy is a real one."""
        turn = next(self._turns)
        self.release = str(turn + 1)
        services = "".join(
            service(app, self._images[turn], self._policy if len(self.apps) == 1 else f"hosts: [{app}.example]")
            for app in self.apps)
        (self.directory / "compose.yaml").write_text(f"""name: {self.name}
services:{services}
  nginx:
    image: nginx
    ports: ["127.0.0.1:{self.port}:80"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro", "./conf.d:/etc/nginx/conf.d"]
    x-bluegreen:
      proxy: true
""")

    def run(self, *arguments):
        return self.ground.measure([self.ground.program, *arguments], self.directory)

    def deploy(self):
        self.next_release()
        return self.run("deploy")

    def clear(self):
        self.ground.run_unchecked(["--quiet", "down", "--volumes", "--yes"], self.directory)


class Ground:
    def __init__(self, programs):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="bluegreen-bench."))
        self.program = str(programs / "bluegreen")
        self._measure = str(programs / "bluegreen-measure")
        self._environment = os.environ | {
            "BLUEGREEN_STATE_DIR": str(self.directory / "state"), "BLUEGREEN_LOCK_DIR": str(self.directory / "lock")}
        self.projects = []
        (self.directory / "lock").mkdir()

    def measure(self, command, directory, more=None):
        """{"ms", "cpu_ms", "peak_kib", "out"} of one run, which must succeed."""
        report = self.directory / "measured"
        report.unlink(missing_ok=True)
        done = subprocess.run([self._measure, report, *command], cwd=directory, env=self._environment | (more or {}), text=True,
                              stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return json.loads(report.read_text()) | {"out": done.stdout}

    def run_unchecked(self, arguments, directory):
        subprocess.run([self.program, *arguments], cwd=directory, env=self._environment, check=False)

    def clear(self):
        for project in self.projects:
            project.clear()
        shutil.rmtree(self.directory, ignore_errors=True)
