"""Takes where a broker listens, tells the network by multicast DNS: boards find it as the service _gongzhi._tcp."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator
from typing import Final

import ifaddr
from zeroconf import Error, InterfaceChoice, IPVersion, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

SERVICE: Final = "_gongzhi._tcp.local."
SECURE: Final = "_gongzhi-tls._tcp.local."


def wanted(host: str) -> bool:
    """True if others in the network can reach a broker that listens on `host`."""
    try:
        return not ipaddress.ip_address(host or "0.0.0.0").is_loopback
    except ValueError:
        return host != "localhost"


def addresses(host: str) -> list[str]:
    """The IPv4 addresses under which a broker on `host` is reached: its own, or those of all interfaces."""
    if host in ("", "0.0.0.0", "::"):
        mine = [str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
        return [one for one in mine if not ipaddress.ip_address(one).is_loopback]
    return sorted({str(info[4][0]) for info in socket.getaddrinfo(host, None, socket.AF_INET)})


@contextlib.asynccontextmanager
async def advertised(
    host: str, port: int, at: list[str] | None = None, service: str = SERVICE
) -> AsyncIterator[list[str]]:
    """While this lasts the network knows of the broker; gives the addresses it is told ([]: none, or it cannot be
    told, since a network without multicast is no reason to have no broker). `at` replaces the addresses found."""
    told = addresses(host) if at is None else at
    if not told:
        yield []
        return
    name = socket.gethostname().split(".")[0] or "gongzhi"
    info = ServiceInfo(
        service,
        f"{name}.{service}",
        port,
        parsed_addresses=told,
        server=f"{name}-gongzhi.local.",
        properties={"v": "1"},
    )
    try:
        zeroconf = AsyncZeroconf(
            interfaces=told if at is not None else InterfaceChoice.All, ip_version=IPVersion.V4Only
        )
    except OSError:
        yield []
        return
    try:
        # Two rooms in one network may have computers of one name: then it is told as "name-2".
        await (await zeroconf.async_register_service(info, allow_name_change=True))
    except (OSError, Error):
        told = []
    try:
        yield told
    finally:
        with contextlib.suppress(OSError, Error):
            await zeroconf.async_unregister_all_services()
        await zeroconf.async_close()
