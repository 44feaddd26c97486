"""Takes the words of a command, gives the lines that its help shows as examples; a test parses each of them."""

from __future__ import annotations

from typing import Final

from gongzhi.text import N_, language, tr

_PIECE: Final = "my_piece"  # a folder, which is called so in Chinese:
_CHINESE: Final = "我的作品"
_BROKER: Final = "mqtt://teacher:password@192.168.1.7"
# In the order of the help; "bench" stands for all that it measures.
EXAMPLES: Final = {
    "demo": ("demo", "demo --camera 0"),
    "run": (f"run {_PIECE} --camera synthetic", f"run {_PIECE} --script demo", f"run {_PIECE} --boards real"),
    "autostart": (f"autostart {_PIECE} --option=--camera=0", f"autostart {_PIECE} --off"),
    "new": ("new --list", f"new {_PIECE} --template plant_care"),
    "stop": (f"stop --broker {_BROKER}",),
    "broker": ("broker --users users.txt --add-user gate01 --role team", "broker --users users.txt --host 0.0.0.0"),
    "gateway": ("gateway --broker mqtt://gate01:password@192.168.1.7 --port COM5",),
    "explain": ("explain last --depth 2", "explain d-57"),
    "replay": ("replay",),
    "train": ("train my_data --curve",),
    "evaluate": ("evaluate my_data/model.tflite other_data", f"evaluate {_PIECE} my_data --rule arms_wide"),
    "journal": ("journal list", "journal report"),
    "journal list": ("journal list",),
    "journal verify": ("journal verify",),
    "journal stats": ("journal stats",),
    "journal export": ("journal export --out decisions.csv",),
    "journal erase": ("journal erase --before 2026-09-01",),
    "journal label": ("journal label last right", "journal label d-57 wrong --alone do"),
    "journal report": ("journal report", "journal report --out report.md"),
    "models": ("models fetch",),
    "models fetch": ("models fetch",),
    "models add": (f"models add movenet.tflite --to {_PIECE}/eye",),
    "models list": ("models list",),
    "board": ("board find", f"board setup {_PIECE}"),
    "board find": ("board find",),
    "board flash": ("board flash ESP32_GENERIC.bin", "board flash"),
    "board setup": (f"board setup {_PIECE}", f"board setup {_PIECE} --all", f"board setup {_PIECE} --undo"),
    "board test": (f"board test {_PIECE}", f"board test {_PIECE} --part lamp"),
    "board console": ("board console", "board console --port COM5"),
    "board update": (f"board update --project {_PIECE} --all --broker mqtt://gate01:password@192.168.1.7",),
    "board secrets": ("board secrets --port COM5",),
    "board list": ("board list",),
    "board show": ("board show esp32-devkitc", "board show handpy-2 --svg board.svg"),
    "board font": (f"board font {_PIECE}",),
    "board wiring": (f"board wiring {_PIECE}", f"board wiring {_PIECE} --svg wiring.svg"),
    "data": ("data record my_data wave --times 3", "data look my_data"),
    "data import": ("data import clips --to my_data",),
    "data show": ("data show my_data",),
    "data record": (
        "data record my_data wave --person p01 --times 3",
        f"data record my_steps walk --project {_PIECE} --sensor imu",
    ),
    "data undo": ("data undo my_data",),
    "data split": ("data split my_data",),
    "data convert": ("data convert my_data --to jsonl",),
    "data look": ("data look my_data",),
    "data golden": ("data golden my_data",),
    "data relabel": ("data relabel my_data wave-p01-s00 rest",),
    "teach": (f"teach list {_PIECE}",),
    "teach list": (f"teach list {_PIECE}",),
    "teach check": (f"teach check {_PIECE}",),
    "teach promote": (f"teach promote {_PIECE}",),
    "teach rollback": (f"teach rollback {_PIECE}",),
    "teach forget": (f"teach forget {_PIECE} taught-1",),
    "challenge": ("challenge new my_data --to task",),
    "challenge new": ("challenge new my_data --to task",),
    "challenge submit": ("challenge submit task t1 model.tflite --group junior",),
    "challenge withdraw": ("challenge withdraw task t1",),
    "challenge score": ("challenge score task answers.csv", "challenge score task"),
    "challenge answer": ("challenge answer task model.tflite",),
    "challenge compare": ("challenge compare task t1 t2",),
    "challenge board": ("challenge board task",),
    "room": (f"room --broker {_BROKER}",),
    "room stop": (f"room stop --broker {_BROKER}",),
    "room release": (f"room release gate01 --broker {_BROKER}", f"room release --broker {_BROKER}"),
    "room pin": ("room pin",),
    "room ca": ("room ca --out room.crt",),
    "room trust": ("room trust room.crt",),
    "room certificate": ("room certificate --out keys --name 192.168.1.7",),
    "pack": ("pack show wuqinxi",),
    "pack list": ("pack list",),
    "pack show": ("pack show wuqinxi",),
    "pack record": (f"pack record shown --to {_PIECE}/teacher",),
    "bench": ("bench pose", "bench loop"),
}


def examples(command: str) -> str:
    """The end of a command's help; "" where it has no example."""
    lines = EXAMPLES.get(command, ())
    if language() == "zh":
        lines = tuple(line.replace(_PIECE, _CHINESE) for line in lines)
    return "\n".join([tr(N_("For example:")), *(f"gongzhi {line}" for line in lines)]) if lines else ""
