"""Recordings of people who carry a motion sensor, from the model of bodies, for tests."""

from gongzhi.learn import model as models
from gongzhi.learn.sensor_recording import SensorHead, SensorRecording
from gongzhi.learn.training import train
from gongzhi.learn.windows import Piece, divide, windows_of
from gongzhi.sim.worn import Bearer, Worn

LABELS = ("stand", "walk", "shake")
RATE = 20.0
CHANNELS = ["x", "y", "z"]


def recording(what, seed, seconds=6.0, label="", *, turning=False):
    t, values = Worn(what, Bearer.of(seed)).sampled(seconds, turning=turning)
    channels, unit = ([*CHANNELS, "rx", "ry", "rz"], "g, °/s") if turning else (CHANNELS, "g")
    head = SensorHead(
        label=label or what, person=f"p{seed:02d}", channels=channels, unit=unit, source="model of bodies"
    )
    return SensorRecording(f"{what}-{seed}", head, t, values)


def windows(what, seeds, label="stand"):
    made = [recording(what, seed, label=label) for seed in seeds]
    return windows_of(made, [Piece(i) for i in range(len(made))], LABELS, RATE)


def parts():
    made = [recording(what, seed) for seed in range(1, 13) for what in LABELS]
    split = divide(made)
    assert split.kind == "person"
    return {part: windows_of(made, split.pieces[part], LABELS, RATE) for part in split.pieces}


def taught(found):
    trained = train((found["train"], found["check"]), LABELS)
    return trained, models.export(trained, RATE, "g")
