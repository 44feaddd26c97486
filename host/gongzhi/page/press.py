"""Takes the presses of several browsers on one drawn button, gives the downs and ups that the board shall feel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from gongzhi.clock import Clock
from gongzhi.page.messages import Press

# A let-go before 1 s means yes (wire.md). When a browser dies with the button down nobody has said yes, so the
# button stays down until the let-go means no.
NO_AFTER: Final = 1.2  # seconds
_Button = tuple[str, str]


class Presses:
    """Who holds which button since when; `deliver` is called with a Press at each change of the button itself."""

    def __init__(self, deliver: Callable[[Press], None], clock: Clock) -> None:
        self._deliver, self._clock = deliver, clock
        self._holders: dict[_Button, set[int]] = {}
        self._since: dict[_Button, float] = {}
        self._timers: dict[_Button, asyncio.TimerHandle] = {}

    def press(self, who: int, message: Press) -> None:
        """Browser `who` presses or lets go; a let-go without a press before is ignored."""
        button = (message.board, message.ch)
        if message.down:
            self._down(who, button)
        elif who in self._holders.get(button, ()):
            self._up(who, button, by_choice=not message.cancel)

    def leave(self, who: int) -> None:
        """Browser `who` has gone: whatever it held is let go, though not in a way that could mean yes."""
        for button in [button for button, holders in self._holders.items() if who in holders]:
            self._up(who, button, by_choice=False)

    def _down(self, who: int, button: _Button) -> None:
        holders = self._holders.setdefault(button, set())
        if not holders and button not in self._timers:
            self._since[button] = self._clock.now()
            self._deliver(Press(*button, down=True))
        holders.add(who)

    def _up(self, who: int, button: _Button, *, by_choice: bool) -> None:
        holders = self._holders[button]
        holders.discard(who)
        if holders or button in self._timers:
            return
        del self._holders[button]
        left = NO_AFTER - (self._clock.now() - self._since[button])
        if by_choice or left <= 0:
            self._deliver(Press(*button, down=False))
        else:
            self._timers[button] = asyncio.get_running_loop().call_later(left, self._late_up, button)

    def _late_up(self, button: _Button) -> None:
        del self._timers[button]
        if not self._holders.get(button):
            self._deliver(Press(*button, down=False))
