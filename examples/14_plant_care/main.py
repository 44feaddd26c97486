"""看土壤变干的速度，预告什么时候要浇水。 Forecasts when water is needed, and tells of odd temperatures."""

from gongzhi import Project

project = Project()
soil, air = project["soil"], project["air"]
seen: list[float] = []


def forecast():
    """每分钟记一次，用最近的变化推算。 Once a minute, from the latest change."""
    if soil.value is None:
        return
    seen.append(soil.value)
    del seen[:-30]
    drier = (seen[0] - seen[-1]) / max(len(seen) - 1, 1)  # % 每分钟 per minute
    if drier > 0 and soil.value > 30:
        minutes = round((soil.value - 30) / drier)
        project.say(zh=f"照这样，大约 {minutes} 分钟后要浇水。", en=f"At this rate: water in about {minutes} minutes.")


def odd():
    project.say(zh="温度很不寻常，请看看植物和传感器。", en="An unusual temperature: look at the plant and the sensor.")


project.every(60, forecast)
project.when((air < 5) | (air > 40), for_=5).do(odd)
project.run()
