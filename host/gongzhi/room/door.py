"""Takes where a broker is to listen, gives that with the room's certificate for all names under which it is reached."""

from __future__ import annotations

from gongzhi.broker.advertise import addresses
from gongzhi.broker.config import Tls
from gongzhi.room.certificates import broker_files, own_names


def door(host: str, port: int) -> Tls:
    """TLS on `host` ("0.0.0.0": everywhere) and `port` (0: any free one). Raises BrokerError."""
    files = broker_files({*addresses(host), *own_names()} - {""})
    return Tls(host, port, str(files.certificate), str(files.key))
