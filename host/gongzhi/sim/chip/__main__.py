"""Takes a board's options as the first frame on standard input, runs that board; started by `sim.board`.

It runs isolated from the host's packages (python -I -S), so it loads its own package by its place and not as a part of
gongzhi, under a name that no firmware uses.
"""

import importlib.util
import json
import os
import signal
import sys
from pathlib import Path


def main() -> None:
    """Find the pipes, read the options, hand over to the body; never returns."""
    here = Path(__file__).parent
    path = list(sys.path)
    # Files of the virtual device are compiled each time: no cache may appear in an installed package.
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(here.parent / "device"))
    spec = importlib.util.spec_from_file_location(
        "_gongzhi_chip", here / "__init__.py", submodule_search_locations=[str(here)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(str(here))
    package = importlib.util.module_from_spec(spec)
    sys.modules["_gongzhi_chip"] = package
    spec.loader.exec_module(package)
    # A terminal's Ctrl-C is for the host, which then ends us by closing the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The pipes get numbers of their own: what the firmware prints must not reach them.
    source, world = os.dup(0), os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)
    options = json.loads(first_frame(source))
    body = importlib.import_module(f"_gongzhi_chip.{options['body']}")
    sys.path[:] = path
    body.run({**options, "path": path}, source, world)


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
