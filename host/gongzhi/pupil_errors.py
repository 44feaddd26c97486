"""Takes an error of a pupil's program, gives where it is, what it means and Python's own words, for a pupil to read."""

from __future__ import annotations

import inspect
import re
import traceback
from pathlib import Path
from types import FrameType
from typing import Final

from gongzhi.config import nearest
from gongzhi.errors import GongzhiError
from gongzhi.text import N_, tr
from gongzhi.toml_faults import wide_sign

# Python's own sentences, and what a pupil can do with them. The first that fits is taken.
_MEANINGS: Final[tuple[tuple[str, str], ...]] = (
    (r"'(?P<what>.+?)' was never closed", N_("the bracket “{what}” is never closed")),
    (r"unterminated .*string.*", N_("a closing quote is missing")),
    (r"unmatched '(?P<what>.+?)'", N_("there is no opening bracket for “{what}”")),
    (r"expected ':'", N_("a colon “:” is missing at the end")),
    (
        r"(expected an indented block|unexpected indent|unindent does not match).*",
        N_("the spaces at the beginning are wrong"),
    ),
    (r"invalid syntax.*|.*invalid.*", N_("Python does not understand this line")),
    (r"name '(?P<what>.+?)' is not defined.*", N_("there is nothing called “{what}”")),
    (r"division by zero.*|.*by zero", N_("a number is divided by 0")),
    (r"No module named '(?P<what>.+?)'", N_("there is no module “{what}” to import")),
    (r".* has no attribute '(?P<what>.+?)'.*", N_("it has nothing called “{what}”")),
    (
        r".*(missing \d+ required|takes .* positional|unexpected keyword).*",
        N_("it is called with too much, too little or a wrong name"),
    ),
    (r".*NoneType.*", N_("a value is not known yet (None): ask first “if … is not None:”")),
    (r".*index out of range", N_("the list is not so long")),
    (
        r".*(unsupported operand|not supported between|can only concatenate|must be str).*",
        N_("a number and a text do not go together"),
    ),
)  # fmt: skip


def explain(error: BaseException, program: str) -> str:
    """Lines to print: file, line and code of the pupil's own `program`; what it means; what Python calls it."""
    if isinstance(error, GongzhiError):
        return "\n".join(line for line in (_where(error, program), str(error)) if line)
    if isinstance(error, SyntaxError):
        return _syntax(error)
    if isinstance(error, AttributeError) and isinstance(error.__cause__, GongzhiError):  # our own part's word for it
        return "\n".join((_where(error, program), str(error)))
    said = f"{type(error).__name__}: {error}"
    meaning = _near(error) or _keyword(error) or _meaning(str(error))
    return "\n".join(line for line in (_where(error, program), f"{meaning} ({said})" if meaning else said) if line)


def _near(error: BaseException) -> str:
    """For a name that an object does not have: the one that is most like it."""
    if not isinstance(error, AttributeError) or error.obj is None or not error.name:
        return ""
    if getattr(error.obj, "__name__", "") == "gongzhi.project":
        return tr(N_("write “from gongzhi import Project” and “project = Project()”"))
    near = nearest(error.name, [name for name in dir(error.obj) if not name.startswith("_")])
    return tr(N_("it has nothing called “{what}”; did you mean “{near}”?"), what=error.name, near=near) if near else ""


def _keyword(error: BaseException) -> str:
    """For a name that a function of Gongzhi's does not take: those that it takes."""
    import gongzhi.api as api  # which brings this

    found = re.match(r"(\w+)\.(\w+)\(\) got an unexpected keyword argument '(\w+)'", str(error))
    function = getattr(getattr(api, found[1], None), found[2], None) if found else None
    if found is None or function is None:
        return ""
    known = ", ".join([*inspect.signature(function).parameters][1:])
    return tr(N_("“{name}” takes no “{what}”; it takes {known}"), name=found[2], what=found[3], known=known)


def _where(error: BaseException, program: str) -> str:
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == program]
    return _line(program, own[-1].lineno or 0, own[-1].line or "") if own else ""


def place(frame: FrameType | None, program: str) -> str:
    """The line of the pupil's own `program` at which a thread with this frame is; "" for none."""
    own = [one for one in traceback.extract_stack(frame) if one.filename == program] if frame else []
    return _line(program, own[-1].lineno or 0, own[-1].line or "") if own else ""


def _line(program: str, number: int, code: str) -> str:
    return tr(N_("{file}, line {line}: {code}"), file=Path(program).name, line=number, code=code.strip())


def _syntax(error: SyntaxError) -> str:
    code = error.text or ""
    sign = wide_sign(code)
    if sign is not None:
        meaning = tr(N_("“{sign}” is a sign of the Chinese keyboard; write “{plain}”"), sign=sign[0], plain=sign[1])
    else:
        meaning = _meaning(error.msg or "") or tr(N_("Python does not understand this line"))
    where = _line(error.filename or "", error.lineno or 0, code)
    return f"{where}\n{meaning} ({type(error).__name__}: {error.msg})"


def _meaning(said: str) -> str:
    for pattern, message in _MEANINGS:
        found = re.fullmatch(pattern, said)
        if found:
            return tr(message, **found.groupdict())
    return ""
