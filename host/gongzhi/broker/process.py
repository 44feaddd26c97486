"""Takes a BrokerConfig, gives a broker in a process of its own, so that the runtime's work never delays a message."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import IO, Any, Final

import msgspec

from gongzhi.broker.config import BrokerConfig
from gongzhi.errors import BrokerError
from gongzhi.text import N_

_START: Final = 20.0
_STOP: Final = 1.0


class BrokerProcess:
    """A running broker process; made by `start`, ended by `stop`, by leaving its `with`, or by this process's end."""

    def __init__(self, child: subprocess.Popen[bytes], notice: Callable[[str, str, str], None] | None = None) -> None:
        self._child = child
        self._notice = notice
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._asking = threading.Lock()
        self.port = self.tls_port = 0
        threading.Thread(target=self._read, args=(child.stdout,), daemon=True, name="broker-lines").start()

    @classmethod
    def start(
        cls, config: BrokerConfig, notice: Callable[[str, str, str], None] | None = None, timeout: float = _START
    ) -> BrokerProcess:
        """Start the process and wait, at most `timeout` seconds, until it listens; `port` then is its port.

        `notice` is called from a thread with (kind, client id, text), as in `Broker`. The configuration goes over
        standard input: hashes and rules never stand in a list of processes. Raises BrokerError.
        """
        child = subprocess.Popen(
            [sys.executable, "-m", "gongzhi.broker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Out of the terminal's Ctrl-C, which ends the parent, which ends the broker last.
            start_new_session=os.name == "posix",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        made = cls(child, notice)
        try:
            made._say(msgspec.json.encode(config))
            first = made._answers.get(timeout=timeout)
        except (queue.Empty, OSError):
            first = {}
        except BaseException:
            made.stop()
            raise
        if "port" in first:
            made.port, made.tls_port = first["port"], first["tls_port"]
            return made
        made.stop()
        error = first.get("error")
        if error:
            raise BrokerError(error["message"], error["hint"], **error["values"])
        raise BrokerError(
            N_("The broker’s process did not start."),
            N_("Try gongzhi broker in another terminal: it says why."),
        )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._child.poll() is None

    def stats(self, timeout: float = 5.0) -> dict[str, Any]:
        """`Broker.stats()` of the process, and "cpu_s", its CPU time so far in seconds. Raises BrokerError."""
        with self._asking:
            try:
                self._say(b"stats")
                answer = self._answers.get(timeout=timeout)
            except (OSError, queue.Empty):
                answer = {}
        if "stats" not in answer:
            raise BrokerError(N_("The broker’s process has ended."), N_("Start the program again."))
        stats: dict[str, Any] = answer["stats"]
        return stats

    def stop(self) -> None:
        """End the process and wait for it; may be called more than once."""
        if self._child.stdin is not None:
            with contextlib.suppress(OSError):
                self._child.stdin.close()
        try:
            self._child.wait(_STOP)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def __enter__(self) -> BrokerProcess:
        """The process itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    def _say(self, line: bytes) -> None:
        if self._child.stdin is None:
            raise OSError("standard input is closed")
        try:
            self._child.stdin.write(line + b"\n")
            self._child.stdin.flush()
        except ValueError as error:  # closed by stop()
            raise OSError(str(error)) from error

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            for raw in stream:
                line: dict[str, Any] = msgspec.json.decode(raw)
                if "notice" not in line:
                    self._answers.put(line)
                elif self._notice is not None:
                    self._notice(*line["notice"])
        self._answers.put({})
