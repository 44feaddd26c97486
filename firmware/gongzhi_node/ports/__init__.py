"""Gives the names in which CPython and MicroPython differ: now, sleep_ms, wait_ms, const, Link, replace, forget …"""

import sys

if sys.implementation.name == "micropython":
    from gongzhi_node.ports.upy import *  # noqa: F403
else:
    from gongzhi_node.ports.cpython import *  # noqa: F403
