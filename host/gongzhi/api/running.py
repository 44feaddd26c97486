"""Takes a project, joins it to the runtime over the bus, and calls its functions one after another until the end."""

from __future__ import annotations

import itertools
import math
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, Final

import msgspec
from gongzhi_node import wire

from gongzhi.api.decided import Proposal
from gongzhi.api.dispatch import Call, Dispatch
from gongzhi.api.timing import TIMING
from gongzhi.bus import Bus
from gongzhi.clock import ENV_PACED
from gongzhi.errors import ConfigError
from gongzhi.heard import MAX_PAYLOAD
from gongzhi.heard_shapes import MAX_FAULT
from gongzhi.pupil_errors import explain, place
from gongzhi.rests import RESTING
from gongzhi.rules import Labels
from gongzhi.text import N_, tr

if TYPE_CHECKING:
    from gongzhi.api.project import Project

# Set by `gongzhi run` for the program that it starts: where the bus is, and which actions are recognised.
ENV_BROKER, ENV_ACTIONS, ENV_TOPIC = "GONGZHI_BROKER", "GONGZHI_ACTIONS", "GONGZHI_TOPIC"
_GRACE_S: Final = 3.0  # for a pupil's function that is still at work when everything ends
_LONG_S: Final = 30.0  # a function that takes longer has most likely no end
_LONG: Final = N_(
    "A function has been at work for {seconds} s; until it ends no other is called. An endless loop never ends: "
    "use project.every."
)
_END_S: Final = 8.0  # for the runtime after Ctrl-C
_HEARD: Final = ("_co/decision", "_co/met", "_co/dropped", "_co/seen", "_co/looks", "+/up/s", "+/up/ev/+")


class Runner:
    """A project that runs: what it declares goes out, what it hears becomes calls of its functions."""

    def __init__(self, project: Project, url: str, top: str) -> None:
        self._project, self._top = project, top
        if begun := os.environ.get(ENV_PACED):
            TIMING.paced(float(begun), lambda t, due: self._publish("paced", {"t": t, "due": due}, 0))
        self._dispatch = Dispatch(project, TIMING.now())
        self._inbox: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._pending: set[Hashable] = set()  # calls that wait already
        self._told: set[str] = set()
        self._begun: float | None = None  # when the function that is at work was called
        self._thread = 0  # in which thread
        self._rested = -math.inf  # when a long rest of it was seen last
        self._refs = (f"p{os.getpid():x}-{number}" for number in itertools.count(1))
        self._bus = Bus(url, f"program-{os.getpid()}", self._on_link)
        for kind in _HEARD:
            self._bus.subscribe(f"{top}/{kind}", self._hear)
        if begun:
            self._bus.subscribe(f"{top}/_co/time", lambda _topic, payload: TIMING.hear(payload), 0)

    def run(self) -> None:
        """Until the runtime ends."""
        packed(self._project)  # what is too long is said before anything is joined
        self._bus.connect()
        threading.Thread(target=_watch_parent, args=(self._inbox,), daemon=True).start()
        self._project.begin(self)
        try:
            self._listen()
        except KeyboardInterrupt:
            pass
        finally:
            self._project.begin(None)
            self._bus.close()

    def declare(self) -> None:
        """Hand over the rules and watches as they are now."""
        self._bus.publish(f"{self._top}/_co/declare", packed(self._project), 1)

    def propose(self, message: dict[str, Any], then: Callable[..., Any] | None = None) -> Proposal:
        """Hand over a proposal; `then` is called once it is over."""
        proposal = Proposal(next(self._refs))
        self._dispatch.expect(proposal, then)
        self._publish("propose", {**message, "ref": proposal.ref})
        return proposal

    def say(self, text: Labels) -> None:
        """Show a text on the page."""
        self._publish("say", {"text": text})

    def judged(self, t: float, p: dict[str, float]) -> None:
        """How sure the program's own recognisers are of the frame captured at `t`."""
        self._publish("own", {"t": t, "p": p}, 0)

    def add_timer(self, period: float, function: Callable[..., Any]) -> None:
        """One more function that is called again and again."""
        self._dispatch.add_timer(period, function, TIMING.now())

    def _publish(self, kind: str, message: dict[str, Any], qos: int = 1) -> None:
        self._bus.publish(f"{self._top}/_co/{kind}", wire.pack(message), qos)

    # In the bus's thread.

    def _on_link(self, up: bool) -> None:
        if up:  # said again after each return of the broker: who listens may have missed it
            self.declare()

    def _hear(self, topic: str, payload: bytes) -> None:
        for key, call in self._dispatch.hear(topic, payload):
            if key is None or key not in self._pending:
                self._pending.add(key)
                self._inbox.put((key, call))
        TIMING.poke()
        begun = self._begun
        if RESTING.get(self._thread, 0.0) >= _LONG_S:
            self._rested = TIMING.now()  # one long rest is meant so; short ones without end are not
        elif begun is not None and TIMING.now() - max(begun, self._rested) >= _LONG_S:
            self._begun = None  # said once a call
            ours = sys._current_frames().get(self._thread)
            lines = (place(ours, main_file()), tr(_LONG, seconds=round(_LONG_S)))
            self._fault("\n".join(line for line in lines if line))

    # In the main thread: a pupil's function may take its time, draw, or exit.

    def _listen(self) -> None:
        while True:
            calls, wait = self._dispatch.due(TIMING.now())
            for _, call in calls:
                self._call(call)
            if calls:
                continue
            # In steps, so that Ctrl-C is heard on Windows.
            TIMING.wait(max(0.0, min(1.0, wait)), lambda: not self._inbox.empty())
            try:
                found = self._inbox.get_nowait()
            except queue.Empty:
                continue
            if found is None:
                return
            self._pending.discard(found[0])
            self._call(found[1])

    def _call(self, call: Callable[[], Any]) -> None:
        self._begun, self._thread = TIMING.now(), threading.get_ident()
        try:
            call()
            sys.stdout.flush()
        except Exception as error:  # noqa: BLE001  (a pupil's function: show its own line, and go on)
            said = explain(error, main_file())
            if said not in self._told:  # it fails each time: once is enough
                self._told.add(said)
                self._fault(said)
        finally:
            self._begun = None

    def _fault(self, said: str) -> None:
        print(said, file=sys.stderr, flush=True)
        self._publish("fault", {"text": said[:MAX_FAULT]})


