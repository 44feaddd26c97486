"""出题：画出来的人做五禽戏的八个动作。 Makes the task: drawn people, no real ones, do eight movements of 五禽戏."""

import sys
from pathlib import Path

from gongzhi.challenge import making
from gongzhi.learn import dataset, pack
from gongzhi.learn.generator import Performer, perform

FORMS = [
    "tiger_lift",
    "tiger_pounce",
    "deer_antlers",
    "deer_run",
    "bear_rotate",
    "ape_pick",
    "bird_stretch",
    "bird_fly",
]
SECONDS = 37.0  # of each movement by each person: three windows of 12 s
STYLE, NOISE = 20.0, 0.1  # people do it very differently, and are seen badly: else everything would be right


def make(folder, people):
    """The task in `folder`; every second of the people is a child."""
    made = dataset.create(
        folder / "source", dataset.About(name="五禽戏（画出来的人 drawn people）", labels=FORMS, rate=2.5)
    )
    forms = pack.load("wuqinxi")
    for seed in range(people):
        for form in FORMS:
            who = Performer(seed, child=seed % 2 == 1, style=STYLE, noise=NOISE)
            made.add(perform(forms, forms.form(form), who, SECONDS))
    wish = making.Wish(
        "wuqinxi-drawn",
        "五禽戏识别（画出来的人）",
        "Eight movements of drawn people",
        "person",
        words=making.known_words(FORMS),
    )
    return making.make(made, folder / "task", wish)


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "contest")
    print(make(target, int(sys.argv[2]) if len(sys.argv) > 2 else 50).folder)
