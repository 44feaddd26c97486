"""Takes pictures with their times, gives the person in front: detect once, then follow from frame to frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gongzhi.pose.choice import WAIT, Find, Lost, front, seen
from gongzhi.pose.count import count
from gongzhi.pose.detector import Detector
from gongzhi.pose.filters import LowPass, OneEuro
from gongzhi.pose.landmarks import POINTS, Landmarker, Landmarks
from gongzhi.pose.mat import Mat
from gongzhi.pose.roi import SCALE, Roi, body_roi

PRESENCE: Final = 0.5  # MediaPipe: ThresholdingCalculator on the pose flag
_CANDIDATES: Final = 3  # detections looked at closely in one frame, so that its time is bounded
_AROUND: Final = 2.0  # seconds between two looks around for others while somebody is followed
CHANGE: Final = 0.5  # seconds; longer than a hold lives on without a person (identify.GAP)
_STALE: Final = 1.0  # seconds without a frame after which the old place says nothing

# MediaPipe's pose_landmark_filtering.pbtxt. The visibility's share 0.1 is per frame there, tuned at 30 frames/s.
_MIN_CUTOFF: Final = np.array(POINTS * [[0.05]] + 2 * [[0.01]])  # hertz: landmarks, then alignment points
_BETA: Final = np.array(POINTS * [[80.0]] + 2 * [[10.0]])
_VISIBILITY_FILTER: Final = (0.1, 1 / 30)


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """One person in one picture: `xy` (33, 2) float32 pixels, `score` (33,) float32 0..1 visible, `tracked` whether
    the person was followed from the frame before (and not just detected)."""

    xy: NDArray[np.float32]
    score: NDArray[np.float32]
    tracked: bool


class BlazePose:
    """BlazePose as a tracker of one person, the one in front: of the others nothing is given, and only their number
    is kept, in `others`, as of the last look around.

    Who is followed stays followed. Once lost among others, they are waited for and nobody is given meanwhile (WAIT):
    whoever stands elsewhere may be somebody else. Where there is a `mat`, whoever stands on it goes before all others:
    of several they are chosen, and where somebody is followed who does not stand on it, the next look around goes over
    to who does, after half a second (CHANGE) in which nobody is given, so that no hold passes from one to the other.
    While somebody on the mat is followed, those beside it do not count as others.

    Making one sets OpenCV's threads for this process to as many as the interpreter has, not to all cores: cutting
    out the square is then 0.13 ms quicker than with one thread, with no longer tail beside a busy process (measured:
    models/blazepose/README.md). Not to be shared between threads.
    """

    def __init__(self, detector: bytes, landmarks: bytes, threads: int | None = None) -> None:
        """`detector` and `landmarks` are the two models' bytes. Raises ModelError when one cannot be run."""
        self.detector = Detector(detector, threads)
        self.landmarker = Landmarker(landmarks, threads)
        cv2.setNumThreads(self.landmarker.threads)
        self._points = OneEuro(_MIN_CUTOFF, _BETA)
        self._visibility = LowPass(*_VISIBILITY_FILTER)
        self.others = 0
        self.mat: Mat | None = None  # may be set by another thread
        self._change = -math.inf  # until then nobody is given, because it will be somebody else
        self._roi: Roi | None = None
        self._lost: Lost | None = None
        self._looked = -math.inf  # when we last looked around
        self._shape: tuple[int, ...] = ()
        self._t = -math.inf

    def reset(self) -> None:
        """Forget whom we follow: the next picture is looked at afresh."""
        self._let_go()
        self._lost, self.others, self._change = None, 0, -math.inf

    def __call__(self, image: NDArray[np.uint8], t: float) -> Pose | None:
        """The person in front in `image` (h, w, 3) uint8 RGB of time `t` seconds; None when nobody is there."""
        if image.shape != self._shape or not 0 <= t - self._t <= _STALE:
            self.reset()
        self._shape, self._t = image.shape, t
        roi = self._roi
        found = None if roi is None else self._look(image, roi)
        if roi is not None and found is not None:
            if t - self._looked < _AROUND or not self._goes_over(image, t, Find(roi, found)):
                return self._smooth(found, t, tracked=True)
            self._let_go()
            self._lost, self._change, roi = None, t + CHANGE, None
        if roi is not None:
            self._let_go()
            self._lost = Lost(roi, t, self.others > 0)
        if t < self._change:
            return None
        # Looking again in the same frame, and not in the next as MediaPipe does, spares a frame without a person.
        finds = self._search(image, t)
        if (mat := self.mat) is not None:
            size = (image.shape[1], image.shape[0])
            on_mat = [one for one in finds if one.on(mat, size)]
            finds = on_mat or finds
        find = self._choose(finds, t)
        return None if find is None else self._smooth(find.found, t, tracked=False)

    def count(self, image: NDArray[np.uint8]) -> int:
        """How many people are in `image`, looked for more closely than for whom to follow; some ten times as long."""
        return count(image, self.detector, lambda roi: self._look(image, roi))

    def _goes_over(self, image: NDArray[np.uint8], t: float, whom: Find) -> bool:
        """Look around for others; whether one of them is to be followed now instead of `whom`."""
        finds, mat, size = self._search(image, t, besides=whom.roi), self.mat, (image.shape[1], image.shape[0])
        on_mat = [one for one in finds if mat is not None and one.on(mat, size)]
        if mat is None or not whom.on(mat, size):
            self.others = len(finds)
            return bool(on_mat)
        self.others = len(on_mat)
        return False

    def _let_go(self) -> None:
        """Follow nobody any more."""
        self._roi = None
        self._points.reset()
        self._visibility.reset()

    def _look(self, image: NDArray[np.uint8], roi: Roi) -> Landmarks | None:
        """The landmarks in `roi`, None when nobody is there."""
        found = self.landmarker(image, roi)
        return found if found is not None and found.presence >= PRESENCE else None

    def _search(self, image: NDArray[np.uint8], t: float, besides: Roi | None = None) -> list[Find]:
        """The people whom the detector and then the landmark model see, those in front first, without the one in
        the square `besides`."""
        self._looked = t
        people = front((person.roi for person in self.detector(image)), image.shape[1])
        return seen(people[:_CANDIDATES], lambda roi: self._look(image, roi), besides)

    def _choose(self, finds: list[Find], t: float) -> Find | None:
        """Whom to follow from now on: who was lost, or else the one in front; None when nobody is to be followed."""
        self.others = len(finds)
        if (lost := self._lost) is not None:
            if t - lost.t >= WAIT:
                self._lost = None
            elif (again := lost.again(finds)) is not None:
                self._lost, self.others = None, len(finds) - 1
                return again
            elif lost.waited_for(finds, t):
                self._lost = lost.crowded()
                return None
        if not finds:
            return None
        self._lost, self.others = None, len(finds) - 1
        return finds[0]

    def _smooth(self, found: Landmarks, t: float, *, tracked: bool) -> Pose | None:
        """Filter the landmarks and set the square for the next frame; None when they make no body."""
        body = _roi_of(found.points)
        if body is None:
            self.reset()
            return None
        # MediaPipe's OBJECT_SCALE_ROI: the square before its margin.
        smooth = self._points(found.points, t, body.size / SCALE).astype(np.float32)
        self._roi = _roi_of(smooth)
        score = self._visibility(found.visibility, t).astype(np.float32)
        return Pose(smooth[:POINTS].copy(), score, tracked)

    def close(self) -> None:
        """Let go of both models."""
        self.detector.close()
        self.landmarker.close()


def _roi_of(points: NDArray[np.float32]) -> Roi | None:
    """The square that the last two of the 35 points ask for."""
    (hip_x, hip_y), (top_x, top_y) = points[POINTS:].tolist()
    return body_roi((hip_x, hip_y), (top_x, top_y))
