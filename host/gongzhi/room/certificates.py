"""Takes Gongzhi's data folder and a computer's names, gives the room's own certificate and the broker's, made from it.

The room's certificate (a CA with a P-256 key) lies beside the room's key; boards get it with their secrets. A broker's
certificate is made anew where the computer's addresses have changed or it is about to expire: boards need nothing for
it.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gongzhi import paths
from gongzhi.errors import BrokerError
from gongzhi.text import N_

_CA_LIFE: Final = timedelta(days=20 * 365)
_LIFE: Final = timedelta(days=3 * 365)
_EARLY: Final = timedelta(days=90)  # so long before its end a broker's certificate is made anew
_DAY: Final = timedelta(days=1)  # a computer's clock may be that wrong
_PEM, _DER = serialization.Encoding.PEM, serialization.Encoding.DER


@dataclass(frozen=True, slots=True)
class Files:
    """Where the room's certificate, the broker's and the broker's key lie, all PEM, as mosquitto wants them, too."""

    ca: Path
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Authority:
    """The room's certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    path: Path


def authority(folder: Path | None = None, now: datetime | None = None) -> Authority:
    """The room's own, in `keys/room-ca.{crt,key}` of the data folder (or in `folder`), made when first wanted; the key
    is readable by its owner only. Raises BrokerError."""
    folder = folder or paths.data() / "keys"
    path, secret = folder / "room-ca.crt", folder / "room-ca.key"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _new_authority(path, secret, now or datetime.now(UTC))
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        key = serialization.load_pem_private_key(secret.read_bytes(), None)
    except OSError as error:
        raise BrokerError(
            N_("The room’s certificate {file} cannot be read or written: {why}"), N_("May you write in that folder?"),
            file=error.filename or path, why=error.strerror or error,
        ) from error  # fmt: skip
    except ValueError as error:
        raise _damaged(path) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise _damaged(path)
    return Authority(certificate, key, path)


def _damaged(path: Path) -> BrokerError:
    return BrokerError(
        N_("The room’s certificate {file} is damaged."),
        N_("Put back a copy of it and of its key, or remove both and give every board its secrets anew."),
        file=path,
    )


def for_board(folder: Path | None = None, now: datetime | None = None) -> bytes:
    """What a board keeps of its room, which is the one that this computer was told to trust last, else its own: the
    time (Unix seconds, 4 bytes), which the board then knows has passed, and the certificate (DER). Raises
    BrokerError."""
    others = ((folder or paths.data() / "keys") / "trusted").glob("*.crt")
    last = max(others, key=lambda file: file.stat().st_mtime, default=None)
    certificate = authority(folder, now).certificate if last is None else _kept(last)
    since = max(now or datetime.now(UTC), certificate.not_valid_before_utc + _DAY)
    return int(since.timestamp()).to_bytes(4, "big") + certificate.public_bytes(_DER)


def _kept(file: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError) as error:
        raise BrokerError(
            N_("The certificate {file} of a trusted room is damaged."),
            N_("Remove it, then trust the room anew: gongzhi room trust FILE"), file=file,
        ) from error  # fmt: skip


def broker_files(
    names: Iterable[str], folder: Path | None = None, now: datetime | None = None, keep: Path | None = None
) -> Files:
    """The broker's certificate for these names and addresses, in the folder `keep` (else beside the room's), made where
    there is none that fits. Raises BrokerError."""
    room = authority(folder, now)
    keep = keep or room.path.parent
    files = Files(room.path, keep / "broker.crt", keep / "broker.key")
    wanted = set(names) | {"localhost", "127.0.0.1"}
    if not _fits(files, room, wanted, now or datetime.now(UTC)):
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = issue(room, key, wanted, now)
        try:
            _write(files.key, _pem(key), secret=True)
            _write(files.certificate, certificate.public_bytes(_PEM))
        except OSError as error:
            raise BrokerError(
                N_("The broker’s certificate {file} cannot be written: {why}"), N_("May you write in that folder?"),
                file=error.filename, why=error.strerror or error,
            ) from error  # fmt: skip
    return files


def issue(
    room: Authority, key: ec.EllipticCurvePrivateKey, names: Iterable[str], now: datetime | None = None,
    life: timedelta = _LIFE,
) -> x509.Certificate:  # fmt: skip
    """A broker's certificate, valid since the room's own is: a board's clock knows no later time than that for sure."""
    end = min((now or datetime.now(UTC)) + life, room.certificate.not_valid_after_utc)
    parent = room.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        _builder("Gongzhi broker", room.certificate.subject, key, room.certificate.not_valid_before_utc, end)
        .add_extension(x509.BasicConstraints(False, None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(parent), critical=False)
        .add_extension(x509.SubjectAlternativeName(_alternatives(names)), critical=False)
        .sign(room.key, hashes.SHA256())
    )


