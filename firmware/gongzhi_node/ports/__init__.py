"""Gives the names in which CPython and MicroPython differ: now, sleep_ms, wait_ms, const, Link, replace, heap_free."""

import sys

if sys.implementation.name == "micropython":
    from gongzhi_node.ports.upy import (
        BODY, Link, collect, const, heap_free, leaf, now, print_exception, replace, sleep_ms, wait_ms,
    )  # fmt: skip
else:
    from gongzhi_node.ports.cpython import (
        BODY, Link, collect, const, heap_free, leaf, now, print_exception, replace, sleep_ms, wait_ms,
    )  # fmt: skip

__all__ = (
    "BODY", "Link", "collect", "const", "heap_free", "leaf", "now", "print_exception", "replace", "sleep_ms",
    "wait_ms",
)  # fmt: skip
