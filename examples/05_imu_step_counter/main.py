"""数脚步：力的每一个波峰是一步，但只有模型说“在走”才算数。 A peak of force is a step, if the model says “walking”."""

from gongzhi import Project

HIGH, LOW = 1.08, 1.0  # g：高过一个算一步，低过另一个才等下一步。 Above one is a step, below the other ends it.
QUICKEST = 0.25  # s：两步不会更近。 Two steps are never closer.
COLOURS = [0x000000, 0x103000, 0x304000, 0x605000, 0x904000, 0xC02000, 0xFF0000]

project = Project()
imu, ring = project["imu"], project["ring"]
steps, walking = 0, False
waiting: list[float] = []  # 还没算数的脚步（时间）。 Steps (times) that do not count yet.
force, up, last = 1.0, False, -1.0


def feel(samples):
    """每 0.4 秒来一批采样。 A batch of samples each 0.4 s."""
    global force, up, last
    for now in samples:
        size = (now.x**2 + now.y**2 + now.z**2) ** 0.5
        force += (size - force) * 0.5  # 抹平脚跟的震动 smooths the ringing of the heel
        if not up and force > HIGH and now.t - last > QUICKEST:
            up, last = True, now.t
            waiting.append(now.t)
        elif force < LOW:
            up = False
    waiting[:] = [t for t in waiting if now.t - t < 4]
    if walking:
        count()


def count():
    """等着的脚步都算数；每满十步，灯环换一种颜色。 Those that wait count; each ten change the ring's colour."""
    global steps
    before, steps = steps, steps + len(waiting)
    waiting.clear()
    project.say(zh=f"{steps} 步", en=f"{steps} steps")
    if steps // 10 > before // 10:
        tens = min(steps // 10, len(COLOURS) - 1)
        why = {"zh": f"走了 {steps} 步", "en": f"{steps} steps were walked"}
        ring.propose(COLOURS[tens], because=why, zh=f"第 {tens} 种颜色", en=f"colour {tens}", hold=3600)


def walk():
    """模型看了两秒才肯定；这两秒里的脚步也是走出来的。 It took the model 2 s to be sure: those steps count, too."""
    global walking
    walking = True
    count()


def rest():
    global walking
    walking = False
    waiting.clear()


def decided(one):
    """有人同意归零。 Somebody has agreed to the reset."""
    global steps
    if one.resource == "ring.rgb" and one.value == 0 and one.state == "done":
        steps = 0
        project.say(zh="0 步", en="0 steps")


imu.when_sampled = feel
project.when("walk").do(walk, end=rest)
project.when_decided = decided
project.run()