def packed(project: Project) -> bytes:
    """What the project declares, as a message; raises ConfigError for what is too long together."""
    rules = [msgspec.to_builtins(rule) for rule in project.rules]
    watches = [msgspec.to_builtins(watch) for watch in project.watches]
    declared = bytes(wire.pack({"rules": rules, "watches": watches, "own": list(project.recognisers)}))
    if len(declared) > MAX_PAYLOAD:
        raise ConfigError(
            N_("The program’s {count} rules are too long together."),
            N_("Write shorter texts, or leave rules out."),
            count=len(project.rules),
        )
    return declared


def run(project: Project) -> None:
    """Run the project's program: in its own right, or under the runtime that has started it."""
    url, top = os.environ.get(ENV_BROKER), os.environ.get(ENV_TOPIC)
    if not url or not top:
        raise SystemExit(call([sys.executable, "-P", "-m", "gongzhi", "run", str(project.folder), *sys.argv[1:]]))
    Runner(project, url, top).run()


def call(command: list[str]) -> int:
    """Run the command; its exit status. Ctrl-C is its business: it ends in order; only one that does not is told."""
    pressed: list[int] = []
    # While the process is being made an interrupt would leave it behind, known to nobody: it counts a moment later.
    before = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    with subprocess.Popen(command) as child:
        try:
            signal.signal(signal.SIGINT, before)
            if pressed:
                raise KeyboardInterrupt
            return child.wait()
        except KeyboardInterrupt:
            # A terminal tells both; an editor's stop button tells only us.
            try:
                return child.wait(_END_S)
            except subprocess.TimeoutExpired:
                child.terminate()
                return child.wait()


def _watch_parent(inbox: queue.SimpleQueue[Call | None]) -> None:
    # The runtime holds the other end of our standard input: its end is ours, however it came about.
    # Unbuffered: Python aborts at its end when a daemon thread waits inside a buffered read.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    inbox.put(None)
    TIMING.poke()
    threading.Event().wait(_GRACE_S)  # not by the run's clock, which stands by now
    os._exit(1)  # a pupil's function that does not return must not outlive the runtime


def main_file() -> str:
    """The file of the program that is running; "" where there is none."""
    return getattr(sys.modules.get("__main__"), "__file__", "") or ""


def show_errors() -> None:
    """Let an error end a program that was started by hand with words that its author can use, not with a traceback."""

    def hook(_kind: type[BaseException], error: BaseException, _trace: Any) -> None:
        print(explain(error, main_file()), file=sys.stderr)

    sys.excepthook = hook
