"""Takes a machine's name, gives the filter by which Linux's kernel refuses what a pure computation does not need.

The numbers are those of the kernel's asm/unistd_64.h (x86-64) and asm-generic/unistd.h (arm64); the layout of a filter
is struct sock_filter of linux/filter.h.
"""

from __future__ import annotations

import struct
from typing import Final

# name: (x86_64, aarch64). Memory, threads' waiting, the clock, the pipes that are open, the end. No open, no socket, no
# clone, no execve, no kill, no io_uring: what is not here gets EPERM.
_ALLOWED: Final = {
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "fstat": (5, 80), "poll/ppoll": (7, 73), "lseek": (8, 62),
    "mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215), "brk": (12, 214), "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sched_yield": (24, 124), "mremap": (25, 216),
    "madvise": (28, 233), "nanosleep": (35, 101), "getpid": (39, 172), "exit": (60, 93), "gettimeofday": (96, 169),
    "getrusage": (98, 165), "sigaltstack": (131, 132), "gettid": (186, 178), "futex": (202, 98),
    "sched_getaffinity": (204, 123), "restart_syscall": (219, 128), "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115), "exit_group": (231, 94), "set_robust_list": (273, 99), "getrandom": (318, 278),
    "membarrier": (324, 283), "rseq": (334, 293),
}  # fmt: skip
_MACHINES: Final = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # linux/audit.h: AUDIT_ARCH_…
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_RET|BPF_K
_ALLOW, _KILL, _EPERM = 0x7FFF0000, 0x80000000, 0x00050001  # linux/seccomp.h; EPERM as the call's error
_NUMBER, _ARCHITECTURE = 0, 4  # offsets in struct seccomp_data


def filter_program(machine: str) -> bytes | None:
    """The filter as 8-byte instructions; None for a machine whose numbers are not known here."""
    if machine not in _MACHINES:
        return None
    column, architecture = _MACHINES[machine]
    calls = [numbers[column] for numbers in _ALLOWED.values()]
    code = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, _NUMBER)]
    # Each match jumps over those that follow and over the refusal.
    code += [(_EQUAL, len(calls) - i, 0, number) for i, number in enumerate(calls)]
    code += [(_RETURN, 0, 0, _EPERM), (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *each) for each in code)
