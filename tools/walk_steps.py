"""Takes nothing, writes the data set of example 05: bodies of the model in sim/worn.py stand, walk and shake a sensor.

Run it again after a change of that model: python tools/walk_steps.py; gongzhi train examples/05_imu_step_counter/data
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gongzhi.learn import dataset
from gongzhi.learn.sensor_recording import SensorRecording, sensor_head
from gongzhi.sim.worn import Bearer, Worn

FOLDER: Final = Path(__file__).parents[1] / "examples" / "05_imu_step_counter" / "data"
LABELS: Final = ("walk", "stand", "shake")
BEARERS: Final = 12
SECONDS: Final = 6.0


def main(folder: Path = FOLDER) -> None:
    """Write it anew."""
    for old in [folder / dataset.FILE, *folder.glob("recordings/*")]:
        old.unlink(missing_ok=True)
    about = dataset.About(
        name="steps", labels=list(LABELS), rate=20.0, channels=["x", "y", "z"], unit="g",
        camera="on the belt, flat, face up",
        note="No people: twelve bodies of a model of mechanics (sim/worn.py). Record your own classmates instead.",
    )  # fmt: skip
    data = dataset.create(folder, about)
    for number in range(1, BEARERS + 1):
        for label in LABELS:
            t, values = Worn(label, Bearer.of(number)).sampled(SECONDS)
            person = f"p{number:02d}"
            head = sensor_head(label, ["x", "y", "z"], "g", person=person, source="model of bodies")
            data.add(SensorRecording(f"{label}-{person}", head, t, values))


if __name__ == "__main__":
    main()