def own_names() -> set[str]:
    """The names under which this computer may be reached, beside its addresses."""
    name = socket.gethostname().lower()
    return {name, f"{name.split('.')[0]}.local", f"{name.split('.')[0]}-gongzhi.local"}


def trusted(folder: Path | None = None) -> list[Path]:
    """The certificates of rooms that this computer believes: its own, if there is one, and those in `keys/trusted`."""
    folder = folder or paths.data() / "keys"
    own = folder / "room-ca.crt"
    return [*([own] if own.exists() else []), *sorted((folder / "trusted").glob("*.crt"))]


def trust(file: Path, folder: Path | None = None) -> Path:
    """Believe the room whose certificate is in `file` (PEM); where it is kept. Raises BrokerError."""
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
        if not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            raise ValueError
        kept = (folder or paths.data() / "keys") / "trusted" / f"{certificate.fingerprint(hashes.SHA256()).hex()}.crt"
        kept.parent.mkdir(parents=True, exist_ok=True)
        _write(kept, certificate.public_bytes(_PEM))
    except OSError as error:
        raise BrokerError(
            N_("The certificate {file} cannot be read or kept: {why}"), N_("Check the file’s name."),
            file=error.filename or file, why=error.strerror or error,
        ) from error  # fmt: skip
    except (ValueError, x509.ExtensionNotFound) as error:
        raise BrokerError(
            N_("{file} is no certificate of a room."),
            N_("The teacher’s computer writes it: gongzhi room ca --out FILE."),
            file=file,
        ) from error  # fmt: skip
    return kept


def _new_authority(path: Path, secret: Path, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Gongzhi room {os.urandom(4).hex()}")])
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)  # certificates and their lists
    certificate = (
        _builder(name, name, key, now - _DAY, now + _CA_LIFE)
        .add_extension(x509.BasicConstraints(True, 0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(secret, _pem(key), secret=True)
    _write(path, certificate.public_bytes(_PEM))  # last: only with a key there is a room


def _builder(
    subject: str | x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    if isinstance(subject, str):
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    return (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )  # fmt: skip


def _alternatives(names: Iterable[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in sorted(names):
        with contextlib.suppress(ValueError):
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        # An address as a name, too: mbedTLS before 3.5 (MicroPython before 1.24) looks for it there only.
        found.append(x509.DNSName(name))
    return found


def _fits(files: Files, room: Authority, names: set[str], now: datetime) -> bool:
    """True if the files are there, made by this room, for all these names, and for a while yet."""
    try:
        certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        key = serialization.load_pem_private_key(files.key.read_bytes(), None)
        certificate.verify_directly_issued_by(room.certificate)
        has = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except Exception:  # noqa: BLE001  (whatever is wrong with them, they are made anew)
        return False
    mine = key.public_key().public_numbers() if isinstance(key, ec.EllipticCurvePrivateKey) else None
    theirs = certificate.public_key()
    return (
        isinstance(theirs, ec.EllipticCurvePublicKey)
        and mine == theirs.public_numbers()
        and names <= set(has.get_values_for_type(x509.DNSName))
        and now + _EARLY < certificate.not_valid_after_utc
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _write(path: Path, data: bytes, *, secret: bool = False) -> None:
    """Whole or not at all; a secret is never readable by others, not for a moment."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if secret else 0o644), "wb") as file:
        file.write(data)
    fresh.replace(path)
