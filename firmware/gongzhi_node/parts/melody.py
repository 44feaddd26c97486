"""Takes a tune's number, plays it once on a passive buzzer while everything else goes on."""

from machine import PWM, Pin

from gongzhi_node.parts.base import Output
from gongzhi_node.ports import const
from gongzhi_node.wire import diff, whole

_HALF = const(32768)
_NOTES = const(64)
_LONGEST_MS = const(20000)
_LOWEST = const(20)  # Hz
_HIGHEST = const(20000)
# Hz (0: a rest) and ms in turn; equal temperament on A4 = 440 Hz.
_TUNES = (
    (784, 120, 1047, 240),  # 1 yes: G5 C6
    (330, 200, 262, 400),  # 2 no: E4 C4
    (988, 160, 740, 160, 988, 160, 740, 160, 988, 160, 740, 160),  # 3 alarm: B5 F#5
    (523, 140, 659, 140, 784, 140, 0, 40, 659, 140, 784, 420),  # 4 hurray: C5 E5 G5 E5 G5
)


def own(tunes):
    """The tunes of a configuration, as tuples; raises ValueError for what cannot be played."""
    made: list = []
    left = _NOTES
    for tune in tunes:
        left -= len(tune) // 2
        if len(made) == 4 or len(tune) % 2 or left < 0:
            raise ValueError("tunes")
        for i, n in enumerate(tune):
            if not (whole(n, 1, _LONGEST_MS) if i % 2 else n == 0 or whole(n, _LOWEST, _HIGHEST)):
                raise ValueError("tunes")
        made.append(tuple(tune))
    return made


class Melody(Output):
    """`tune` 1 yes, 2 no, 3 alarm, 4 hurray, from 5 on those under "tunes": up to 4 lists, each as one of _TUNES, of 64
    notes together (512 bytes of heap); 0 is silence. A tune plays once, then it is silent; after 0 the same number
    plays again."""

    PROP = "tune"
    HI = len(_TUNES) + 4
    RAMP = False

    def _open(self, spec):
        self._own = own(spec.get("tunes", ()))
        self._pwm = PWM(Pin(spec["pin"]), freq=1000, duty_u16=0)
        self._tune: tuple = ()
        self._note = self._from = 0

    def _write(self, raw):
        n = raw - 1 - len(_TUNES)
        # A number without a tune is silence.
        self._tune = _TUNES[raw - 1] if 0 < raw <= len(_TUNES) else self._own[n] if 0 <= n < len(self._own) else ()
        self._note = -2
        if not raw:
            self._pwm.duty_u16(0)

    def tick(self, t):
        """A new tune, or the next note of this one."""
        if self.goal != self.raw:
            super().tick(t)
            self._from = t
        elif self._note >= len(self._tune):
            return
        elif self._note >= 0 and diff(t, self._from) < self._tune[self._note + 1]:
            return
        self._next(t)

    def _next(self, t):
        self._note += 2
        self._from = t
        if self._note >= len(self._tune):
            self._pwm.duty_u16(0)
            return
        tone = self._tune[self._note]
        if tone:
            self._pwm.freq(tone)
        self._pwm.duty_u16(_HALF if tone else 0)

    def close(self):
        """Silent, and the pin free."""
        self._pwm.deinit()


PART = Melody
