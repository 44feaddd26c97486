"""Takes a submission and unlabelled windows from standard input, gives the answers on standard output: the sandboxed
process. It is started by `sandbox.run` alone; the truth never reaches it."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO, Literal

import msgspec
import numpy as np
import tflite

from gongzhi.challenge import judge, table
from gongzhi.challenge.fault import Fault
from gongzhi.challenge.jail import confine
from gongzhi.learn import flatbuffer as fb
from gongzhi.learn.features import JOINTS
from gongzhi.learn.windows import LENGTH
from gongzhi.pose.interpreter import TfliteModel

READY = b"ready\n"


class Work(msgspec.Struct, frozen=True):
    """What is to be judged: the submission, the task's labels, the clips' names and their windows, raw float32 (n, 30,
    13, 2) and bool (n, 30, 13); the limits."""

    kind: Literal["model", "csv"]
    content: bytes
    labels: list[str]
    clips: list[str]
    points: bytes
    seen: bytes
    seconds: int
    memory_mb: int


class Said(msgspec.Struct, frozen=True):
    """The answers in the order of the clips, or what is wrong; `walls` how far the process was confined."""

    walls: str = ""
    answers: list[tuple[int, float, float]] = []
    fault: tuple[str, str] | None = None


def _warm_up() -> None:
    """Have everything loaded that a model or a table needs, for afterwards no file can be opened."""
    graph = fb.Graph()
    one, out = graph.tensor("x", (1, 2)), graph.tensor("y", (1, 2))
    graph.operator(tflite.BuiltinOperator.SOFTMAX, [one], out, tflite.BuiltinOptions.SoftmaxOptions, fb.normal)
    model = TfliteModel(graph.finish([one], [out], {}), threads=1)
    model.invoke()
    model.close()
    for encoding in ("utf-8-sig", "gbk", "cp437"):  # cp437: names in a zip
        "a".encode(encoding).decode(encoding)
    np.ones(2).astype(np.float64).argmax()


def _judge(work: Work) -> list[tuple[int, float, float]]:
    if work.kind == "csv":
        return table.answers(work.content, work.labels, work.clips)
    points = np.frombuffer(work.points, np.float32).reshape(-1, LENGTH, len(JOINTS), 2)
    seen = np.frombuffer(work.seen, np.bool_).reshape(-1, LENGTH, len(JOINTS))
    return judge.answers(work.content, work.labels, points, seen, work.memory_mb)


def main(source: BinaryIO, target: BinaryIO) -> None:
    """Read one Work, confine this process, say that it is ready, judge, say the answers."""
    work = msgspec.msgpack.decode(source.read(), type=Work)
    _warm_up()
    target.write(READY)
    target.flush()
    walls = confine(work.seconds, work.memory_mb)
    try:
        said = Said(walls, _judge(work))
    except Fault as fault:
        said = Said(walls, fault=(fault.code, fault.detail))
    except MemoryError:
        said = Said(walls, fault=("memory", ""))
    target.write(msgspec.msgpack.encode(said))
    target.flush()
    os._exit(0)  # what a submission has left in memory is not tidied up: that could run it again


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
