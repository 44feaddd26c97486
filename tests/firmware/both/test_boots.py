"""How often a board has started, and when it should keep still."""

from gongzhi_node import boots


def started(*causes):
    return [boots.count(cause, "n") for cause in causes]


def fresh():
    with open("n", "w") as f:
        f.write("0 0")


def test_boots_are_counted():
    fresh()
    assert started("power", "watchdog", "soft") == [(1, False), (2, False), (3, False)]
    with open("n", "w") as f:
        f.write("x")
    assert started("power") == [(1, False)]
    with open("n", "w") as f:
        f.write("41")
    assert started("hard") == [(42, False)], "as an older firmware wrote it"
    assert boots.count("power", "no/such/folder/n") == (0, False)


def test_five_short_lives_in_a_row_are_enough():
    fresh()
    assert [safe for _, safe in started("watchdog", "hard", "soft", "other", "watchdog")] == [False] * 4 + [True]
    assert started("hard") == [(6, True)]
    boots.good("n")
    assert started("hard") == [(7, False)], "it lasted for a minute, safe as it was"


def test_a_start_by_hand_and_a_long_life_end_the_row():
    for between in ("power", "sleep"):
        fresh()
        started("hard", "hard", "hard", "hard", between)
        assert not started("hard")[0][1], between
    fresh()
    started("hard", "hard", "hard", "hard")
    boots.good("n")
    assert not started("hard")[0][1]


def test_a_good_start_writes_nothing_that_stands_there():
    fresh()
    started("power")
    with open("n") as f:
        text = f.read()
    boots.good("n")
    with open("n") as f:
        assert f.read() == text == "1 0"
