"""Takes a test file and names of its tests, runs them (CPython or MicroPython), prints one JSON line for each."""

import asyncio
import io
import json
import sys

MARK = "@result@ "


def _trace(error):
    if hasattr(sys, "print_exception"):
        out = io.StringIO()
        sys.print_exception(error, out)
        return out.getvalue()
    import traceback

    return "".join(traceback.format_exception(error))


def main(path, names):
    """Run each named test in this order; a coroutine function runs in a loop of its own."""
    space = {"__name__": "tests", "__file__": path}
    with open(path) as f:
        exec(compile(f.read(), path, "exec"), space)
    for name in names:
        error = None
        try:
            result = space[name]()
            if result is not None:  # both interpreters: what a coroutine function gives
                asyncio.run(result)
        except Exception as problem:
            error = _trace(problem)
        print(MARK + json.dumps({"name": name, "error": error}))
        if hasattr(asyncio, "new_event_loop") and hasattr(sys, "print_exception"):
            asyncio.new_event_loop()  # MicroPython has one loop: what a test left in it must not reach the next


main(sys.argv[1], sys.argv[2:])
