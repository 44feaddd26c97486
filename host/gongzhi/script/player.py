"""Takes a script and a running project, makes its steps happen one after the other, and says whether what must follow
did follow: on the pins of the boards, and in the decisions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from gongzhi.arbiter.events import Answered, StopAll
from gongzhi.errors import BoardError
from gongzhi.script.file import Branch, Script, Step, verb_of
from gongzhi.script.notes import Notes
from gongzhi.script.stage import Outcome, ScriptError, Stage
from gongzhi.text import N_, Later
from gongzhi.values import Answer

BEAT_S: Final = 0.4  # a hand on a control says so again this often
_LOOK_S: Final = 0.004  # of real time between two looks
# A board may be 0.1 s of the clock behind (pacing.BOARD), and a button is down once it was read so twice: a shorter
# press could begin and end between two readings of a busy machine.
_PRESS_S: Final = 0.3


class Player(Notes):
    """Plays one script. What it hears as a witness comes in the arbiter's thread, pins from any."""

    def __init__(self, script: Script) -> None:
        super().__init__()
        self.script, self.outcome = script, Outcome()

    # What it does.

    async def play(self, stage: Stage) -> Outcome:
        """Play all branches, or up to the first fault."""
        self._stage = stage
        for part in stage.manifest.parts.values():
            if part.resource is not None:
                self._pins.setdefault(part.id, part.resource.safe)
        try:
            for branch in self.script.branches:
                await self._branch(branch)
                self.outcome.branches.append(branch.name)
        except ScriptError as fault:
            self.outcome.fault = fault
        return self.outcome

    async def _branch(self, branch: Branch) -> None:
        self._forget()
        if branch.say:
            self._stage.narrate(branch.say)
        for step in branch.steps:
            await getattr(self, f"_do_{step.verb}")(step)

    async def _until(self, step: Step, state: Callable[[], bool], otherwise: Callable[[], Later]) -> None:
        clock = self._stage.clock
        due = clock.now() + step.how.within
        while not state():
            if clock.now() > due:
                raise ScriptError(
                    N_("{where}: {what}"), N_("Look at the steps before it, and at the rules in project.toml."),
                    where=step.where, what=otherwise(),
                )  # fmt: skip
            await asyncio.sleep(_LOOK_S)
        self.outcome.checks += 1

    async def _pass(self, seconds: float) -> None:
        due = self._stage.clock.now() + seconds
        while self._stage.clock.now() < due:  # noqa: ASYNC110  (a clock tells nobody)
            await asyncio.sleep(_LOOK_S)

    async def _do_say(self, step: Step) -> None:
        self._stage.narrate(step.what)

    async def _do_pause(self, step: Step) -> None:
        await self._pass(step.what)

    async def _do_person(self, step: Step) -> None:
        self._stage.go(step.what, 0.6)

    async def _do_set(self, step: Step) -> None:
        for name, value in step.what.items():
            self._stage.world.set(name, value)

    async def _do_ramp(self, step: Step) -> None:
        for name, value in step.what.items():
            self._stage.world.ramp(name, value, step.how.over)

    async def _do_carry(self, step: Step) -> None:
        for name, how in step.what.items():
            self._stage.world.carry(name, how)

    async def _do_show(self, step: Step) -> None:
        assert self._stage.props is not None  # the file's reader has seen to it
        self._stage.props.thing = step.what

    async def _do_besides(self, step: Step) -> None:
        assert self._stage.props is not None
        self._stage.props.besides = step.what

    async def _do_dim(self, step: Step) -> None:
        assert self._stage.props is not None
        self._stage.props.dim = step.what

    async def _do_unplug(self, step: Step) -> None:
        self._stage.world.unplug(step.what)

    async def _do_plug(self, step: Step) -> None:
        self._stage.world.plug(step.what)

    async def _do_press(self, step: Step) -> None:
        part = self._stage.manifest.parts[step.what]
        self._stage.press(part, True)
        await self._pass(max(step.how.for_, _PRESS_S))
        self._stage.press(part, False)

    async def _do_power(self, step: Step) -> None:
        for board, on in step.what.items():
            await asyncio.to_thread(self._stage.power, board, on)

    async def _do_wifi(self, step: Step) -> None:
        for board, air in step.what.items():
            self._stage.wifi(board, air)

    async def _do_cut(self, step: Step) -> None:
        for board, number in step.what.items():
            try:
                self._stage.cut(board, number)
            except BoardError as error:
                raise ScriptError(N_("{where}: {what}"), error.hint, where=step.where, what=error) from None

    # People.

    def _seat(self, step: Step) -> str:
        role, _, seat = step.how.by.partition("#")
        return f"human:{role}#{seat or 'script'}"

    def _resource(self, part: str) -> str:
        resource = self._stage.manifest.parts[part].resource
        assert resource is not None  # the file's reader has seen to it
        return resource.id

    async def _do_answer(self, step: Step) -> None:
        resource = self._resource(step.how.of) if step.how.of else next(reversed(self._cards), "")
        card = self._cards.get(resource)
        if card is None:
            raise ScriptError(
                N_("{where}: {what}"), N_("Let it wait for the question before."), where=step.where,
                what=Later(N_("nothing has been asked yet"), {}),
            )  # fmt: skip
        answer = Answer(verb_of(step.what), self._seat(step), card.id, card.digest, step.how.value)
        self._stage.happen(Answered(answer))

    async def _do_override(self, step: Step) -> None:
        until = self._stage.clock.now() + step.how.for_
        while True:
            for name, value in step.what.items():
                said = Answer("override", self._seat(step), value=value, resource=self._resource(name))
                self._stage.happen(Answered(said))
            left = until - self._stage.clock.now()
            if left <= 0:
                return
            await self._pass(min(BEAT_S, left))

    async def _do_handback(self, step: Step) -> None:
        said = Answer("handback", self._seat(step), resource=self._resource(step.what))
        self._stage.happen(Answered(said))

    async def _do_dial(self, step: Step) -> None:
        for name, level in step.what.items():
            said = Answer("dial", self._seat(step), resource=self._resource(name), level=level)
            self._stage.happen(Answered(said))

    async def _do_stop(self, step: Step) -> None:
        self._stage.happen(StopAll(f"human:{step.what}#script"))

    async def _do_rearm(self, step: Step) -> None:
        resource = "" if step.what == "all" else self._resource(step.what)
        self._stage.happen(Answered(Answer("rearm", self._seat(step), resource=resource)))

    async def _do_teach(self, step: Step) -> None:
        card = self._cards.get(self._resource(step.how.of)) if step.how.of else None
        self._stage.teaching.teach(step.what, card.id if card else "", "", self._seat(step))

    async def _do_lesson(self, step: Step) -> None:
        self._stage.teaching.lesson(step.what, self._seat(step))

    # What must follow.

    async def _do_wait(self, step: Step) -> None:
        resource = self._resource(step.how.of) if step.how.of else ""
        await self._until(
            step,
            lambda: self._is(step.what, resource),
            lambda: Later(
                N_("“{state}” did not come within {seconds:g} s; it went {went}"),
                {"state": step.what, "seconds": step.how.within, "went": self._went(resource)},
            ),
        )

    async def _do_told(self, step: Step) -> None:
        await self._until(
            step,
            lambda: step.what in self._told,
            lambda: Later(
                N_("nobody was told “{code}” within {seconds:g} s, but {told}"),
                {"code": step.what, "seconds": step.how.within, "told": ", ".join(self._told) or "–"},
            ),
        )
        self._told.remove(step.what)

    async def _do_hears(self, step: Step) -> None:
        await self._until(
            step,
            lambda: any(step.what in one for one in self._said),
            lambda: Later(
                N_("nobody said “{text}” within {seconds:g} s, but {said}"),
                {"text": step.what, "seconds": step.how.within, "said": " / ".join(self._said[-4:]) or "–"},
            ),
        )

    async def _do_expect(self, step: Step) -> None:
        for name, wanted in step.what.items():
            await self._until(
                step,
                lambda name=name, wanted=wanted: self._fits(name, self._pins[name], wanted),  # type: ignore[misc]
                lambda name=name, wanted=wanted: Later(  # type: ignore[misc]
                    N_("the pin of “{part}” should be at {wanted}, it is at {value:g}"),
                    {"part": name, "wanted": wanted, "value": self._pins[name]},
                ),
            )

    async def _do_stays(self, step: Step) -> None:
        strayed: list[tuple[str, float]] = []

        def look(name: str, value: float) -> None:
            if name in step.what and not self._fits(name, value, step.what[name]):
                strayed.append((name, value))

        for name in step.what:
            look(name, self._pins[name])
        self._strayed = look
        await self._pass(step.how.for_)
        self._strayed = None
        if strayed:
            name, value = strayed[0]
            raise ScriptError(
                N_("{where}: {what}"), N_("Look at the steps before it, and at the rules in project.toml."),
                where=step.where,
                what=Later(
                    N_("the pin of “{part}” should stay at {wanted}, it went to {value:g}"),
                    {"part": name, "wanted": step.what[name], "value": value},
                ),
            )  # fmt: skip
        self.outcome.checks += 1
