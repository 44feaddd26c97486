"""Takes acceleration and rotation along a chip's own axes, gives how it lies, how it is moved, and two events: what all
motion sensors share."""

from gongzhi_node.parts.i2c import Sensor
from gongzhi_node.ports import const
from gongzhi_node.wire import diff

_G = const(1000)  # inside, acceleration is in mg
# A new value is told when it has changed by so much: a chip that lies still is silent.
_STEP_MG = const(30)
_STEP_DPS = const(5)
_STILL_MG = const(20)  # of `motion`: less is the chip's own noise
_SHAKEN = const(700)  # mg off 1 g, either way
_SHAKES = const(5)  # so many readings of the last 25 (half a second)
_FALLEN = const(350)  # mg in all
_FALLS = const(5)  # readings in a row: 100 ms, a fall of 5 cm
_QUIET_MS = const(1000)  # from one event to the next


def root(n):
    """The whole square root of a whole number below 2^30 (Newton's method), without floats: those allocate."""
    if n < 2:
        return n
    x = 1 << 15 if n >> 15 else 1 << 8
    while True:
        y = (x + n // x) >> 1
        if y >= x:
            return x
        x = y


def angle(across, along):
    """The angle of a vector from an axis in tenths of a degree, 0 to 1800: `across` (0 or more) is its length at right
    angles to that axis, `along` its length on it; each at most 50,000. Within 0.3 degrees: arctan q is about
    q (45 + 15.64 (1 - q)) degrees for 0 <= q <= 1 (Rajan et al., "Efficient approximations for the arctangent
    function", IEEE Signal Processing Magazine 23(3), 2006, equation 9)."""
    flat = abs(along)
    if not across and not flat:
        return 0
    near = flat >= across
    q = across * 1000 // flat if near else flat * 1000 // across
    part = q * (450000 + 156 * (1000 - q)) // 1000000
    if not near:
        part = 900 - part
    return part if along >= 0 else 1800 - part


class Imu(Sensor):
    """`tilt` in degrees: 0 as it lies flat, 90 on its edge, 180 upside down. `x`, `y`, `z`: acceleration along the
    chip's axes in g, smoothed over 70 ms; one that lies flat has z = 1. `motion`: the greatest departure from 1 g in
    the last third of a second, in g: 0 at rest, above 0.3 carried about. Events: "shake" and "fall". `face` = "down"
    for a chip that hangs under its board. A sample is the acceleration in mg, not smoothed; of a chip that feels
    rotation, with `rotation` = "yes", also the degrees a second about each axis.
    """

    PROP = "tilt"
    UNIT = "deg"
    HI = 180
    MORE: tuple = (("x", -4, 4), ("y", -4, 4), ("z", -4, 4), ("motion", 0, 6))
    OPTIONS: dict = {"face": ("up", "down")}
    SAMPLED = 3

    def __init__(self, spec):
        super().__init__(spec)
        self._side = -1 if spec.get("face") == "down" else 1
        self.now = [0, 0, _G]  # mg, as read
        self._begun = False
        self.turn: list = []  # degrees a second, as read, of a chip that feels rotation
        self._mean = [0, 0, _G]
        self._peak = 0
        self._told = [0, 0, _G, 0]
        self._spun: list = []
        self._shaken = 0  # a bit for each reading
        self._falling = 0
        self._last = None  # the last event's time
        self._names = [spec["ch"] + "." + one[0] for one in self.MORE]

    def sense(self):
        """Read the chip into `now` and `turn`."""
        raise NotImplementedError

    def read(self, t):
        """Read, smooth, and see whether there is anything to tell."""
        self.sense()
        self._begun = True
        now, mean = self.now, self._mean
        if self._side < 0:
            now[1], now[2] = -now[1], -now[2]
            if self.turn:
                self.turn[1], self.turn[2] = -self.turn[1], -self.turn[2]
        for i in range(3):
            mean[i] += (now[i] - mean[i]) >> 2
        force = root(now[0] * now[0] + now[1] * now[1] + now[2] * now[2])
        off = abs(force - _G)
        self._peak = max(off if off > _STILL_MG else 0, self._peak - (self._peak >> 4) - 1, 0)
        self._shaken = (self._shaken << 1 | (off > _SHAKEN)) & 0x1FFFFFF
        self._falling = self._falling + 1 if force < _FALLEN else 0
        tilt = angle(root(mean[0] * mean[0] + mean[1] * mean[1]), mean[2])
        if abs(tilt - 10 * self.raw) > 10:  # tenths: it must pass the middle by half a degree
            self.raw = (tilt + 5) // 10
        self._notice()
        return True

    def _notice(self):
        """Let everything be told if one of the further readings has changed enough."""
        told, mean = self._told, self._mean
        new = abs(self._peak - told[3]) > _STEP_MG or (told[3] and not self._peak)
        for i in range(3):
            new = new or abs(mean[i] - told[i]) > _STEP_MG
        for i in range(len(self._spun)):
            new = new or abs(self.turn[i] - self._spun[i]) > _STEP_DPS
        if new:
            for i in range(3):
                told[i] = mean[i]
            told[3] = self._peak
            for i in range(len(self._spun)):
                self._spun[i] = self.turn[i]
            self.sent = None

    def sample(self, sums):
        """Acceleration along the axes, in mg, and where it is asked for the degrees a second about them."""
        if not self._begun:
            return False
        for i in range(3):
            sums[i] += self.now[i]
        for i in range(3, self.SAMPLED):
            sums[i] += self.turn[i - 3]
        return True

    def news(self, t):
        """ "shake" or "fall", at most one a second."""
        if self._last is not None and 0 <= diff(t, self._last) < _QUIET_MS:
            return None
        event = None
        if self._falling >= _FALLS:
            event = "fall"
        elif self._shaken:
            n, count = self._shaken, 0
            while n:
                n &= n - 1
                count += 1
            if count >= _SHAKES:
                event = "shake"
        if event:
            self._last = t
            self._shaken = self._falling = 0
        return event

    def more(self, values):
        """x, y, z, motion, and what a chip that feels rotation adds."""
        for i in range(4):
            values[self._names[i]] = self._told[i] / _G
        for i in range(len(self._spun)):
            values[self._names[4 + i]] = self._spun[i]


class Gyro(Imu):
    """Also `rx`, `ry`, `rz`: rotation about the chip's axes in degrees a second, right-handed."""

    MORE = Imu.MORE + (("rx", -500, 500), ("ry", -500, 500), ("rz", -500, 500))

    def __init__(self, spec):
        super().__init__(spec)
        if spec.get("rotation") == "yes":
            self.SAMPLED = 6
        self.turn = [0, 0, 0]
        self._spun = [0, 0, 0]
