"""Takes who pressed a stop, gives what follows: boards first, then the end of everything that is under way."""

from __future__ import annotations

from gongzhi.arbiter.effects import Effect, Send
from gongzhi.arbiter.lease import give_back
from gongzhi.arbiter.life import end_live, release
from gongzhi.arbiter.record import occurrence
from gongzhi.arbiter.state import Arbiter, Stopping

Effects = list[Effect]
STOP_TTL_MS = 60_000


def stop_all(a: Arbiter, now: float, by: str, out: Effects) -> None:
    """Latch the stop: boards first, then the records."""
    # What only asks (H0, no board) can hurt nobody: its card goes, and the next question may come.
    news = [
        desk for desk in a.desks.values() if not desk.stopped and (desk.resource.device or desk.resource.hazard > "H0")
    ]
    for device, desks in a.devices.items():
        # One epoch for all of a board's parts, above each: "stop" goes to the board as a whole.
        if any(not desk.stopped for desk in desks):
            news += [desk for desk in desks if desk.stopped]
            epoch = max(desk.epoch for desk in desks) + 1
            for desk in desks:
                desk.epoch = epoch
        send_stop(a, device, now, out)
    for desk in a.desks.values():
        end_live(a, desk, now, by, "stop", out, rest=False)
        if desk.held:
            release(a, desk, now, by, "stop", out, rest=False)
        if desk.lease:
            give_back(a, desk, now, by, "stop", out, rest=False)
    for desk in news:
        desk.stopped = True
        out.append(occurrence("stop", now, by, res=desk.resource.id, epoch=desk.epoch))


def send_stop(a: Arbiter, device: str, now: float, out: Effects) -> None:
    """Send a board the stop in force, and again until it has it."""
    if device not in a.online:
        return
    command = a.command(max(d.epoch for d in a.devices[device]), "stop", "*", {}, STOP_TTL_MS, "")
    a.stopping[device] = Stopping(command, now + a.policy.stop_again)
    out.append(Send(device, command))
