# SPDX-License-Identifier: MIT
"""Who answers, and when: a client that asks every millisecond, and the moments at which files of a directory changed."""

import ctypes
import multiprocessing
import os
import socket
import struct
import threading
import time

PAUSE = 0.001
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n%s\r\n"


def release_in(answer):
    for line in answer.split(b"\r\n"):
        if line.lower().startswith(b"x-release:"):
            return line[10:].strip().decode()
    return None


def ask(connection, last):
    """The release that answered, or None where none did. Answers are small: one head, a body of a few bytes."""
    try:
        connection.sendall(REQUEST % (b"Connection: close\r\n" if last else b""))
        return release_in(connection.recv(4096))
    except OSError:
        return None


def ask_for_ever(address, done, answers):
    seen, kept = [], None
    while not done.is_set():
        for fresh in (False, True):
            try:
                connection = socket.create_connection(address, 5) if fresh or kept is None else kept
            except OSError:
                continue
            release = ask(connection, fresh)
            if release:
                seen.append((time.monotonic(), release))
            if fresh or release is None:
                connection.close()
                connection = None
            if not fresh:
                kept = connection
            time.sleep(PAUSE)
    answers.send(seen)


class Client:
    """By turns a kept connection and a new one, in a process of its own."""

    def __init__(self, address):
        self._done = multiprocessing.Event()
        self._answers, far_end = multiprocessing.Pipe(duplex=False)
        self._process = multiprocessing.Process(target=ask_for_ever, args=(address, self._done, far_end))
        self._process.start()

    def stop(self):
        """[(when, release), ...]; when: time.monotonic() at the end of the answer."""
        self._done.set()
        answers = self._answers.recv()
        self._process.join()
        return answers


class Moments:
    """When files whose name ends with `suffix` came, went or were written in a directory: time.monotonic() of each."""

    _WATCHED = 0x2 | 0x80 | 0x100 | 0x200  # IN_MODIFY, IN_MOVED_TO, IN_CREATE, IN_DELETE: inotify(7)

    def __init__(self, directory, suffix):
        self.moments = []
        self._suffix = suffix.encode()
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.inotify_init1(os.O_CLOEXEC)
        if libc.inotify_add_watch(self._descriptor, os.fsencode(directory), self._WATCHED) < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(directory))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            events, now = os.read(self._descriptor, 65536), time.monotonic()
            while events:
                size = struct.unpack_from("iIII", events)[3]
                if events[16:16 + size].rstrip(b"\0").endswith(self._suffix):
                    self.moments.append(now)
                events = events[16 + size:]

    def last_in(self, begin, end):
        return max(moment for moment in self.moments if begin <= moment <= end)


def latencies(answers, deploys):
    """For each (begin, moment, end, old, new): ms from the moment to the first answer of the new release and to the last of
    the old one."""
    rows = []
    for begin, moment, end, old, new in deploys:
        within = [(when, release) for when, release in answers if begin <= when <= end]
        first = min((when for when, release in within if release == new), default=None)
        last = max((when for when, release in within if release == old), default=None)
        if first is not None and last is not None:
            rows.append(((first - moment) * 1000, (last - moment) * 1000))
    return rows
