"""Takes an address, gives whether only this machine reaches it, room for its connections, and clear errors."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import socket
from collections.abc import Callable
from typing import Final

from gongzhi.errors import BrokerError
from gongzhi.text import N_

_BACKLOG: Final = 4096


def only_here(*hosts: str) -> None:
    """Raise BrokerError where others than this machine reach one of them: without users they could do everything."""
    for host in hosts:
        if not is_loopback(host.replace("localhost", "127.0.0.1")):
            raise BrokerError(
                N_("The broker will not listen on {host} without users: anybody in the network could move the boards."),
                N_("Make a users file with gongzhi broker --users FILE --add-user NAME, or listen on 127.0.0.1."),
                host=host,
            )


async def listen(made: Callable[[], asyncio.BaseProtocol], host: str, port: int) -> asyncio.Server:
    """A server on the running loop; raises BrokerError where the port cannot be had."""
    try:
        return await asyncio.get_running_loop().create_server(made, host, port, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        raise cannot_listen(error, host, port) from error


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def raise_file_limit(wanted: int) -> int:
    """Let this process have at least `wanted` open files, as far as the system allows; gives how many it may have."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):  # macOS refuses more than kern.maxfilesperproc
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return soft


def cannot_listen(error: OSError | OverflowError, host: str, port: int) -> BrokerError:
    """What to tell the user whose broker could not listen because of `error`."""
    number = getattr(error, "errno", None)
    if number == errno.EADDRINUSE or getattr(error, "winerror", None) in (10013, 10048):
        return BrokerError(
            N_("Port {port} on {host} is already in use, perhaps by another Gongzhi or another MQTT broker."),
            N_("End the other program, or choose another port, such as --port {other}."),
            port=port,
            host=host,
            other=port + 1 if port < 65535 else 0,
        )
    if number == errno.EACCES:
        return BrokerError(
            N_("This user may not open port {port}."), N_("Choose a port above 1023, such as 1883."), port=port
        )
    if isinstance(error, socket.gaierror) or number == errno.EADDRNOTAVAIL:
        return BrokerError(
            N_("This machine has no address {host}."), N_("Use 127.0.0.1, or 0.0.0.0 for all its addresses."), host=host
        )
    return BrokerError(
        N_("The broker cannot listen on {host}, port {port}: {why}"),
        N_("Choose another address or port."),
        host=host,
        port=port,
        why=error,
    )
