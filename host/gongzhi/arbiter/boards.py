"""Takes what boards and the journal report, gives what follows for the acts and leases that hang on them."""

from __future__ import annotations

from gongzhi.arbiter.effects import Effect
from gongzhi.arbiter.events import Acked, Online, Reported
from gongzhi.arbiter.lease import fall, lease_acked
from gongzhi.arbiter.life import abort, done, end_live, release
from gongzhi.arbiter.record import occurrence
from gongzhi.arbiter.recovery import link, read_back
from gongzhi.arbiter.state import ORDER, Arbiter, Desk
from gongzhi.arbiter.stop import send_stop, stop_all

# A refused renewal with one of these means that the act stands no longer; the others pass.
_FALLEN = frozenset({"stopped", "epoch", "fault", "channel", "op", "range", "lease"})
# What a board may do of itself, and what it means that it did: its act stands no longer.
_REFLEXES = frozenset({"lease", "loss", "limit", "fault"})
# A board that claims an epoch near the wire's end (2^30) is not believed: nothing could come after it.
_EPOCHS = 1 << 29
Effects = list[Effect]


def acked(a: Arbiter, ack: Acked, now: float, out: Effects) -> None:
    """A board took or refused an order."""
    # A renewal's id is its command's, a dot and a number (stages/send.py).
    id_ = ack.id.split(".", 1)[0]
    for (device, channel), stopping in a.stopping.items():
        if stopping.command.id == id_ and ack.ok and ack.device in ("", device):
            del a.stopping[device, channel]
            return
    for held in a.desks.values():
        if (
            held.lease
            and held.lease.command
            and held.lease.command.id == id_
            and ack.device in ("", held.resource.device)
        ):
            lease_acked(a, held, ack.ok, ack.err, ack.err in _FALLEN, now, out)
            if ack.err == "stopped" and not ack.ok and not held.stopped:
                stop_all(a, now, f"board:{held.resource.device}", out)
            return
    case = a.sent.get(id_)
    desk = a.desks[case.decision.resource] if case else None
    if case is None or desk is None or ack.device not in ("", desk.resource.device):
        a.counts["stray ack"] += 1
        return
    by = f"board:{desk.resource.device}"
    if ack.ok:
        if case.decision.state == "executing":
            done(desk, case, now, by, out)
    elif case.decision.state == "executing":
        abort(a, desk, case, now, by, ack.err or "fault", out, rest=False)
    elif desk.held is case and ack.err in _FALLEN:
        release(a, desk, now, by, ack.err, out, rest=True)
    if ack.err == "stopped" and not ack.ok and not desk.stopped:
        stop_all(a, now, by, out)  # somebody stopped the board, and we had not heard of it


def online(a: Arbiter, event: Online, now: float, out: Effects) -> None:
    """A board came or went."""
    desks = a.devices.get(event.device)
    if desks is None:
        a.counts["stray board"] += 1
        return
    was = a.online.get(event.device)
    if not event.on or was not in (None, event.sid):
        for desk in desks:
            link(a, desk, now, on=False, out=out, why=event.why)
    if was is not None and (not event.on or was != event.sid):
        del a.online[event.device]
        send_stop(a, event.device, now, out)  # it is not there: nothing is to be heard from it any more
        for desk in desks:
            _lose(a, desk, now, event.why, out)
    if event.on and event.device not in a.online:
        a.online[event.device] = event.sid
        (a.virtual.add if event.virtual else a.virtual.discard)(event.device)
        send_stop(a, event.device, now, out)
        for desk in desks:
            link(a, desk, now, on=True, out=out)


def reported(a: Arbiter, told: Reported, now: float, out: Effects) -> None:
    """What a board does of itself is a part's change like any other, and needs its record."""
    desks = a.devices.get(told.device, [])
    desk = next((one for one in desks if one.resource.channel == told.channel), None)
    if desk is None:
        return
    read_back(a, desk, told, now, out)  # also where it is as it was told last: the board may have been away since
    if desk.told == (told.by, told.epoch, told.id):
        return
    desk.told = (told.by, told.epoch, told.id)
    by = f"board:{told.device}"
    if told.by == "cmd" and told.epoch == desk.epoch and told.id.startswith(ORDER):
        # Who says that they have followed an order, has acknowledged it: the acknowledgement itself may be lost.
        acked(a, Acked(told.id, True, "", told.device), now, out)
    if told.by == "stop" and not told.id.startswith(ORDER):
        _stopped_here(a, desk, told.id, now, by, out)
    if desk.epoch < told.epoch < _EPOCHS:
        # It knows a later owner than we do (our journal was lost): go on above it, or it would refuse everything.
        desk.epoch = told.epoch + 1
        out.append(occurrence("epoch", now, by, res=desk.resource.id, epoch=desk.epoch))
    elif told.by in _REFLEXES:
        if desk.held and told.epoch == desk.epoch:
            release(a, desk, now, by, told.by, out, rest=False)
        if told.epoch == desk.epoch:
            fall(a, desk, now, by, told.by, out, rest=False)
        out.append(occurrence("reflex", now, by, res=desk.resource.id, epoch=desk.epoch, why=told.by))


def _stopped_here(a: Arbiter, desk: Desk, name: str, now: float, by: str, out: Effects) -> None:
    """The board has been stopped by `name`, which is no order of ours: its button was held, or the room's stop came. It
    does nothing until it is answered by that name (wire.md), so that nothing that is on its way can pass."""
    device = desk.resource.device
    known = a.own.get(device) == name
    a.own[device] = name
    if not desk.stopped or (not known and any(not one.stopped for one in a.devices[device])):
        stop_all(a, now, by, out)  # also where another part of it moves again: one answer lets the whole board go
    elif not known:
        send_stop(a, device, now, out)


def _lose(a: Arbiter, desk: Desk, now: float, why: str, out: Effects) -> None:
    """The board is gone: what is under way cannot be carried out, what stands is the board's own affair now."""
    by = f"board:{desk.resource.device}"
    desk.epoch += 1
    end_live(a, desk, now, by, why, out, rest=False)
    if desk.held:
        release(a, desk, now, by, why, out, rest=False)
    fall(a, desk, now, by, why, out, rest=False)
    out.append(occurrence("loss", now, by, res=desk.resource.id, epoch=desk.epoch, why=why))


def written(a: Arbiter, writable: bool, now: float, out: Effects) -> None:
    """The journal can be written again, or no longer: then nothing that moves goes on."""
    a.recorded = writable
    if writable:
        return
    for desk in a.desks.values():
        if desk.resource.hazard >= "H2":
            end_live(a, desk, now, "journal", "journal", out, rest=True)
            if desk.held:
                release(a, desk, now, "journal", "journal", out, rest=True)
            fall(a, desk, now, "journal", "journal", out, rest=True)
