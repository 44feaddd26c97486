"""Takes a tune in numbered notation (简谱), as pupils write it, gives its notes as a buzzer plays them.

    "1 1 5 5 6 6 5-"            do do so so la la so: a number is one beat, each - one more
    "bpm=90 1_ 1_ 2 1 4' 3-"    _ halves a note, a . behind it makes it longer by half; ' is an octave up, a comma down
    "5. 6_ #4 b7 0 | 1"         # and b before a number; 0 is a rest; | divides bars and is not heard

1 is C5 (523 Hz), for a small buzzer says little below; without bpm there are 120 beats a minute.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from gongzhi.errors import BoardError
from gongzhi.text import N_

MOST: Final = 4  # tunes of one part
MOST_NOTES: Final = 64  # of all of them: 512 bytes of a board's heap
_BUILT_IN: Final = 4  # the tunes that the driver has
_NOTE: Final = re.compile(r"([#b]?)([0-7])('{0,2}|,{0,2})(_{0,2})(\.?)(-{0,7})")
_TEMPO: Final = re.compile(r"bpm=(\d{1,3})")
_SLOWEST, _FASTEST = 30, 300  # beats a minute
_SEMITONES: Final = (0, 2, 4, 5, 7, 9, 11)  # of a major scale
_C5: Final = 440 * 2 ** (3 / 12)  # equal temperament on A4 = 440 Hz
_GAP_MS: Final = 30  # of silence, without which two notes alike would be one


def notes(text: str) -> list[int]:
    """Hz (0: silence) and milliseconds in turn; raises BoardError for what is no tune."""
    beat = 500.0  # ms
    sounds: list[list[float]] = []  # Hz, ms
    for word in text.replace("|", " ").split():
        if tempo := _TEMPO.fullmatch(word):
            beat = 60000 / int(tempo[1]) if _SLOWEST <= int(tempo[1]) <= _FASTEST else 0
            if sounds or not beat:
                raise _wrong(word)
        elif re.fullmatch("-+", word) and sounds:
            sounds[-1][1] += beat * len(word)
        elif note := _NOTE.fullmatch(word):
            sounds.append([_hz(note), beat * (0.5 ** len(note[4]) * (1.5 if note[5] else 1) + len(note[6]))])
        else:
            raise _wrong(word)
    if not sounds:
        raise BoardError(N_("a tune needs a note"), N_("Write numbers with spaces between them: 1 1 5 5 6 6 5-"))
    out: list[int] = []
    for (hz, ms), (then, _) in zip(sounds, [*sounds[1:], [0, 0.0]], strict=True):
        again = hz and hz == then
        out += [round(hz), round(ms) - (_GAP_MS if again else 0)]
        out += [0, _GAP_MS] if again else []
    return out


def most(tunes: Sequence[str]) -> int:
    """The highest number of a tune that such a part can play; raises BoardError."""
    made = sum(len(notes(text)) // 2 for text in tunes)
    if len(tunes) > MOST or made > MOST_NOTES:
        raise BoardError(
            N_("that is too much music: {tunes} tunes, {notes} notes"),
            N_("There is room for {most} tunes and {room} notes (a note played twice is three)."),
            tunes=len(tunes), notes=made, most=MOST, room=MOST_NOTES,
        )  # fmt: skip
    return _BUILT_IN + len(tunes)


def _hz(note: re.Match[str]) -> float:
    if note[2] == "0":
        return 0.0
    octave = len(note[3]) if "'" in note[3] else -len(note[3])
    step = _SEMITONES[int(note[2]) - 1] + 12 * octave + {"#": 1, "b": -1, "": 0}[note[1]]
    return float(_C5 * 2 ** (step / 12))


def _wrong(word: str) -> BoardError:
    return BoardError(
        N_("“{word}” is no note"),
        N_("A note is 0 to 7, such as 5, 5-, 5_, 5., 5' or #4; bpm=30 to bpm=300 may stand first."),
        word=word,
    )
