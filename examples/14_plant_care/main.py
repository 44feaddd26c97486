"""预告什么时候要浇水，说出三种反常。 Forecasts when water is needed, and tells of three things that are odd."""

from gongzhi import Project

project = Project()
soil, air, pump = project["soil"], project["air"], project["pump"]
seen: list[float] = []  # 浇过水以后，每分钟一个读数。 One reading a minute since the last watering.
before: float | None = None  # 浇水前的读数。 The reading before the water came.


def minute():
    """用最近半小时的变化推算。 By the change of the last half an hour."""
    if soil.value is None:  # 没有消息，就什么也不推算。 Nothing is forecast from silence.
        seen.clear()
        return
    if seen and abs(soil.value - seen[-1]) > 15:
        seen.clear()
        project.say(
            zh="土壤读数突然变了很多：探头拔出来了吗？", en="The soil's reading has jumped: is the probe still in?"
        )
    seen.append(soil.value)
    del seen[:-30]
    drier = (seen[0] - seen[-1]) / max(len(seen) - 1, 1)  # % 每分钟 per minute
    if drier > 0 and soil.value > 30:
        minutes = round((soil.value - 30) / drier)
        project.say(zh=f"照这样，大约 {minutes} 分钟后要浇水。", en=f"At this rate: water in about {minutes} minutes.")


def water():
    global before
    before = soil.value
    seen.clear()  # 刚浇过水，以前的变化不算了。 What was before the water counts no more.


def wetter():
    global before
    if before is not None and soil.value is not None and soil.value < before + 3:
        project.say(
            zh="浇了水，土却没变湿：看看水泵、水管和探头。", en="Watered, and no wetter: look at pump, hose and probe."
        )
    before = None


def odd():
    project.say(zh="温度很不寻常，请看看植物和传感器。", en="An unusual temperature: look at the plant and the sensor.")


project.every(60, minute)
project.when(pump > 0).do(water)
project.when(pump <= 0, for_=30).do(wetter)
project.when((air < 5) | (air > 40), for_=5).do(odd)
project.run()
