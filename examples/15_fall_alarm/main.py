"""警铃一响，页面上就有一条消息：拿着手机的人去看看。 Once the alarm sounds, everybody at the page is told."""

from gongzhi import Project

project = Project()
alarm, imu = project["alarm"], project["imu"]


def tell():
    lies = "腰间的传感器也说躺着" if imu.value is not None and imu.value > 60 else "请先看看人"
    belt = "the belt says lying, too" if imu.value is not None and imu.value > 60 else "look at the person first"
    project.say(zh=f"警铃响了：请马上过去看看（{lies}）。", en=f"The alarm sounds: go and look at once ({belt}).")


def over():
    project.say()


project.when(alarm > 0).do(tell)
project.when(alarm <= 0, for_=30).do(over)
project.run()
