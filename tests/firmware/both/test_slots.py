"""Which slot runs: three tries, the slot before, what was flashed; whatever the files say."""

import os

import slots


def put(path, text):
    with open(path, "w") as f:
        f.write(text)


def fresh(line=None, boots=None, manifest="f1a5\n"):
    for path in ("slot", "boots", "manifest"):
        try:
            os.remove(path)
        except OSError:
            pass
    if manifest:
        put("manifest", manifest)
    if line:
        put("slot", line)
    if boots:
        put("boots", boots)


def test_a_board_without_an_update_runs_what_was_flashed_and_writes_nothing():
    fresh()
    assert slots.choose() == ("", 0)
    slots.good()
    assert not slots.failed()
    assert "slot" not in os.listdir(".")


def test_three_tries_then_the_slot_before():
    fresh()
    assert slots.write("a", "-", "ok", 0) and slots.write("b", "a", "try", 0)
    assert [slots.choose() for _ in range(5)] == [("b", 1), ("b", 2), ("b", 3), ("a", 0), ("a", 0)]
    assert slots.read() == ("a", "-", "back", 0)


def test_a_try_that_is_good_stays():
    fresh()
    slots.write("a", "-", "try", 0)
    assert slots.choose() == ("a", 1) and slots.failed() and slots.choose() == ("a", 2)
    slots.good()
    assert [slots.choose() for _ in range(5)] == [("a", 0)] * 5
    assert slots.read() == ("a", "-", "ok", 0)


def test_what_fails_three_times_after_it_was_good_is_left():
    fresh()
    slots.write("b", "a", "ok", 0)
    for n in range(3):
        assert slots.choose() == ("b", 0) and not slots.failed()
    assert slots.choose() == ("a", 0)
    for n in range(3):
        slots.failed()
    assert slots.choose() == ("", 0)
    for n in range(9):
        slots.failed()
    assert slots.choose() == ("", 0), "there is nothing behind what was flashed"


def test_a_long_life_forgives():
    fresh()
    slots.write("b", "a", "ok", 0)
    slots.failed()
    slots.failed()
    slots.good()
    slots.failed()
    assert slots.choose() == ("b", 0)


def test_safe_that_dies_too_is_left():
    fresh(boots="20 7")
    slots.write("b", "a", "ok", 0)
    assert slots.choose() == ("b", 0)
    put("boots", "21 8")
    assert slots.choose() == ("a", 0) and slots.choose() == ("", 0) and slots.choose() == ("", 0)
    put("boots", "nonsense")
    slots.write("b", "a", "ok", 0)
    assert slots.choose() == ("b", 0)


def test_a_damaged_file_or_what_was_flashed_since_wins():
    for line in ("", "x", "c - ok 0 f1a5", "a - run 0 f1a5", "a - ok x f1a5", "a - ok 0 f1a5 more", "a - ok 0 0000"):
        fresh(line)
        assert slots.choose() == ("", 0), line
    fresh("a - ok 0 f1a5")
    assert slots.choose() == ("a", 0)
    with open("slot", "wb") as f:
        f.write(b"\xff\xfe\x00")
    assert slots.choose() == ("", 0)
    fresh("a - ok 0 -", manifest=None)
    assert slots.choose() == ("a", 0), "flashed by hand, without a manifest"


def test_a_try_that_cannot_be_counted_is_none():
    fresh()
    slots.write("b", "a", "try", 1)
    kept = slots.PATH + ".new"
    os.mkdir(kept)
    try:
        assert slots.choose() == ("a", 0)
        assert not slots.write("a", "-", "ok", 0)
    finally:
        os.rmdir(kept)
