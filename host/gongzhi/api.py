"""What a pupil's program uses: it declares when the machine proposes what, and hears what was decided."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
from gongzhi_node import wire

from gongzhi import project as project_file
from gongzhi import words
from gongzhi.bus import Bus
from gongzhi.config import nearest
from gongzhi.errors import ConfigError
from gongzhi.heard import MAX_PAYLOAD, MAX_RULES, MAX_TEXT
from gongzhi.parts import KINDS
from gongzhi.pupil_errors import explain
from gongzhi.text import N_, pick, tr
from gongzhi.values import Labels, Rule

# Set by `gongzhi run` for the program that it starts: where the bus is, and which actions are recognised.
ENV_BROKER, ENV_ACTIONS, ENV_TOPIC = "GONGZHI_BROKER", "GONGZHI_ACTIONS", "GONGZHI_TOPIC"
_GRACE_S: Final = 3.0  # for a pupil's function that is still at work when everything ends
_END_S: Final = 8.0  # for the runtime after Ctrl-C


class Part:
    """A part of the project, such as project["gate"]."""

    def __init__(self, made: project_file.Part) -> None:
        self._made = made
        self.name = made.id
        self.label: str = pick(made.label)

    def __repr__(self) -> str:
        return f"<{self._made.kind.name} {self.name} ({self.label})>"

    def check(self, value: float) -> str:
        """The resource that `value` would set; raises ConfigError if the part cannot do that."""
        value = _number("value", value)
        resource = self._made.resource
        if resource is None:
            outputs = ", ".join(kind.name for kind in KINDS.values() if kind.output)
            raise ConfigError(
                N_("“{name}” is a {kind}: it senses, it cannot act."),
                N_("Propose something for one of these: {known}."),
                name=self.name,
                kind=pick(self._made.kind.label),
                known=outputs,
            )
        if not resource.low <= value <= resource.high:
            raise ConfigError(
                N_("The {kind} “{name}” can do {low:g} to {high:g}{unit}, you asked for {value:g}{unit}."),
                N_("Choose a number in that range."),
                kind=pick(self._made.kind.label), name=self.name, low=resource.low, high=resource.high,
                unit=resource.unit, value=value,
            )  # fmt: skip
        return resource.id


class Decided:
    """One step in the life of a decision, as the program hears it; print it to read it."""

    def __init__(self, message: dict[str, Any]) -> None:
        self.id: str = message["id"]
        self.state: str = message["state"]
        self.what: str = pick(message["what"])
        self.because: str = pick(message["because"])
        self.sure: float = message["p"]
        self.by: str = message["by"]
        self.reason: str = message.get("reason", "")
        self.level: str = message.get("level", {}).get("eff", "")

    def __str__(self) -> str:
        return tr(
            "{id} {what}: {state} ({by})",
            id=self.id,
            what=self.what,
            state=words.state(self.state, self.level, self.reason),
            by=words.who(self.by),
        )


class When:
    """An action to look out for; see Project.when."""

    def __init__(self, project: Project, action: str, because: Labels) -> None:
        self._project, self._action, self._because = project, action, because

    def propose(
        self, part: Part, value: float, *, zh: str = "", en: str = "", deadline: float = 8.0, hold: float = 5.0
    ) -> When:
        """Let the machine propose `part` = `value`; `zh` and `en` say it in words ("open the gate").

        Without an answer within `deadline` seconds (up to 600) nothing is done; what is done stands for `hold`
        seconds (up to 3600). Raises ConfigError for what the part or the runtime could not take.
        """
        resource, what = part.check(value), _both(zh, en)
        deadline, hold = _number("deadline", deadline, 600), _number("hold", hold, 3600)
        if len(self._project.rules) >= MAX_RULES:
            raise ConfigError(N_("A program can have {most} rules."), N_("Leave some out."), most=MAX_RULES)
        self._project.rules.append(Rule(self._action, resource, float(value), self._because, what, deadline, hold))
        return self


class Project:
    """The project in the folder of the program that is running: its parts, its rules, its decisions."""

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        main = getattr(sys.modules.get("__main__"), "__file__", None)
        self.folder = Path(folder) if folder else Path(main).resolve().parent if main else Path.cwd()
        self._manifest = project_file.load(self.folder)
        self.rules: list[Rule] = []
        self.when_decided: Callable[[Decided], Any] | None = None

    def __getitem__(self, name: str) -> Part:
        part = self._manifest.parts.get(name)
        if part is None:
            known = list(self._manifest.parts)
            raise ConfigError(
                N_("project.toml has no part “{name}”."),
                N_("Did you mean “{near}”? Possible: {known}."),
                name=name,
                near=nearest(name, known) or next(iter(known), "-"),
                known=", ".join(known),
            )
        return Part(part)

    def when(self, action: str, *, zh: str = "", en: str = "") -> When:
        """When the camera sees `action` (such as "hands_up"); `zh` and `en` give the reason that people read."""
        known = [one for one in os.environ.get(ENV_ACTIONS, "").split(",") if one]
        if known and action not in known:
            raise ConfigError(
                N_("The action “{name}” is not recognised here."),
                N_("Did you mean “{near}”? Possible: {known}."),
                name=action,
                near=nearest(action, known) or known[0],
                known=", ".join(known),
            )
        return When(self, action, _both(zh or action, en or action))

    def run(self) -> None:
        """Hand the rules over and listen until the runtime ends; started by hand, start the runtime first."""
        url, top = os.environ.get(ENV_BROKER), os.environ.get(ENV_TOPIC)
        if not url or not top:
            raise SystemExit(_call([sys.executable, "-P", "-m", "gongzhi", "run", str(self.folder), *sys.argv[1:]]))
        heard: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        declared = wire.pack({"rules": [msgspec.to_builtins(rule) for rule in self.rules]})
        if len(declared) > MAX_PAYLOAD:
            raise ConfigError(
                N_("The program’s {count} rules are too long together."),
                N_("Write shorter texts, or leave rules out."),
                count=len(self.rules),
            )

        def on_link(up: bool) -> None:
            if up:  # said again after each return of the broker: who listens may have missed it
                bus.publish(f"{top}/_co/declare", declared, 1)

        bus = Bus(url, f"program-{os.getpid()}", on_link)
        bus.subscribe(f"{top}/_co/decision", lambda _topic, payload: heard.put(payload))
        bus.connect()
        threading.Thread(target=_watch_parent, args=(heard,), daemon=True).start()
        try:
            self._listen(heard)
        except KeyboardInterrupt:
            pass
        finally:
            bus.close()

    def _listen(self, heard: queue.SimpleQueue[bytes | None]) -> None:
        """Call the pupil's function for each decision, in the main thread: it may take its time, draw, or exit."""
        told: set[str] = set()
        while True:
            try:
                payload = heard.get(timeout=1.0)  # in steps, so that Ctrl-C is heard on Windows
            except queue.Empty:
                continue
            if payload is None:
                return
            if self.when_decided is None:
                continue
            try:
                self.when_decided(Decided(wire.unpack(payload)))
                sys.stdout.flush()
            except Exception as error:  # noqa: BLE001  (a pupil's function: show its own line, and go on)
                said = explain(error, _main_file())
                if said not in told:  # it fails at every decision: once is enough
                    told.add(said)
                    print(said, file=sys.stderr, flush=True)


