"""Takes a project's folder, gives what stands in its project.toml: checked, whole, and as frozen values."""

from __future__ import annotations

from gongzhi.project.manifest import Manifest as Manifest
from gongzhi.project.manifest import load as load
from gongzhi.project.parts import Board as Board
from gongzhi.project.parts import Part as Part
from gongzhi.project.reader import ROLES as ROLES
