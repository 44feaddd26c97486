"""举起双手，机器问要不要开门；双臂平举，灯就亮。 Hands up: may I open the gate? Arms level: the light is on."""

from gongzhi import Project

project = Project()  # 读 project.toml。 Reads project.toml.
gate, lamp = project["gate"], project["lamp"]

project.when("hands_up", zh="双手举过了头", en="both hands are up").propose(gate, 90, zh="打开大门", en="open the gate")
project.when("arms_level", zh="双臂平举", en="both arms are level").propose(lamp, 1, zh="开灯", en="turn on the light")

project.when_decided = print  # 每个决定都说一声。 Every decision is said aloud.
project.run()
