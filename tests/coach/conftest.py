"""Courses by generated performers whom the patterns were not made from."""

import pytest
from gongzhi.coach.coach import Coach
from gongzhi.learn import pack
from gongzhi.learn.course import keypoints, perform_course, whole
from gongzhi.learn.generator import Performer
from gongzhi.values import Keypoints

SIZE = (640, 480)


@pytest.fixture(scope="session")
def wuqinxi():
    return pack.load("wuqinxi")


@pytest.fixture(scope="session")
def watch(wuqinxi):
    """Let a coach watch a course: the course, what each frame gave, and all events with their times."""

    def run(order, seed=41, style=8.0, noise=0.03, fps=10.0, amplitude=1.0, hide=None, legs=True, stop=None):
        who = Performer(seed, style=style, noise=noise)
        course = perform_course(wuqinxi, order, who, fps=fps, amplitude=amplitude, stand=4.0)
        xy, score = keypoints(course, who, lost=0.0)
        coach, frames, events = Coach(wuqinxi, legs=legs), [], []
        for i, t in enumerate(course.t[:stop]):
            seen = hide is None or not hide(float(t))
            points = Keypoints(xy[i], score[i], float(t), i, SIZE, "truth") if seen else None
            actions, new = coach.see(points, float(t))
            frames.append((float(t), actions, coach.guess))
            events += [(float(t), each) for each in new]
        events += [(frames[-1][0], each) for each in coach.end()]
        return course, frames, events

    return run


@pytest.fixture(scope="session")
def middle(wuqinxi, watch):
    """One repetition of each form at the middle level of noise (`gongzhi bench wuqinxi`)."""
    return watch(whole(wuqinxi, 1), seed=42, style=10.0, noise=0.04, amplitude=0.9)
