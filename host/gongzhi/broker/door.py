"""Takes a connection that begins with a TLS handshake, gives the broker one in clear; says why a handshake failed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Final

from gongzhi.broker.config import Tls
from gongzhi.broker.connection import Connection
from gongzhi.errors import BrokerError
from gongzhi.text import N_

_HANDSHAKE_S: Final = 30.0  # an ESP32 on a weak Wi-Fi needs several
# Handshakes under way, in all and of one address: a class that comes at once, and no more files than there are.
MOST: Final = 256
EACH: Final = 64
# What the other side's last word (RFC 8446, 6.2) means, by the name that OpenSSL gives it.
_WORDS: Final = {
    # A board of ours that has no room (firmware, secure.py) sends an alert in place of the first word of a handshake,
    # which nobody else does.
    "UNEXPECTED_MESSAGE": "tls-memory",
    "TLSV1_ALERT_INTERNAL_ERROR": "tls-memory",
    "WRONG_VERSION_NUMBER": "tls-plain",
    "HTTP_REQUEST": "tls-plain",
    "TLSV1_ALERT_UNKNOWN_CA": "tls-stranger",
    "SSLV3_ALERT_BAD_CERTIFICATE": "tls-name",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "tls-clock",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "tls-stranger",
}
Told = Callable[[str, str], None]  # what (a kind of notice), the other side's address


def server_context(tls: Tls) -> ssl.SSLContext:
    """The broker's side of TLS; raises BrokerError where its files cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(tls.certificate, tls.key)
    except (OSError, ssl.SSLError) as error:
        raise BrokerError(
            N_("The broker’s certificate {file} cannot be used: {why}"),
            N_("gongzhi broker --tls makes one; for another broker: gongzhi room certificate."),
            file=tls.certificate, why=error,
        ) from error  # fmt: skip
    return context


class Door(asyncio.Protocol):
    """One connection until its handshake is over. `inside()` makes what then goes on; `failed(kind, address)` is told
    of a handshake that came to nothing, `open_` holds the doors whose handshake is under way: stop them at the end."""

    def __init__(
        self, context: ssl.SSLContext, inside: Callable[[], Connection], failed: Told, open_: set[asyncio.Task[None]]
    ) -> None:
        self._context, self._inside, self._failed, self._open = context, inside, failed, open_
        self._early = b""  # what came with the handshake's last packet

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Shake hands, unless too many do; called anew by nobody."""
        assert isinstance(transport, asyncio.Transport)
        peer = transport.get_extra_info("peername")
        address = peer[0] if peer else ""
        if len(self._open) >= MOST or sum(task.get_name() == address for task in self._open) >= EACH:
            transport.abort()
            return
        transport.pause_reading()  # until TLS reads
        task = asyncio.get_running_loop().create_task(self._shake(transport, address), name=address)
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    def data_received(self, data: bytes) -> None:
        """Clear text that is here before the broker listens."""
        self._early += data

    async def _shake(self, raw: asyncio.Transport, address: str) -> None:
        loop = asyncio.get_running_loop()
        try:
            clear = await loop.start_tls(raw, self, self._context, server_side=True, ssl_handshake_timeout=_HANDSHAKE_S)
        except ssl.SSLError as error:
            self._failed(_WORDS.get(error.reason or "", "tls"), address)
            raw.abort()
            return
        except OSError:  # it went away, or said nothing: whoever looks whether a port is open does that
            raw.abort()
            return
        except BaseException:
            raw.abort()
            raise
        if clear is None:
            return
        connection = self._inside()
        connection.connection_made(clear)
        clear.set_protocol(connection)
        if self._early:
            # A record or two: far less than the buffer holds.
            connection.get_buffer(-1)[: len(self._early)] = self._early
            connection.buffer_updated(len(self._early))
