"""挥手：机器问要不要升旗；叉腰：灯亮。 A wave: may I raise the flag? Hands on hips: the light is on."""

from gongzhi import Project

project = Project()

project.when("wave", zh="有人在挥手", en="somebody waves").propose(
    project["flag"], 90, zh="升起小旗", en="raise the flag"
)
project.when("hands_on_hips", zh="有人叉着腰", en="somebody has hands on hips").propose(
    project["lamp"], 1, zh="开灯", en="turn on the light"
)

project.run()
