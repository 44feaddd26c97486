"""Takes the rules in the parts' configuration, gives the outputs that must be at safe now: no host, no network needed.

    {"ch": "wheel", "kind": "motor", …, "reflex": [["bumper", ">=", 1], ["light", "<", 20]]}

An output rests while any of its rules holds, and is refused to everyone meanwhile. A rule is [channel of an input on
this board, one of < <= > >=, a number in that input's unit]. An input that has failed counts as one whose rule holds:
what nobody sees is not safe.
"""

from gongzhi_node import parts, wire

_SIGNS = ("<", "<=", ">", ">=")
_MOST = 4


def check(specs):
    """Raise Bad("reflex") unless every rule of these parts (otherwise valid) can be kept."""
    from gongzhi_node.config import Bad  # a board forgets it after it has checked

    inputs = {spec["ch"]: parts.find(spec["kind"]) for spec in specs}
    for i, spec in enumerate(specs):
        rules = spec.get("reflex", [])
        at = "parts[%d].reflex" % i
        if not isinstance(rules, list) or len(rules) > _MOST or (rules and not inputs[spec["ch"]].OUTPUT):
            raise Bad("reflex", at)
        for n, rule in enumerate(rules):
            if not (isinstance(rule, list) and len(rule) == 3 and _holds_water(rule, inputs)):
                raise Bad("reflex", "%s[%d]" % (at, n))


def _holds_water(rule, inputs):
    name, sign, limit = rule
    part = inputs.get(name) if isinstance(name, str) else None
    if part is None or part.OUTPUT or not isinstance(sign, str) or sign not in _SIGNS:
        return False
    return wire.finite(limit) and part.LO <= limit <= part.HI


class Reflex:
    """The rules of one output. `active` is True while one of them holds."""

    def __init__(self, spec, parts):
        self.name = spec["ch"]
        self.active = False
        # In steps of the input's raw value, so that looking at it allocates nothing.
        self._rules = [
            (parts[name], _SIGNS.index(sign), parts[name].scaled(limit)) for name, sign, limit in spec["reflex"]
        ]

    def look(self):
        """True if `active` is another than it was; to be called after the inputs have been read."""
        now = False
        for part, sign, limit in self._rules:
            raw = part.raw
            if part.failed:
                now = True
            elif sign == 0:
                now = now or raw < limit
            elif sign == 1:
                now = now or raw <= limit
            elif sign == 2:
                now = now or raw > limit
            else:
                now = now or raw >= limit
        changed = now != self.active
        self.active = now
        return changed


def build(specs, parts):
    """One Reflex for each output that has rules; `parts` is name -> part."""
    return [Reflex(spec, parts) for spec in specs if spec.get("reflex")]
