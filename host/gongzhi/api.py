"""What a pupil's program uses: it declares when the machine proposes what, and hears what was decided."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from gongzhi_node import wire

from gongzhi import project as project_file
from gongzhi.bus import Bus
from gongzhi.config import nearest
from gongzhi.errors import ConfigError, GongzhiError
from gongzhi.parts import KINDS
from gongzhi.text import N_, pick, tr
from gongzhi.values import Labels, Rule

# Set by `gongzhi run` for the program that it starts: where the bus is, and which actions are recognised.
ENV_BROKER, ENV_ACTIONS, ENV_TOPIC = "GONGZHI_BROKER", "GONGZHI_ACTIONS", "GONGZHI_TOPIC"


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

    def __str__(self) -> str:
        return tr("{id} {what}: {state} ({by})", id=self.id, what=self.what, state=tr(self.state), by=self.by or "-")


class When:
    """An action to look out for; see Project.when."""

    def __init__(self, project: Project, action: str, because: Labels) -> None:
        self._project, self._action, self._because = project, action, because

    def propose(
        self, part: Part, value: float, *, zh: str = "", en: str = "", deadline: float = 8.0, hold: float = 5.0
    ) -> When:
        """Let the machine propose `part` = `value`; `zh` and `en` say it in words ("open the gate").

        Without an answer within `deadline` seconds nothing is done; what is done stands for `hold` seconds.
        """
        resource = part.check(value)
        self._project.rules.append(Rule(self._action, resource, value, self._because, _both(zh, en), deadline, hold))
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
        url = os.environ.get(ENV_BROKER)
        if not url:
            raise SystemExit(subprocess.call([sys.executable, "-m", "gongzhi", "run", str(self.folder)]))
        top = os.environ[ENV_TOPIC]
        bus = Bus(url, f"program-{os.getpid()}")
        bus.connect()
        bus.subscribe(f"{top}/_co/decision", self._decided)
        rules = [msgspec.to_builtins(rule) for rule in self.rules]
        bus.publish(f"{top}/_co/declare", wire.pack({"rules": rules}), 1)
        _until_parent_ends()
        bus.close()

    def _decided(self, _topic: str, payload: bytes) -> None:
        if self.when_decided is None:
            return
        try:
            self.when_decided(Decided(wire.unpack(payload)))
            sys.stdout.flush()
        except Exception:  # noqa: BLE001  (a pupil's callback: show its own line, and go on)
            traceback.print_exc()


def _both(zh: str, en: str) -> Labels:
    return {"zh": zh or en, "en": en or zh} if zh or en else {}


def _until_parent_ends() -> None:
    # The runtime holds the other end of our standard input: its end is ours, however it came about.
    done = threading.Event()

    def watch() -> None:
        while sys.stdin.buffer.read(1):
            pass
        done.set()

    threading.Thread(target=watch, daemon=True).start()
    try:
        while not done.wait(1.0):  # in steps, so that Ctrl-C is heard on Windows
            pass
    except KeyboardInterrupt:
        pass


def show_errors() -> None:
    """Let an error that a user can act on end the program with its words instead of a traceback."""

    def hook(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        if not isinstance(error, GongzhiError):
            sys.__excepthook__(kind, error, trace)
            return
        main = getattr(sys.modules.get("__main__"), "__file__", "") or ""
        own = [frame for frame in traceback.extract_tb(trace) if frame.filename == main]
        if own:
            where = tr("{file}, line {line}: {code}", file=Path(main).name, line=own[-1].lineno, code=own[-1].line)
            print(where, file=sys.stderr)
        print(error, file=sys.stderr)

    sys.excepthook = hook
