"""数一数：来等的有几个，放行了几次；不认人。 Counts who came to wait and how often the gate opened."""

from gongzhi import Project

project = Project()
waiting, gate = project["waiting"], project["gate"]
came, let = 0, 0


def tell():
    project.say(zh=f"等过 {came} 人次，放行 {let} 次。", en=f"{came} came to wait, the gate has opened {let} times.")


def comes():
    global came
    came += 1
    tell()


def opens():
    global let
    let += 1
    tell()


project.when(waiting < 40, for_=1).do(comes)
project.when(gate > 60).do(opens)
project.run()
