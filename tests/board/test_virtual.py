"""A virtual board of each chip runs the real node with the first example's parts, on pins that are right there."""

import threading
import tomllib

import pytest
from gongzhi import paths, project
from gongzhi.board import firmware
from gongzhi.board.types import board_type
from gongzhi.bus import Address
from gongzhi.errors import BoardError
from gongzhi.runtime.boards import config
from gongzhi.sim import board_body
from gongzhi.sim.board import VirtualBoard

LONG = 20.0  # s: only a defect takes so long
EXAMPLE = paths.share("examples") / "01_hands_up_gate" / "project.toml"
CHIPS = pytest.mark.parametrize(
    ("type_", "flash"),
    [("esp32-devkitc", range(6, 12)), ("esp32-s3-devkitc-1", range(26, 33)), ("xiao-esp32c3", range(12, 18))],
)


@pytest.fixture(params=["vm", "cpython"])
def body(request):
    library, why = board_body.library()
    if request.param == "vm" and library is None:
        pytest.skip(str(why))
    return request.param


def moved(type_, folder):
    """The first example's project on a board of another type: each part on the last pin that fits."""
    about = board_type(type_)
    words = EXAMPLE.read_text(encoding="utf-8").replace("esp32-devkitc", type_)
    free = about.can("pwm")
    for part in tomllib.loads(words)["part"].values():
        words = words.replace(f"\npin = {part['pin']}\n", f"\npin = {free.pop()} # there\n")
    (folder / "project.toml").write_text(words, encoding="utf-8")
    return project.load(folder)


@CHIPS
def test_the_first_examples_parts_work(body, tmp_path, type_, flash):
    manifest = moved(type_, tmp_path)
    about = config(manifest, manifest.boards["door"], Address("127.0.0.1", 9))
    changed = threading.Condition()

    def wake(_):
        with changed:
            changed.notify_all()

    files = firmware.compiled() if body == "vm" else firmware.source()
    board = VirtualBoard(type_, files, about, state_dir=tmp_path / "board", body=body, on_edge=wake, on_event=wake)
    wanted = {part.pin for part in manifest.parts.values()}
    with board, changed:
        assert changed.wait_for(lambda: wanted <= set(board.pins()), LONG), (wanted, board.pins(), board.console)
    assert len(wanted) == 4


@CHIPS
def test_the_firmware_knows_the_flashs_pins(body, tmp_path, type_, flash):
    ended = threading.Event()
    main = b"from gongzhi_node.ports import esp32\nprint('flash', *esp32.flash_pins())\n"
    board = VirtualBoard(
        type_,
        firmware.source() | {"main.py": main},
        state_dir=tmp_path,
        body=body,
        on_event=lambda event: ended.set() if event.kind == "ended" else None,
    )
    with board:
        assert ended.wait(LONG), board.console
        assert "flash " + " ".join(map(str, flash)) in board.console


def test_a_traceback_names_the_file_that_was_written(body, tmp_path):
    main = b"from gongzhi_node import wire\nwire.topic('s', 't', '!')\n"
    files = (firmware.compiled() if body == "vm" else firmware.source()) | {"main.py": main}
    over = threading.Event()
    board = VirtualBoard(
        "esp32-devkitc", files, {}, state_dir=tmp_path, body=body,
        on_event=lambda event: over.set() if event.kind == "ended" else None,
    )  # fmt: skip
    with board:
        assert over.wait(20)
        said = "\n".join(board.console)
    source = firmware.source()["gongzhi_node/wire.py"].decode().splitlines()
    line = next(n for n, text in enumerate(source, 1) if "topic level" in text)
    assert f'gongzhi_node/wire.py", line {line}, in topic' in said.replace("\\", "/"), said


def test_a_computer_is_no_virtual_board():
    with pytest.raises(BoardError, match="rk3308"):
        board_body.chip("rk3308", {})