def _both(zh: str, en: str) -> Labels:
    given: tuple[Any, ...] = (zh, en)  # a pupil may write anything
    for said in given:
        if not isinstance(said, str) or len(said) > MAX_TEXT:
            raise ConfigError(
                N_("“{text}” is no reason or name that people could read."),
                N_("Write a text of at most {most} characters between quotes."),
                text=str(said)[:24],
                most=MAX_TEXT,
            )
    return {"zh": zh or en, "en": en or zh} if zh or en else {}


def _number(name: str, given: Any, most: float | None = None) -> float:
    """`given` as a float, above 0 and up to `most` where that is named; raises ConfigError."""
    try:
        number = None if isinstance(given, str) else float(given)
    except (TypeError, ValueError):
        number = None
    if number is None or (most is not None and not 0 < number <= most):
        raise ConfigError(
            N_("{name} = {given} does not fit."),
            N_("Give a number without quotes.") if most is None else N_("Give a number of seconds, up to {most:g}."),
            name=name, given=repr(given)[:24], most=most,
        )  # fmt: skip
    return number


def _call(command: list[str]) -> int:
    """Run the command; its exit status. Ctrl-C is its business: it ends in order; only one that does not is told."""
    with subprocess.Popen(command) as child:
        try:
            return child.wait()
        except KeyboardInterrupt:
            # A terminal tells both; an editor's stop button tells only us.
            try:
                return child.wait(_END_S)
            except subprocess.TimeoutExpired:
                child.terminate()
                return child.wait()


def _watch_parent(heard: queue.SimpleQueue[bytes | None]) -> None:
    # The runtime holds the other end of our standard input: its end is ours, however it came about.
    # Unbuffered: Python aborts at its end when a daemon thread waits inside a buffered read.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    heard.put(None)
    time.sleep(_GRACE_S)
    os._exit(1)  # a pupil's function that does not return must not outlive the runtime


def _main_file() -> str:
    return getattr(sys.modules.get("__main__"), "__file__", "") or ""


def show_errors() -> None:
    """Let an error end a program that was started by hand with words that its author can use, not with a traceback."""

    def hook(_kind: type[BaseException], error: BaseException, _trace: Any) -> None:
        print(explain(error, _main_file()), file=sys.stderr)

    sys.excepthook = hook
