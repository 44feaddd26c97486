"""The room's certificates: made once, made anew when they no longer fit, and never with a key that others can read."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from gongzhi.errors import BrokerError
from gongzhi.room import certificates

NOW = datetime(2026, 9, 1, tzinfo=UTC)


def loaded(files):
    return x509.load_pem_x509_certificate(files.certificate.read_bytes())


def test_the_same_room_makes_a_new_one_only_when_it_must(tmp_path):
    first = loaded(certificates.broker_files(["10.0.0.1"], tmp_path, NOW))
    again = loaded(certificates.broker_files([], tmp_path, NOW + timedelta(days=900)))
    assert again == first, "fewer names and a day in its life: it is the same"
    moved = loaded(certificates.broker_files(["10.0.0.2"], tmp_path, NOW))
    assert moved != first
    later = loaded(certificates.broker_files(["10.0.0.2"], tmp_path, NOW + timedelta(days=1010)))
    assert later != moved, "three years, less 90 days"
    room = certificates.authority(tmp_path)
    later.verify_directly_issued_by(room.certificate)
    assert later.not_valid_before_utc == room.certificate.not_valid_before_utc
    assert (tmp_path / "room-ca.key").stat().st_mode & 0o077 == 0
    assert (tmp_path / "broker.key").stat().st_mode & 0o077 == 0


def test_a_board_is_given_a_time_at_which_all_of_them_are_valid(tmp_path):
    room = certificates.authority(tmp_path, NOW)
    for now in (NOW, NOW - timedelta(days=400), NOW + timedelta(days=30)):  # a computer whose clock is wrong, too
        given = certificates.for_board(tmp_path, now)
        since = datetime.fromtimestamp(int.from_bytes(given[:4], "big"), UTC)
        assert since >= max(now, room.certificate.not_valid_before_utc)
        assert x509.load_der_x509_certificate(given[4:]) == room.certificate
        assert len(given) < 1536, "the board reads no more"


@pytest.mark.parametrize("name", ["room-ca.crt", "room-ca.key"])
def test_damage_is_named_and_nothing_made_over_it(tmp_path, name):
    certificates.authority(tmp_path, NOW)
    (tmp_path / name).write_bytes(b"nonsense")
    with pytest.raises(BrokerError, match="damaged"):
        certificates.authority(tmp_path, NOW)
    assert (tmp_path / name).read_bytes() == b"nonsense"


def test_a_damaged_certificate_of_a_trusted_room_is_named(tmp_path):
    room = certificates.authority(tmp_path / "other", NOW)
    kept = certificates.trust(room.path, tmp_path)
    kept.write_bytes(b"nonsense")
    with pytest.raises(BrokerError, match="damaged") as caught:
        certificates.for_board(tmp_path, NOW)
    assert kept.name in str(caught.value)


def test_the_key_of_another_room_is_damage(tmp_path):
    certificates.authority(tmp_path, NOW)
    certificates.authority(tmp_path / "b", NOW)
    (tmp_path / "b" / "room-ca.key").replace(tmp_path / "room-ca.key")
    with pytest.raises(BrokerError, match="damaged"):
        certificates.authority(tmp_path, NOW)


def test_a_damaged_certificate_of_the_broker_is_made_anew(tmp_path):
    files = certificates.broker_files([], tmp_path, NOW)
    files.key.write_bytes(b"nonsense")
    certificates.broker_files([], tmp_path, NOW)
    assert b"PRIVATE KEY" in files.key.read_bytes()
