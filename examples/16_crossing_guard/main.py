"""数一数：现在看见几个人在等，等过几次，放行了几次；不认人。 Counts who waits now, and how often it opened."""

from gongzhi import Project

project = Project()
waiting, gate, people = project["waiting"], project["gate"], project["people"]
came, let = 0, 0


def tell():
    seen = "看不清人" if people.value is None else f"看见 {people.value:.0f} 人"
    saw = "the camera cannot tell" if people.value is None else f"people seen: {people.value:.0f}"
    project.say(
        zh=f"{seen}；等过 {came} 次，放行 {let} 次。", en=f"{saw}; waited for {came} times, opened {let} times."
    )


def comes():
    global came
    came += 1
    tell()


def opens():
    global let
    let += 1
    tell()


people.when_changed = tell
project.when("waiting < 40 or wish", for_=1).do(comes)
project.when(gate > 60).do(opens)
project.run()
