"""Takes the mat from project.toml or from the page, gives it to the estimator, the page and the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gongzhi.errors import ConfigError
from gongzhi.pose.mat import Mat, MatError, mat_of
from gongzhi.project.edit import set_mat
from gongzhi.runtime.face import Face
from gongzhi.stages.estimate import Estimator
from gongzhi.text import N_


class Floor:
    """Where people stand. All methods belong to the asyncio thread."""

    def __init__(self, file: Path, mat: Mat | None, estimator: Estimator, face: Face) -> None:
        """`file` is the project.toml that says `mat`."""
        self._file, self._estimator, self._face = file, estimator, face
        self._last: Mat | None = None
        self.use(mat)

    def use(self, mat: Mat | None) -> None:
        """Go by this mat from now on."""
        can = self._estimator.prefer(mat)
        self._last = mat
        self._face.post({"type": "mat", "corners": [] if mat is None else [*mat.corners], "can": can})

    def put(self, corners: Sequence[tuple[float, float]]) -> None:
        """Somebody at the page has put the mat there, or (no corners) taken it away: used at once, and kept."""
        try:
            mat = mat_of(corners)
        except MatError as error:
            self._face.notice("mat", "warn", "{what}. {hint}", what=error.what, hint=error.hint)
            self.use(self._last)
            return
        self.use(mat)
        try:
            set_mat(self._file, mat)
        except ConfigError as error:
            message = N_("The mat is in use until the project ends, but not kept.\n{why}")
            self._face.notice("mat", "warn", message, why=error)
            return
        self._face.notice("mat", "info", "", on=False)
