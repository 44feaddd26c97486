"""Takes the kind of a broker's notice, gives the sentence for it; {client} is the client's id, {text} the detail."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from gongzhi.text import N_


class Said(msgspec.Struct, frozen=True):
    """What a broker of ours publishes at NOTICE: the kind and the detail of a notice."""

    kind: str
    text: Annotated[str, msgspec.Meta(max_length=64)]


NOTICE: Final = "$SYS/gongzhi/notice"  # Said, of the kinds that begin with “tls”
NOTICES: Final = {
    "takeover": N_("Two devices use the id “{client}”: each pushes the other out. Give one of them another id."),
    "slow": N_("“{client}” reads too slowly and was disconnected."),
    "login": N_("A wrong name or password was refused: {text}"),
    "tls": N_("A TLS connection from {text} came to nothing."),
    "tls-memory": N_("The board at {text} has too little memory for TLS; its console says how much. It does not join."),
    "tls-stranger": N_(
        "{text} does not know this room’s certificate: gongzhi board secrets gives it to a board, "
        "gongzhi room trust to a computer."
    ),
    "tls-name": N_(
        "{text} came under a name or address that is not in the broker’s certificate. Start the broker anew."
    ),
    "tls-clock": N_("For {text} the broker’s certificate has expired. Is its clock right? Start the broker anew."),
    "tls-plain": N_("{text} speaks without TLS at the port for TLS."),
    "protocol": N_("“{client}” was disconnected, it does not keep to MQTT 3.1.1: {text}"),
}
