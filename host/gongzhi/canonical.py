"""Takes a value, gives its canonical JSON and the digest over it: the one form in which bytes are compared."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical(value: Any) -> bytes:
    """Canonical JSON (sorted keys, no spaces, UTF-8): the form over which digests and chains are taken."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(value: Any) -> str:
    """The first 16 hex digits of SHA-256 over the canonical JSON of `value`."""
    return hashlib.sha256(canonical(value)).hexdigest()[:16]
