"""Takes config.json, gives a valid configuration, or `Bad` with a code and the place that is wrong.

A board loads this at its boot and for a change, and forgets it again.
"""

import json

from gongzhi_node import parts, wire
from gongzhi_node.board import PATH
from gongzhi_node.ports import replace

CODES = (
    "file", "json", "version", "name", "wifi", "mqtt", "parts", "ch", "twice", "kind", "pin", "used", "range", "safe",
    "slew", "on_loss", "pull", "device", "option", "reflex", "boots", "link", "tls", "psk",
)  # fmt: skip
_MOST = 16
_HOSTS = 4


class Bad(Exception):
    """A configuration was refused: `code` is one of CODES; `at` names the place, such as "parts[1].pin"."""

    def __init__(self, code, at):
        super().__init__(code, at)
        self.code, self.at = code, at


def load(path=PATH):
    """The document in the file, as it is; raises Bad("file") or Bad("json")."""
    try:
        with open(path) as f:
            doc = json.load(f)
    except OSError:
        raise Bad("file", path)
    except (ValueError, UnicodeError, RuntimeError):
        raise Bad("json", path)
    if not isinstance(doc, dict):
        raise Bad("json", path)
    return doc


def store(doc, path=PATH):
    """Write the document so that a power cut leaves the old one or the new one; raises OSError."""
    with open(path + ".new", "w") as f:
        json.dump(doc, f)
    replace(path + ".new", path)


def check_net(doc):
    """Raise Bad unless names, Wi-Fi and broker are usable."""
    if doc.get("v") != wire.VERSION:
        raise Bad("version", "v")
    for key in ("space", "team", "device"):
        if not wire.segment(doc.get(key)):
            raise Bad("name", key)
    wifi = doc.get("wifi", [])
    if not isinstance(wifi, list):
        raise Bad("wifi", "wifi")
    for i, net in enumerate(wifi):
        if not isinstance(net, dict) or not _text(net.get("ssid"), 32) or not _text(net.get("key", ""), 63, 0):
            raise Bad("wifi", "wifi[%d]" % i)
    if doc.get("link") == "serial":
        return  # the gateway knows the broker
    if doc.get("link", "wifi") != "wifi":
        raise Bad("link", "link")
    mqtt = doc.get("mqtt")
    hosts = mqtt.get("host") if isinstance(mqtt, dict) else None
    if not isinstance(hosts, list):
        hosts = [hosts]
    if not 1 <= len(hosts) <= _HOSTS or not all([_text(host, 253) for host in hosts]):
        raise Bad("mqtt", "mqtt.host")
    port = mqtt.get("port", 1883)
    if not isinstance(port, int) or not 1 <= port <= 65535:
        raise Bad("mqtt", "mqtt.port")
    tls = mqtt.get("tls", False)
    if tls not in (True, False):  # MicroPython's images for the ESP32 are built without pre-shared keys
        raise Bad("psk" if tls == "psk" else "tls", "mqtt.tls")
    for key in ("user", "password"):
        if not _text(mqtt.get(key, ""), 128, 0):
            raise Bad("mqtt", "mqtt." + key)


def check_parts(specs, forbidden=()):
    """Raise Bad unless `specs` (the list under "parts") can be built; `forbidden` are pins the chip itself needs."""
    if not isinstance(specs, list) or len(specs) > _MOST:
        raise Bad("parts", "parts")
    names = []
    pins = list(forbidden)
    lines: dict = {}  # pin -> name of the bus's line on it
    for i, spec in enumerate(specs):
        at = "parts[%d]" % i
        if not isinstance(spec, dict):
            raise Bad("parts", at)
        if not wire.segment(spec.get("ch")):
            raise Bad("ch", at + ".ch")
        if spec["ch"] in names:
            raise Bad("twice", at + ".ch")
        names.append(spec["ch"])
        part = parts.find(spec.get("kind"))
        if part is None:
            raise Bad("kind", at + ".kind")
        _check_pins(spec, part, pins, lines, at)
        for key, allowed in part.OPTIONS.items():
            if key in spec and not _allowed(spec[key], allowed):
                raise Bad("option", at + "." + key)
        if "stream" in spec and (part.OUTPUT or not wire.whole(spec["stream"], 5, 50)):
            raise Bad("option", at + ".stream")
        if part.OUTPUT:
            _check_output(spec, part, at)
        elif spec.get("pull", "up") not in ("up", "down", "none"):
            raise Bad("pull", at + ".pull")
    if has_reflex(specs):
        from gongzhi_node import reflex  # loaded on a board that has one only

        reflex.check(specs)


def has_reflex(specs):
    """True if any part has a local rule."""
    return any("reflex" in spec for spec in specs)


def _check_pins(spec, part, pins, lines, at):
    if not part.PINS:
        _check_pin(spec.get("pin"), pins, at + ".pin")
        return
    named = spec.get("pins")
    if not isinstance(named, dict) or len(named) != len(part.PINS):
        raise Bad("pin", at + ".pins")
    for key in part.PINS:
        if part.BUS and isinstance(named.get(key), int) and lines.get(named[key]) == key:
            continue  # the same line of the same bus
        _check_pin(named.get(key), pins, at + ".pins." + key)
        if part.BUS:
            lines[named[key]] = key


def _check_pin(pin, pins, at):
    if not isinstance(pin, int) or isinstance(pin, bool) or not 0 <= pin <= 48:
        raise Bad("pin", at)
    if pin in pins:
        raise Bad("used", at)
    pins.append(pin)


def _allowed(value, allowed):
    return value in allowed if isinstance(allowed[0], str) else wire.whole(value, allowed[0], allowed[1])


def _check_output(spec, part, at):
    for key in ("lo", "hi", "safe"):
        if not wire.finite(spec.get(key)):
            raise Bad("range" if key != "safe" else "safe", at + "." + key)
    if not part.LO <= spec["lo"] < spec["hi"] <= part.HI:
        raise Bad("range", at + ".lo")
    if not spec["lo"] <= spec["safe"] <= spec["hi"]:
        raise Bad("safe", at + ".safe")
    slew = spec.get("slew", 0)
    if not wire.finite(slew) or slew < 0 or (slew and not part.RAMP):
        raise Bad("slew", at + ".slew")
    loss = spec.get("on_loss", ["safe"])
    if loss == ["safe"]:
        return
    if not (isinstance(loss, list) and len(loss) == 2 and loss[0] == "hold" and wire.whole(loss[1], 0, wire.MAX_TTL)):
        raise Bad("on_loss", at + ".on_loss")


def _text(value, most, least=1):
    # Bytes, as Wi-Fi and MQTT count them: a Chinese network name has three a character.
    return isinstance(value, str) and least <= len(value.encode()) <= most
