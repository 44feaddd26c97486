"""Takes nothing, gives the golden set of examples/04_wuqinxi_coach/taught: repetitions of drawn people, as a coach of
五禽戏 sees them, none of whom any pattern was made from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from gongzhi.coach.coach import Coach
from gongzhi.coach.taught import told
from gongzhi.learn import golden, pack
from gongzhi.learn.course import keypoints, perform_course
from gongzhi.learn.files import encode
from gongzhi.learn.generator import Performer
from gongzhi.learn.recording import Recording, head_of, write_file

TO: Final = Path(__file__).parents[1] / "examples" / "04_wuqinxi_coach" / "taught" / golden.FOLDER
# Pack, movement, label, and by how many people.
MOVEMENTS: Final = (
    ("wuqinxi", "tiger_lift", "tiger_lift", 1),
    ("wuqinxi", "closing", "closing", 1),
    ("wuqinxi", "transition", "transition", 1),
    ("baduanjin", "hold_heavens", "两手托天", 2),
)
PEOPLE: Final = (8101, 8102)
FPS: Final = 5.0


def shown(name: str, form: str, seed: int) -> Recording:
    """What a coach of 五禽戏 keeps of one repetition."""
    data, who = pack.load(name), Performer(seed, child=seed % 2 == 1, style=5.0, noise=0.02)
    course = perform_course(data, [(data.form(form), "")], who, fps=10.0, tempo=(0.95, 1.05), stand=4.0)
    xy, score = keypoints(course, who, lost=0.0)
    (one,) = told(Coach(pack.load("wuqinxi")), course.t, xy, score, (640, 480))
    assert one.shown is not None
    return one.shown


def main() -> None:
    """Write the golden set anew."""
    for name, movement, label, people in MOVEMENTS:
        for number, performer in enumerate(PEOPLE[:people]):
            kept = shown(name, movement, performer)
            head = head_of(label, kept.head.size, person="drawn", session=f"golden{number}", source="drawn")
            few = slice(None, None, round(10.0 / FPS))
            less = replace(kept, head=head, t=kept.t[few], xy=kept.xy[few].round(1), score=kept.score[few])
            write_file(TO / f"{movement}-{number + 1}.jsonl", encode(less))
            print(f"{movement}-{number + 1}: {less.seconds:.1f} s")


if __name__ == "__main__":
    main()
