"""Takes a board's options as the first frame on standard input, runs that board; started by `sim.board_body`. With the
word "forks" and MicroPython's library (or "") it loads what a board needs, and then forks boards (forks.py).

It runs isolated from the host's packages (python -I -S), so it loads its own package by its place and not as a part of
gongzhi, under a name that no firmware uses.
"""

import contextlib
import importlib.util
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).parent


def main() -> None:
    """One board, or many."""
    # Files of the virtual device are compiled each time: no cache may appear in an installed package.
    sys.dont_write_bytecode = True
    # A terminal's Ctrl-C is for the host, which then ends us by closing the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    spec = importlib.util.spec_from_file_location(
        "_gongzhi_chip", HERE / "__init__.py", submodule_search_locations=[str(HERE)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(str(HERE))
    package = importlib.util.module_from_spec(spec)
    sys.modules["_gongzhi_chip"] = package
    spec.loader.exec_module(package)
    if sys.argv[1:2] == ["forks"]:
        forks(sys.argv[2])
    else:
        board()


@contextlib.contextmanager
def device() -> Iterator[None]:
    """The firmware's own modules can be imported; no longer afterwards, for a board brings them by itself."""
    path = list(sys.path)
    sys.path.insert(0, str(HERE.parent / "device"))
    yield
    sys.path[:] = path


def board() -> NoReturn:
    """Find the pipes, read the options, hand over to the body; never returns."""
    # The pipes get numbers of their own: what the firmware prints must not reach them.
    source, world = os.dup(0), os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)
    options = json.loads(first_frame(source))
    os.chdir(options["state"])
    with device():
        body = importlib.import_module(f"_gongzhi_chip.{options['body']}")
    body.run({**options, "path": list(sys.path)}, source, world)
    raise AssertionError("a board ends with its process")


def forks(library: str) -> None:
    """Load all that boards share, then fork them until nobody asks any more (standard input is a socket)."""
    control = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    with device():
        from _gongzhi_chip import cpython, vm  # type: ignore[import-not-found]
        from _gongzhi_chip.forks import Forks  # type: ignore[import-not-found]

        if library:
            vm.load(library)
        else:
            cpython.load()
    Forks(control, board).serve()


def first_frame(source: int) -> bytes:
    """The payload of the first frame, not a byte more."""

    def exactly(count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = os.read(source, count - len(data))
            if not piece:
                sys.exit(0)
            data += piece
        return data

    return exactly(int.from_bytes(exactly(5)[1:5], "little"))


if __name__ == "__main__":
    main()
