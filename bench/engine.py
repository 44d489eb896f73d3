# SPDX-License-Identifier: MIT
"""The engine's API over one persistent connection: the floor below everything that is measured."""

import http.client
import json
import os
import socket
import urllib.parse


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=120)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)


class Engine:
    def __init__(self, docker_host=None):
        host = docker_host or os.environ["DOCKER_HOST"]
        if host.startswith("unix://"):
            self._connection = UnixConnection(host.removeprefix("unix://"))
        else:
            self._connection = http.client.HTTPConnection(host.removeprefix("tcp://"), timeout=120)

    def ask(self, method, path, body=None):
        text = None if body is None else json.dumps(body)
        self._connection.request(method, "/v1.41" + path, text, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {content.decode(errors='replace')}")
        return json.loads(content) if content else None

    def inspect(self, name):
        return self.ask("GET", f"/containers/{name}/json")

    def remove_if_there(self, name):
        try:
            self.ask("DELETE", f"/containers/{name}?force=1&v=1")
        except RuntimeError:
            pass

    def containers(self, label):
        filters = urllib.parse.quote(json.dumps({"label": [label]}))
        return self.ask("GET", f"/containers/json?all=1&filters={filters}")


class Twin:
    """What makes a container like one of ours: the same settings and networks, another name, other labels."""

    def __init__(self, engine, original):
        self.engine = engine
        config, host = original["Config"], original["HostConfig"]
        self._labels = config["Labels"]
        self._body = {
            "Image": config["Image"],
            "Env": config["Env"],
            "Labels": {name.replace("bluegreen.", "bench."): value for name, value in config["Labels"].items()},
            "HostConfig": {key: host[key] for key in ("Init", "RestartPolicy", "NetworkMode", "ExtraHosts", "Binds")},
        }
        self._networks = original["NetworkSettings"]["Networks"]
        self._first = host["NetworkMode"]

    def make(self, name, address, labels=None):
        """create, connect; `address` is the fixed one, `labels` are those that it has as its original has them."""
        def endpoint(network):
            settings = {"Aliases": [name]}
            if (self._networks[network]["IPAMConfig"] or {}).get("IPv4Address"):
                settings["IPAMConfig"] = {"IPv4Address": address}
            return settings

        body = self._body if labels is None else self._body | {"Labels": self._labels | labels}
        body = body | {"NetworkingConfig": {"EndpointsConfig": {self._first: endpoint(self._first)}}}
        made = self.engine.ask("POST", f"/containers/create?name={name}", body)["Id"]
        for network in self._networks:
            if network != self._first:
                attach = {"Container": made, "EndpointConfig": endpoint(network)}
                self.engine.ask("POST", f"/networks/{network}/connect", attach)
        return made

    def start(self, name, address):
        self.engine.ask("POST", f"/containers/{self.make(name, address)}/start")

    def end(self, name):
        self.engine.ask("POST", f"/containers/{name}/stop?t=10")
        self.engine.ask("DELETE", f"/containers/{name}?v=1")
