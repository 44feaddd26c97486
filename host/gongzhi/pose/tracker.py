"""Takes pictures with their times, gives the person in front: detect once, then follow from frame to frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gongzhi.pose.detector import Detection, Detector
from gongzhi.pose.filters import LowPass, OneEuro
from gongzhi.pose.landmarks import POINTS, Landmarker, Landmarks
from gongzhi.pose.roi import SCALE, Roi, body_roi

PRESENCE: Final = 0.5  # MediaPipe: ThresholdingCalculator on the pose flag
_CANDIDATES: Final = 3  # detections looked at closely in one frame, so that its time is bounded
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
    """BlazePose as a tracker of one person, the one in front.

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
        self._roi: Roi | None = None
        self._shape: tuple[int, ...] = ()
        self._t = -math.inf

    def reset(self) -> None:
        """Forget whom we follow: the next picture is looked at afresh."""
        self._roi = None
        self._points.reset()
        self._visibility.reset()

    def __call__(self, image: NDArray[np.uint8], t: float) -> Pose | None:
        """The person in front in `image` (h, w, 3) uint8 RGB of time `t` seconds; None when nobody is there."""
        if image.shape != self._shape or not 0 <= t - self._t <= _STALE:
            self.reset()
        self._shape, self._t = image.shape, t
        found = None if self._roi is None else self._look(image, self._roi)
        tracked = found is not None
        if found is None:
            # Looking again in the same frame, and not in the next as MediaPipe does, spares a frame without a person.
            self.reset()
            found = self._detect(image)
        if found is None:
            return None
        return self._smooth(found, t, tracked)

    def _look(self, image: NDArray[np.uint8], roi: Roi) -> Landmarks | None:
        """The landmarks in `roi`, None when nobody is there."""
        found = self.landmarker(image, roi)
        return found if found is not None and found.presence >= PRESENCE else None

    def _detect(self, image: NDArray[np.uint8]) -> Landmarks | None:
        """The landmarks of the largest person whom the detector and then the landmark model see."""
        people: list[Detection] = sorted(self.detector(image), key=lambda person: -person.roi.size)
        for person in people[:_CANDIDATES]:
            found = self._look(image, person.roi)
            if found is not None:
                return found
        return None

    def _smooth(self, found: Landmarks, t: float, tracked: bool) -> Pose | None:
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
