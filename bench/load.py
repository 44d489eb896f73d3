# SPDX-License-Identifier: MIT
"""The load: `bluegreen probe`. The one place that knows its options and its report."""

import json
import select
import signal
import subprocess

# Against the tests' server.
PATHS = ["--post", "/echo", "--slow", "/slow?ms=500", "--upload", "/upload", "--ws", "/ws", "--sse", "/stream?ms=100"]
PACE = ["--connections", "8", "--rate", "50"]


class Load:
    """Runs from the moment that every kind of client has been answered until stop()."""

    def __init__(self, ground, url, kinds):
        self._process = subprocess.Popen(
            [ground.program, "probe", url, "--json", "--for", "6h", "--kinds", ",".join(kinds), *PATHS, *PACE],
            stdout=subprocess.PIPE, text=True)
        if not select.select([self._process.stdout], [], [], 60)[0] or not self._process.stdout.readline():
            self._process.kill()
            raise RuntimeError(f"{url} did not answer every kind of client within 60 s: {', '.join(kinds)}")

    def stop(self):
        """{kind: {"sent", "failed", "reused_reset", ...}} and a list of {"kind", "what", "count", ...}."""
        self._process.send_signal(signal.SIGTERM)
        events, _ = self._process.communicate()
        report = next(event for event in map(json.loads, events.splitlines()) if event["event"] == "probe")
        return report["kinds"], report["failures"]
