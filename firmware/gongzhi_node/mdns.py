"""Takes the name of a service such as "_gongzhi._tcp", gives where in this network it is: asked by multicast DNS.

Loaded only while a broker is looked for: MicroPython itself cannot ask for services. Sections are those of RFC 6762
(mDNS), RFC 6763 (DNS-SD) and RFC 1035 (DNS).
"""

import socket

from gongzhi_node.ports import const, forget, now, sleep_ms
from gongzhi_node.wire import diff

GROUP = ("224.0.0.251", 5353)  # RFC 6762, 3
_PTR = const(12)
_A = const(1)
_SRV = const(33)
_AGAIN_MS = const(1000)  # RFC 6762, 5.2: the second question at least a second after the first
_JUMPS = const(16)


def question(service):
    """A query for who offers `service`: one that anybody may answer directly to our port (RFC 6762, 5.1 and 6.7)."""
    packet = b"\0\1\0\0\0\1\0\0\0\0\0\0"
    for label in (service + ".local").split("."):
        packet += bytes([len(label)]) + label.encode()
    return packet + b"\0\0\x0c\0\1"


def _name(data, at):
    """(the name at `at` in lower case, where it ends); ValueError or IndexError for what is none."""
    labels = []  # type: list[bytes]
    end = -1
    for _ in range(_JUMPS):
        size = data[at]
        if size & 0xC0 == 0xC0:  # RFC 1035, 4.1.4
            if end < 0:
                end = at + 2
            at = (size & 0x3F) << 8 | data[at + 1]
        elif size == 0:
            return b".".join(labels).lower(), (at + 1 if end < 0 else end)
        else:
            labels.append(bytes(data[at + 1 : at + 1 + size]))
            at += 1 + size
    raise ValueError("name")


def places(data, service):
    """[(address, port)] of `service` as an answer (bytes) has them; [] for one about something else or broken."""
    wanted = (service + ".local").encode().lower()
    owners, servers = [], []
    addresses = {}  # type: dict[bytes, list[str]]
    try:
        if not data[2] & 0x80:
            return []  # a question
        at = 12
        for _ in range(data[4] << 8 | data[5]):
            at = _name(data, at)[1] + 4
        for _ in range((data[6] << 8 | data[7]) + (data[8] << 8 | data[9]) + (data[10] << 8 | data[11])):
            owner, at = _name(data, at)
            kind, size = data[at] << 8 | data[at + 1], data[at + 8] << 8 | data[at + 9]
            body = at + 10
            at = body + size
            if at > len(data):
                return []
            if kind == _PTR and owner == wanted:
                owners.append(_name(data, body)[0])
            elif kind == _SRV:
                servers.append((owner, data[body + 4] << 8 | data[body + 5], _name(data, body + 6)[0]))
            elif kind == _A and size == 4:
                addresses.setdefault(owner, []).append("%d.%d.%d.%d" % tuple(data[body:at]))
    except (ValueError, IndexError):
        return []
    return [(address, port) for owner, port, host in servers if owner in owners for address in addresses.get(host, ())]


async def place(service, ms, known):
    """As `find`; where nobody answers, the place that worked last (last.py), or the last answer (`known`: service ->
    place, kept by the caller)."""
    try:
        known[service] = await find(service, ms)
    except OSError:
        from gongzhi_node import last

        kept = last.read(service)
        forget("last")
        if kept:
            known[service] = kept
        elif service not in known:
            raise
    return known[service]


async def find(service, ms):
    """The first (address, port) of the service that answers within `ms`; raises OSError if none does."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        s.setblocking(False)
        to = socket.getaddrinfo(GROUP[0], GROUP[1])[0][-1]
        begun = asked = now()
        s.sendto(question(service), to)
        while diff(now(), begun) < ms:
            try:
                found = places(s.recv(1500), service)
            except OSError:
                found = None  # nothing there yet
            if found:
                return found[0]
            if diff(now(), asked) >= _AGAIN_MS:
                asked = now()
                s.sendto(question(service), to)
            if found is None:
                await sleep_ms(50)
        raise OSError("nobody offers " + service)
    finally:
        s.close()
