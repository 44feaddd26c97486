"""Takes this process and its limits, gives up what it does not need for good: files, the network, other processes.

How far that goes depends on the system; `confine` says how far it went (docs/challenge.md has the table).
"""

from __future__ import annotations

import ctypes
import importlib
import math
import platform
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Literal

from gongzhi.challenge.syscalls import filter_program

Walls = Literal["seccomp", "sandbox", "job", "interpreter"]
_NO_NEW_PRIVS: Final = 38  # linux/prctl.h
_FILTER, _ALL_THREADS = 1, 1  # linux/seccomp.h: SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC
_SECCOMP: Final = {"x86_64": 317, "aarch64": 277}
# Python's own ways to files, sockets and processes; what a native fault in the interpreter could do, this cannot stop.
_FORBIDDEN: Final = ("open", "os.", "socket.", "subprocess.", "shutil.", "tempfile.", "ctypes.", "winreg.")


def confine(seconds: int, memory_mb: int) -> Walls:
    """Give up everything but memory, clock and the pipes that are open; there is no way back.

    Args:
        seconds: of the processor's time from now on, then the system ends this process (not on Windows).
        memory_mb: of memory on top of what is in use now (Linux; Windows by the job).
    """
    limited = _limit_windows(memory_mb) if sys.platform == "win32" else _limit(seconds, memory_mb)
    walls: Walls = "job" if limited == "job" else "interpreter"
    if sys.platform == "linux" and _filter():
        walls = "seccomp"
    elif sys.platform == "darwin" and _seal():
        walls = "sandbox"
    sys.addaudithook(_refuse)
    return walls


def _refuse(event: str, _: tuple[Any, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(event)


def _limit(seconds: int, memory_mb: int) -> str:
    """The limits that every Unix has; macOS knows no limit of memory."""
    # By name: the module is not there on Windows, where this file is imported, too.
    resource: Any = importlib.import_module("resource")
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    end = math.ceil(used) + seconds
    wanted = [("RLIMIT_CPU", end, end + 1), ("RLIMIT_CORE", 0, 0), ("RLIMIT_FSIZE", 0, 0), ("RLIMIT_NPROC", 0, 0)]
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + (memory_mb << 20)
        wanted.append(("RLIMIT_AS", most, most))
    for name, soft, hard in wanted:
        with suppress(OSError, ValueError, AttributeError):
            resource.setrlimit(getattr(resource, name), (soft, hard))
    return "limits"


def _filter() -> bool:
    """Have the kernel refuse every call that is not in the list (seccomp, all threads); False where it cannot."""
    # A process of 32 bits on a kernel of 64 speaks another table of calls.
    machine = platform.machine() if sys.maxsize > 1 << 32 else ""
    program = filter_program(machine)
    if program is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))

    held = Program(len(program) // 8, program)
    libc.syscall.restype = ctypes.c_long
    if libc.prctl(_NO_NEW_PRIVS, ctypes.c_ulong(1), *[ctypes.c_ulong(0)] * 3) != 0:
        return False
    answer = libc.syscall(
        ctypes.c_long(_SECCOMP[machine]), ctypes.c_ulong(_FILTER), ctypes.c_ulong(_ALL_THREADS), ctypes.byref(held)
    )
    return int(answer) == 0


def _seal() -> bool:
    """macOS's own sandbox, its profile for pure computation (sandbox_init(3)); False where it refuses."""
    try:
        library = ctypes.CDLL("/usr/lib/libsandbox.1.dylib")
        fault = ctypes.c_char_p()
        return int(library.sandbox_init(b"pure-computation", ctypes.c_uint64(1), ctypes.byref(fault))) == 0
    except (OSError, AttributeError):
        return False


def _limit_windows(memory_mb: int) -> str:
    """A job of its own: one process, so much memory (winnt.h: JOBOBJECT_EXTENDED_LIMIT_INFORMATION)."""
    kernel: Any = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]

    class Basic(ctypes.Structure):
        _fields_ = (
            ("process_time", ctypes.c_int64), ("job_time", ctypes.c_int64), ("flags", ctypes.c_uint32),
            ("least", ctypes.c_size_t), ("most", ctypes.c_size_t), ("processes", ctypes.c_uint32),
            ("affinity", ctypes.c_size_t), ("priority", ctypes.c_uint32), ("scheduling", ctypes.c_uint32),
        )  # fmt: skip

    class Extended(ctypes.Structure):
        _fields_ = (
            ("basic", Basic), ("io", ctypes.c_uint64 * 6), ("process_memory", ctypes.c_size_t),
            ("job_memory", ctypes.c_size_t), ("peak_process", ctypes.c_size_t), ("peak_job", ctypes.c_size_t),
        )  # fmt: skip

    kernel.CreateJobObjectW.restype = kernel.GetCurrentProcess.restype = ctypes.c_void_p
    job = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))
    held = Extended()
    held.basic.flags = 0x100 | 0x8 | 0x2000  # PROCESS_MEMORY, ACTIVE_PROCESS, KILL_ON_JOB_CLOSE
    held.basic.processes = 1
    held.process_memory = (memory_mb + 512) << 20  # Python, numpy and the interpreter take some 300 MB of it
    known = kernel.SetInformationJobObject(job, 9, ctypes.byref(held), ctypes.sizeof(held))
    joined = known and kernel.AssignProcessToJobObject(job, ctypes.c_void_p(kernel.GetCurrentProcess()))
    return "job" if joined else ""
