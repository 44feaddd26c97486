"""Takes a rule of one line such as "left_wrist above nose and right_elbow angle < 90", gives how well a pose keeps it.

docs/learning.md has the words. A rule gives a slack as the rules of `identify` do: 0 where the pose begins, -1 where
it ends, so that one that is just at the edge does not flicker.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final, NoReturn

from gongzhi import finger_measure as fingers
from gongzhi.config import nearest
from gongzhi.pose_measure import (
    ANGLE_SLACK,
    GROUPS,
    HEAD,
    JOINTS,
    LENGTH_SLACK,
    Test,
    Value,
    all_of,
    angle,
    any_of,
    height,
    lean,
    needed,
    none_of,
    relation,
)  # fmt: skip
from gongzhi.seen import FINGERS
from gongzhi.stages.identify import Need
from gongzhi.text import N_, Later
from gongzhi.values import LANDMARK, Features

# Trunks; about the length of a hand, 0.108 body heights, over a trunk of 0.288 (Winter, fig. 4.1).
NEAR: Final = 0.3
MOST: Final = 300  # characters of a rule
_DEEP: Final = 12  # brackets and "not" inside one another

TRUNK: Final = "trunk"
UP: Final = ("up", "bent")
RELATIONS: Final = ("above", "below", "left_of", "right_of", "near")
MEASURES: Final = {"angle": (0.0, 180.0), "height": (-4.0, 4.0), "lean": (0.0, 180.0), fingers.COUNT: (0.0, 5.0)}
_CHINESE: Final = {
    "左": "left", "右": "right", "手腕": "wrist", "手肘": "elbow", "肘": "elbow", "肩": "shoulder", "肩膀": "shoulder",
    "髋": "hip", "胯": "hip", "膝": "knee", "膝盖": "knee", "脚踝": "ankle", "踝": "ankle", "眼": "eye", "眼睛": "eye",
    "耳": "ear", "耳朵": "ear", "脚跟": "heel", "脚尖": "foot_index", "鼻子": "nose", "头": HEAD, "头顶": HEAD,
    "双手": "hands", "双肘": "elbows", "双肩": "shoulders", "双髋": "hips", "双膝": "knees", "双脚": "feet",
    "躯干": TRUNK, "身体": TRUNK, "高于": "above", "低于": "below", "左于": "left_of", "右于": "right_of",
    "靠近": "near", "角度": "angle", "高度": "height", "倾斜": "lean", "并且": "and", "且": "and", "或者": "or",
    "或": "or", "不": "not", "超出": "by", "相距": "by", "大于": ">", "小于": "<", "等于": "==", "不等于": "!=",
    "至少": ">=", "至多": "<=", "手": "hand", "拇指": "thumb", "大拇指": "thumb", "食指": "index", "中指": "middle",
    "无名指": "ring", "小指": "pinky", "小拇指": "pinky", "伸直": "up", "伸出": "up", "弯着": "bent", "弯曲": "bent",
    "手指数": "fingers", "手指": "fingers", "的": "",
}  # fmt: skip
# Chinese is written without spaces, so its words are looked for, the longest first.
_TOKEN: Final = re.compile(
    r"\s*(?:([()])|([<>]=?|[=!]=)|(-?\d+(?:\.\d+)?)(?:°|度)?|("
    + "|".join(sorted(_CHINESE, key=len, reverse=True))
    + r"|[A-Za-z_]\w*)|(.))",
    re.DOTALL | re.ASCII,
)
_WIDE: Final = str.maketrans("（）＜＞＝！　", "()<>=! ")
_COMMON: Final = ("nose", *(f"{side}_{joint}" for joint in ("wrist", "elbow", "shoulder", "hip", "knee", "ankle")
                            for side in ("left", "right")))  # fmt: skip


class RuleError(ValueError):
    """What is wrong with a rule: `what`, and `hint` what to do, both with `values`; shown in the user's language."""

    def __init__(self, what: str, hint: str, /, **values: Any) -> None:
        super().__init__(str(Later(what, values)))
        self.what, self.hint, self.values = what, hint, values


class PoseRule:
    """A parsed rule; call it with features for its slack. Raises RuleError when the text is no rule."""

    def __init__(self, text: str) -> None:
        self.text = text
        parser = _Parser(text)
        self._test = parser.whole()
        self.hands = parser.hands
        """Whether it speaks of fingers, so that hands are looked for."""

    def __eq__(self, other: object) -> bool:
        """Two rules of the same words are the same: what a file said before it was saved again is known by that."""
        return isinstance(other, PoseRule) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __call__(self, features: Features) -> float:
        """The slack; minus infinity where what it speaks of is not seen."""
        found = self._test(features)
        return -math.inf if found is None else found


