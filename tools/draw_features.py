"""Takes nothing, gives docs/features.svg: a generated pose and its mirror image with the numbers of it, and a hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from gongzhi.learn import hands, pack
from gongzhi.learn.features import ANGLES, JOINTS, ROWS, Mask, Points, describe, joints, mirror
from gongzhi.learn.generator import Performer, perform
from gongzhi.seen import FINGERS, PlacedHand
from gongzhi.sim.avatar import View, true_hands
from gongzhi.sim.body import solve
from gongzhi.sim.poses import SIGNS

TARGET = Path(__file__).parents[1] / "docs" / "features.svg"
_SCALE = 68  # pixels in a trunk
_BONES = [(1, 2), (1, 3), (3, 5), (2, 4), (4, 6), (1, 7), (2, 8), (7, 8), (7, 9), (9, 11), (8, 10), (10, 12)]
_PALM = 110  # pixels in a palm
_LEFT, _RIGHT, _MIDDLE = "#0072B2", "#D55E00", "#555555"  # Okabe and Ito


def _colour(joint: int) -> str:
    name = JOINTS[joint]
    return _LEFT if name.startswith("left") else _RIGHT if name.startswith("right") else _MIDDLE


def _person(points: Points, seen: Mask, x: float, title: str) -> list[str]:
    """One skeleton about (x, 190), its joints, its axes and the cosines at their joints."""
    at = points.astype(float) * (_SCALE, -_SCALE) + (x, 190)
    values, known = describe(points, seen)
    shoulders = at[1:3].mean(0)
    out = [f'<text x="{x}" y="24" text-anchor="middle" font-weight="bold">{title}</text>']
    out += [f'<line x1="{x}" y1="190" x2="{x + 45}" y2="190" class="axis"/><text x="{x + 48}" y="194">x</text>']
    out += [f'<line x1="{x}" y1="190" x2="{x}" y2="145" class="axis"/><text x="{x + 4}" y="150">y</text>']
    for a, b in _BONES:
        same = _colour(a) if _colour(a) == _colour(b) else _MIDDLE
        out.append(
            f'<line x1="{at[a, 0]:.0f}" y1="{at[a, 1]:.0f}" x2="{at[b, 0]:.0f}" y2="{at[b, 1]:.0f}" stroke="{same}"/>'
        )
    out.append(f'<line x1="{x}" y1="190" x2="{shoulders[0]:.0f}" y2="{shoulders[1]:.0f}" class="trunk"/>')
    for i, name in enumerate(JOINTS):
        if seen[i]:
            out.append(f'<circle cx="{at[i, 0]:.0f}" cy="{at[i, 1]:.0f}" r="5" fill="{_colour(i)}"/>')
        else:
            out.append(f'<text x="{at[i, 0]:.0f}" y="{at[i, 1]:.0f}">{name}?</text>')
    for number, (_, joint, _) in enumerate(ANGLES):
        if known[26 + number]:
            outwards = 12 if at[joint, 0] >= x else -12
            anchor = "start" if outwards > 0 else "end"
            out.append(
                f'<text x="{at[joint, 0] + outwards:.0f}" y="{at[joint, 1] + 16:.0f}" text-anchor="{anchor}" '
                f'fill="{_colour(joint)}">{values[26 + number]:+.2f}</text>'
            )
    out.append(
        f'<text x="{x}" y="345" text-anchor="middle">lean (sin, cos): {values[34]:+.2f}, {values[35]:+.2f}</text>'
    )
    return out


def _hand(x: float, y: float) -> list[str]:
    """The right hand of a drawn person who shows two fingers, in its own frame with the wrist at (x, y)."""
    _, shape = true_hands(solve(SIGNS["two_fingers"]), View())["right"]
    own = hands.in_own_frame(PlacedHand("right", None, shape, 0.0))
    assert own is not None
    at = own[:, :2] * (-_PALM, -_PALM) + (x, y)  # a right hand that shows its palm has its thumb at the picture's left
    out = [f'<text x="{x}" y="24" text-anchor="middle" font-weight="bold">of each hand 20 more</text>']
    out += [f'<line x1="{x}" y1="{y}" x2="{x - 60}" y2="{y}" class="axis"/><text x="{x - 72}" y="{y + 4}">x</text>']
    out += [f'<line x1="{x}" y1="{y}" x2="{at[9, 0]:.0f}" y2="{at[9, 1]:.0f}" class="trunk"/>']
    for first in range(1, 21, 4):
        chain = [0 if first in (1, 5, 17) else first - 4, *range(first, first + 4)]
        points = " ".join(f"{at[i, 0]:.0f},{at[i, 1]:.0f}" for i in chain)
        out.append(f'<polyline points="{points}" fill="none" stroke="{_RIGHT}" stroke-width="4"/>')
    for name, tip in zip(FINGERS, hands.TIPS, strict=True):
        along = f"{own[tip, 0]:+.1f}, {own[tip, 1]:+.1f}, {own[tip, 2]:+.1f}"
        stretched = own[tip, 1] > 1.2
        out.append(f'<circle cx="{at[tip, 0]:.0f}" cy="{at[tip, 1]:.0f}" r="5" fill="{_RIGHT}"/>')
        if stretched:
            anchor, dx = ("end", -9) if name == "index" else ("start", 9)
            out.append(
                f'<text x="{at[tip, 0] + dx:.0f}" y="{at[tip, 1] + 4:.0f}" text-anchor="{anchor}">{along}</text>'
            )
    out.append(f'<text x="{x}" y="345" text-anchor="middle">5 finger tips (x, y, out of the palm),</text>')
    out.append(
        f'<text x="{x}" y="361" text-anchor="middle">where the palm is, where it points, how it is turned</text>'
    )
    return out


def draw() -> str:
    """The picture as SVG text; the same at every call."""
    data = pack.load("wuqinxi")
    frames = perform(data, data.form("bird_fly"), Performer(3, noise=0.0), 20.0).features()
    # The frame in which the ankles are farthest apart in height: one that its mirror image does not resemble.
    frame = max(frames, key=lambda each: float(np.ptp(each.points[[27, 28], 1])) if each.seen[ROWS].all() else 0.0)
    points, seen = joints(frame)
    body = _person(points, seen, 170, "13 joints, 8 cosines, lean") + _person(
        *mirror(points, seen), 470, "mirror image"
    )
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 920 385" font-family="sans-serif" font-size="12">',
            "<style>line{stroke-width:4;stroke-linecap:round}.axis{stroke:#000;stroke-width:1}"
            ".trunk{stroke:#009E73;stroke-width:2;stroke-dasharray:5 5}</style>",
            '<rect width="920" height="385" fill="#fff"/>',
            *body,
            *_hand(770, 310),
            f'<text x="20" y="373" fill="{_LEFT}">the person’s left</text>',
            f'<text x="150" y="373" fill="{_RIGHT}">the person’s right</text>',
            '<text x="290" y="373" fill="#009E73">dashed: the trunk, length 1; mid-hip is (0, 0)</text>',
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    TARGET.write_text(draw(), encoding="utf-8")
