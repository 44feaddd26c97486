"""Takes the certificates of known rooms, gives what a client of the host's needs for TLS, and words for its faults."""

from __future__ import annotations

import socket
import ssl

from gongzhi.errors import BrokerError
from gongzhi.room.certificates import trusted
from gongzhi.text import N_


def context() -> ssl.SSLContext:
    """A context that believes the system's authorities and the rooms this computer knows, and checks names; raises
    BrokerError."""
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    for file in trusted():
        try:
            made.load_verify_locations(file)
        except (OSError, ValueError) as error:
            raise BrokerError(
                N_("The certificate {file} cannot be read or kept: {why}"), N_("Check the file’s name."),
                file=file, why=error,
            ) from error  # fmt: skip
    return made


def look(host: str, port: int, known: ssl.SSLContext, timeout: float) -> None:
    """Shake hands with a broker and part again; raises OSError. paho would leave the socket of a failed one open."""
    with socket.create_connection((host, port), timeout) as raw, known.wrap_socket(raw, server_hostname=host):
        pass


def fault(error: Exception, where: str) -> BrokerError | None:
    """What a failed TLS connection to `where` means for a person; None for an error that is not about TLS."""
    if isinstance(error, ssl.SSLCertVerificationError):
        # OpenSSL's X509_V_ERR_…: 9 not yet valid, 10 expired, 62 and 64 another name or address.
        if error.verify_code in (9, 10):
            return BrokerError(
                N_("The certificate of the broker at {where} is not valid today."),
                N_("Is this computer’s clock right? If so, start the broker anew: it makes a new certificate."),
                where=where,
            )
        if error.verify_code in (62, 64):
            return BrokerError(
                N_("The certificate of the broker at {where} is for another name or address."),
                N_("Start the broker anew on its computer: its certificate then has the addresses of today."),
                where=where,
            )
        return BrokerError(
            N_("The broker at {where} is not of a room that this computer knows."),
            N_("On the broker’s computer: gongzhi room ca --out room.crt. Here: gongzhi room trust room.crt."),
            where=where,
        )
    if isinstance(error, ssl.SSLError):
        return BrokerError(
            N_("At {where} nobody speaks TLS."),
            N_("With TLS the port is mostly 8883; mqtt:// in place of mqtts:// goes without it."),
            where=where,
        )
    return None
