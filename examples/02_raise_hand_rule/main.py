"""举一只手：灯亮，机器问要不要按铃。 One hand up: the light goes on, and the machine asks whether to ring."""

from gongzhi import Project

project = Project()

hand = project.when("question", zh="有人举着一只手", en="somebody holds one hand up")
hand.propose(project["lamp"], 1, zh="亮提问灯", en="turn on the question light")
hand.propose(project["bell"], 880, zh="响一声铃", en="ring the bell", hold=1)

project.run()
