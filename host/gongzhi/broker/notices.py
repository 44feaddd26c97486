"""Takes the kind of a broker's notice, gives the sentence for it; {client} is the client's id, {text} the detail."""

from __future__ import annotations

from typing import Final

from gongzhi.text import N_

NOTICES: Final = {
    "takeover": N_("Two devices use the id “{client}”: each pushes the other out. Give one of them another id."),
    "slow": N_("“{client}” reads too slowly and was disconnected."),
    "login": N_("A wrong name or password was refused: {text}"),
    "protocol": N_("“{client}” was disconnected, it does not keep to MQTT 3.1.1: {text}"),
}
