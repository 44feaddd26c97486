"""A room's certificates, made once, and brokers with TLS: ours and mosquitto."""

from __future__ import annotations

import contextlib
import getpass
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from gongzhi.bench.mqtt_load import find_mosquitto, mosquitto
from gongzhi.broker import BrokerConfig, BrokerProcess, Tls
from gongzhi.room import certificates


@pytest.fixture(scope="session")
def rooms(tmp_path_factory):
    """{"good", "old", "other"}: Files of one room for this computer, out of date, and for another address; "foreign":
    those of another room."""
    folder = tmp_path_factory.mktemp("keys")
    made = {"good": certificates.broker_files([], folder)}
    room = certificates.authority(folder)
    for kind, names, now in (("old", ["127.0.0.1"], -9), ("other", ["10.0.0.9"], 0)):
        key = ec.generate_private_key(ec.SECP256R1())
        life = timedelta(days=8, hours=23) if kind == "old" else timedelta(days=9)
        made_of = certificates.issue(room, key, names, datetime.now(UTC) + timedelta(days=now), life)
        (folder / f"{kind}.crt").write_bytes(made_of.public_bytes(serialization.Encoding.PEM))
        (folder / f"{kind}.key").write_bytes(certificates._pem(key))
        made[kind] = certificates.Files(room.path, folder / f"{kind}.crt", folder / f"{kind}.key")
    made["foreign"] = certificates.broker_files([], tmp_path_factory.mktemp("foreign"))
    return made


@pytest.fixture(params=["gongzhi", "mosquitto"])
def brokers(request):
    """brokers(files): the port at which a broker speaks TLS with them; `brokers.notices` is what ours said."""
    program = find_mosquitto()
    if request.param == "mosquitto" and program is None:
        pytest.skip("mosquitto is not installed")
    with contextlib.ExitStack() as stack:

        def begin(files):
            if request.param == "mosquitto":
                # As root it would become "mosquitto", who cannot read the key (docs/room.md).
                words = f"certfile {files.certificate}\nkeyfile {files.key}\nuser {getpass.getuser()}\n"
                return stack.enter_context(mosquitto(program, words))[0]
            tls = Tls("127.0.0.1", 0, str(files.certificate), str(files.key))
            process = BrokerProcess.start(BrokerConfig(port=0, tls=tls), lambda *said: begin.notices.append(said))
            stack.callback(process.stop)
            return process.tls_port

        begin.notices = []
        begin.ours = request.param == "gongzhi"
        yield begin
