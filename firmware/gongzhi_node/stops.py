"""Takes a stop (a host's, the room's, a button's that is held), puts a node's outputs to safe at once, and tells so."""

from gongzhi_node import wire
from gongzhi_node.ports import now


def stop_heard(node, m, ident):
    """A stop that came as a message; it is obeyed however ill-formed it is, but once."""
    ident, guard = ident[: wire.MAX_ID], node.guard
    if not (ident and guard.executed(ident)):
        epoch, name = m.get("ep"), m.get("ch")
        if name not in list(guard.channels):  # a list compares with whatever came
            name = "*"
        if not wire.whole(epoch, 0, wire.PERIOD - 1):
            epoch = None
        halt(node, name, epoch, ident, m.get("dec"))
        if ident:
            guard.remember(ident, None)
    node.voice.ack(ident, None)


def stop_room(node, payload):
    """What the teacher says to the whole room. It is retained and comes again with each connection; obeyed once."""
    if not payload:
        return  # a retained stop is being cleared
    try:
        m = wire.unpack(payload)
    except ValueError:
        m = {}
    free, ident = m.get("free"), m.get("id")  # teams that the teacher has allowed again
    if ident == node.heeded and ident or isinstance(free, list) and node.board.doc["team"] in free:
        return
    node.heeded = ident if isinstance(ident, str) else ""
    stop_heard(node, m, node.heeded)


def halt(node, name, epoch, ident, of, by=None):
    """Every output (or that of one channel) to safe, now; first all of them move, then it is told. `by`: the button
    of this board that was held; the others as in Guard.stop."""
    t, guard = now(), node.guard
    guard.stop(name, epoch, ident or str(t), of)
    stopped = guard.channels if name == "*" else (name,)
    for each in stopped:
        node.board.rest(each, t)
    if by:
        node.voice.event(by, "hold3")  # before the states: so the host hears first who it was
    for each in stopped:
        node.voice.state(each, "stop", guard.channels[each].epoch, guard.own or ident)