class _Parser:
    """From words to a test: `or` joins what `and` joins; `not` and brackets bind most."""

    def __init__(self, text: str) -> None:
        if len(text) > MOST:
            raise RuleError(N_("the rule is too long"), N_("Write at most {most} characters."), most=MOST)
        self._tokens, self._at, self._deep = _tokens(text), 0, 0
        self.hands = False

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        word = self._peek()
        self._at += 1
        return word

    def _unknown(self, word: str, known: list[str]) -> NoReturn:
        if not word:
            raise RuleError(N_("the rule ends too early"), N_("Possible here: {known}."), known=", ".join(known))
        raise RuleError(
            N_("“{word}” does not fit here"),
            N_("Did you mean “{near}”? Possible here: {known}."),
            word=word,
            near=nearest(word, known) or nearest(word, [*known, *LANDMARK]) or known[0],
            known=", ".join(known),
        )

    def whole(self) -> Test:
        test = self._or()
        if self._peek():
            self._unknown(self._peek(), ["and", "or"])
        return test

    def _or(self) -> Test:
        tests = [self._and()]
        while self._peek() == "or":
            self._next()
            tests.append(self._and())
        return tests[0] if len(tests) == 1 else any_of(tests)

    def _and(self) -> Test:
        tests = [self._one()]
        while self._peek() == "and":
            self._next()
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else all_of(tests)

    def _one(self) -> Test:
        self._deep += 1
        if self._deep > _DEEP:
            raise RuleError(N_("there are too many brackets in one another"), N_("Write two poses instead of one."))
        try:
            return self._bracket()
        finally:
            self._deep -= 1

    def _bracket(self) -> Test:
        if self._peek() == "not":
            self._next()
            return none_of(self._one())
        if self._peek() == "(":
            self._next()
            test = self._or()
            if self._next() != ")":
                raise RuleError(N_("a bracket is not closed"), N_("Write one ) for each (."))
            return test
        return self._clause()

    def _clause(self) -> Test:
        what = self._next()
        if what == TRUNK:
            if self._next() != "lean":
                self._at -= 1
                self._unknown(self._next(), ["lean"])
            return all_of(self._compared("lean", [lean]))
        if what in fingers.HANDS or what == fingers.COUNT or (what in fingers.NAMES and self._peek() in UP):
            self.hands = True
            return self._fingers(what)
        names = self._names(what)
        word = self._next()
        if word in RELATIONS:
            other = self._next()
            others = self._names(other)
            margin = self._margin(word)
            return all_of([relation(word, one, two, margin) for one in names for two in others if one != two])
        if word == "angle" and not all(_joint(name) for name in names):
            self._unknown(what, [f"{side}_{joint}" for joint in JOINTS for side in ("left", "right")])
        if word in ("angle", "height"):
            return all_of(self._compared(word, [angle(n) if word == "angle" else height(n) for n in names]))
        return self._unknown(word, [*RELATIONS, "angle", "height"])

    def _fingers(self, what: str) -> Test:
        """`left_index up`, `right_hand fingers == 2`, `fingers of right_hand == 2`."""
        if what in fingers.NAMES:
            test = fingers.up(what)
            return test if self._next() == UP[0] else none_of(test)
        hand = what
        if what == fingers.COUNT:
            if self._peek() == "of":
                self._next()
            hand = self._next()
            if hand not in fingers.HANDS:
                self._unknown(hand, [*fingers.HANDS])
        elif (word := self._next()) != fingers.COUNT:
            self._unknown(word, [fingers.COUNT])
        sign = self._next()
        if sign not in ("<", "<=", ">", ">=", "==", "!="):
            self._unknown(sign, ["==", "!=", "<", ">"])
        number, (low, high) = self._number(), MEASURES[fingers.COUNT]
        if not (low <= number <= high and number == int(number)):
            raise RuleError(
                N_("{number:g} is no number of fingers"), N_("A hand has 0 to 5, the thumb among them."), number=number
            )
        return fingers.count(fingers.HANDS[hand], sign, int(number))

    def _names(self, word: str) -> tuple[str, ...]:
        if word in GROUPS:
            return GROUPS[word]
        if word in fingers.NAMES and word not in LANDMARK:
            self._unknown(self._peek(), [*UP])
        if word != HEAD and word not in LANDMARK:
            self._unknown(word, [*GROUPS, HEAD, TRUNK, *_COMMON, *fingers.HANDS, *fingers.NAMES])
        return (word,)

    def _number(self) -> float:
        word = self._next()
        try:
            return float(word)
        except ValueError:
            raise RuleError(
                N_("a number is missing before “{word}”"), N_("Write such as 90 or 0.5."), word=word
            ) from None

    def _margin(self, relation: str) -> float:
        if self._peek() != "by":
            return NEAR if relation == "near" else 0.0
        self._next()
        return self._number()

    def _compared(self, measure: str, values: list[Value]) -> list[Test]:
        sign = self._next()
        if sign[:1] not in ("<", ">") or not sign:
            self._unknown(sign, ["<", ">"])
        number, (low, high) = self._number(), MEASURES[measure]
        if not low <= number <= high:
            raise RuleError(
                N_("{number:g} is no {measure}"),
                N_("Angles and lean are 0 to 180 degrees; a height is in trunks above the hips, the shoulders at 1."),
                number=number, measure=measure,
            )  # fmt: skip
        slack = LENGTH_SLACK if measure == "height" else _angle_slack(number, less=sign[0] == "<")
        need = Need(number, number + slack if sign[0] == "<" else number - slack)
        return [needed(need, value) for value in values]


def _angle_slack(number: float, *, less: bool) -> float:
    """Degrees between where an angle begins and ceases to be good; what is near 0 or 180 must be able to cease."""
    return min(ANGLE_SLACK, 0.4 * max((180.0 - number) if less else number, 1.0))


def _tokens(text: str) -> list[str]:
    """The words, in English; "left wrist" and "左手腕" are left_wrist."""
    found: list[str] = []
    for bracket, sign, number, word, other in _TOKEN.findall(text.translate(_WIDE)):
        if other.strip():
            raise RuleError(
                N_("“{word}” does not fit here"),
                N_("A rule has words, numbers, < and >, and brackets."),
                word=other,
            )
        word = _CHINESE.get(word, word.lower())
        if found and found[-1] in ("left", "right") and word:
            word = f"{found.pop()}_{word}"
        elif found and found[-1] in fingers.HANDS and word in FINGERS:  # as in 右手食指
            word = f"{fingers.HANDS[found.pop()]}_{word}"
        token = bracket or sign or number or word
        if token:
            found.append(token)
    return found


def _joint(name: str) -> bool:
    return name.partition("_")[2] in JOINTS
