"""Gives the words for what is wrong with a submission: short codes cross from the sandbox, sentences are made here."""

from __future__ import annotations

from typing import Final

from gongzhi.errors import DataError
from gongzhi.text import N_

_RETRY: Final = N_("Nothing was changed. Mend the file and hand it in again.")
MESSAGES: Final = {
    "model": N_("This is no TFLite model that can be run: {detail}"),
    "labels": N_("The model’s labels are not those of the task; the difference: {detail}"),
    "unlabelled": N_("The model’s file does not hold its labels. {detail}"),
    "shapes": N_("The model’s input or output has another shape than the task asks for: {detail}"),
    "tensors": N_("The model needs {detail} MB for its tensors, more than the task allows."),
    "number": N_("The model’s answer to clip {detail} is not a number."),
    "memory": N_("It took more memory than the task allows. {detail}"),
    "time": N_("It took longer than the {detail} s that the task allows, and was stopped."),
    "crash": N_("It made the process that ran it break down ({detail})."),
    "encoding": N_("The table is neither UTF-8 nor GBK text. {detail}"),
    "header": N_("The table’s first line must be filename,label,score,ms; it is: {detail}"),
    "row": N_("Line {detail}: a line has a file name, a label, a score of 0 to 1 and milliseconds, or nothing there."),
    "clip": N_("There is no clip of that name, {detail}."),
    "twice": N_("A clip is answered twice, {detail}."),
    "label": N_("There is no such label in this task, {detail}."),
    "rows": N_("The table has more than {detail} lines."),
    "start": N_("The process that judges submissions cannot be started. {detail}"),
}
_MOST: Final = 200


class Fault(Exception):  # noqa: N818  (it is the submission's, not the program's)
    """What is wrong: a `code` of MESSAGES and a `detail`, as plain words."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


def error_of(code: str, detail: str) -> DataError:
    """The error that the user reads; what comes from a submission is shortened and holds no control characters."""
    plain = "".join(each if each.isprintable() else " " for each in detail)[:_MOST]
    return DataError(MESSAGES.get(code, MESSAGES["crash"]), _RETRY, detail=plain)
