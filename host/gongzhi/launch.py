"""`python -m gongzhi.launch main.py`: runs a pupil's program, and says its errors in words that a pupil can use."""

from __future__ import annotations

import os
import runpy
import sys
import time
from pathlib import Path

from gongzhi import rests
from gongzhi.clock import ENV_PACED
from gongzhi.pupil_errors import explain


def main() -> int:
    """Run the program that is named; exit status 1 when it fails."""
    path = sys.argv[1]
    sys.argv[:] = sys.argv[1:]
    # Last, so that a pupil's own modules are found and a file called random.py hides nothing of Python's.
    sys.path.append(str(Path(path).resolve().parent))
    vars(time).update(sleep=rests.sleep)
    if ENV_PACED in os.environ:
        from gongzhi.api import timing  # it takes a while to load, and a program with a slip in it says so at once

        timing.install()
    try:
        runpy.run_path(path, run_name="__main__")
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001  (whatever a pupil's program raises)
        print(explain(error, path), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
