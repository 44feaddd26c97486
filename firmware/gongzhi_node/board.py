"""Takes the configuration, gives the board's parts, each at its safe value from birth and each on its own: what one
of them raises stops none of the others."""

from gongzhi_node import config, parts
from gongzhi_node.ports import print_exception


class Board:
    """The parts of `doc` (the configuration as loaded). `on_fault(name, error)` is told when a part has failed."""

    def __init__(self, doc, forbidden=(), path=config.PATH):
        self.doc, self.path = doc, path
        self._use(_build([]))
        self.error = None  # the Bad for which the parts in the file were refused
        self.on_fault = None
        self._forbidden = forbidden
        try:
            config.check_parts(doc.get("parts"), forbidden)
            self._use(_build(doc["parts"]))
        except config.Bad as bad:
            self.error = bad
            doc["parts"] = []

    def apply(self, specs):
        """Replace all parts; raises Bad, and then the old ones are in place again (at safe) and in the file."""
        config.check_parts(specs, self._forbidden)
        self.rest_all(0)
        old = self.doc["parts"]
        _close(self.parts)
        self._use({})
        try:
            new = _build(specs)
        except config.Bad:
            self._use(_build(old))
            raise
        try:
            config.store(dict(self.doc, parts=specs), self.path)
        except OSError:
            _close(new)
            self._use(_build(old))
            raise config.Bad("file", self.path)
        self.doc["parts"] = specs
        self._use(new)
        self.error = None

    def _use(self, made):
        self.parts = made
        self.all = list(made.values())  # walking a dict's values allocates, walking a list does not

    def set(self, name, value, t):
        """Set an output; False if it failed (then it is at safe, as far as it still obeys)."""
        part = self.parts[name]
        try:
            part.set(value, t)
            part.failed = False
            return True
        except Exception as error:
            self._fail(part, error, t)
            return False

    def rest(self, name, t):
        """Send an output to its safe value; False if it failed."""
        part = self.parts[name]
        try:
            part.rest(t)
            return True
        except Exception as error:
            self._fail(part, error, t)
            return False

    def rest_all(self, t):
        """Every output to safe, whatever one of them raises."""
        for part in self.all:
            if part.OUTPUT:
                self.rest(part.name, t)

    def tick(self, part, t):
        """One tick of one part; the event that happened, or None. A part that failed rests until it is set again."""
        if part.failed:
            return None
        try:
            return part.tick(t)
        except Exception as error:
            self._fail(part, error, t)
            return None

    def _fail(self, part, error, t):
        part.failed = True
        print_exception(error)
        if part.OUTPUT:
            try:
                part.rest(t)
            except Exception as again:
                print_exception(again)
        if self.on_fault:
            self.on_fault(part.name, error)


def _build(specs):
    made = {}
    for i, spec in enumerate(specs):
        try:
            made[spec["ch"]] = parts.find(spec["kind"])(spec)
        except Exception as error:
            # The chip itself says no: an input-only pin, no PWM channel left, a chip without that pin.
            print_exception(error)
            _close(made)
            raise config.Bad("device", "parts[%d]" % i)
    return made


def _close(made):
    for part in made.values():
        try:
            part.close()
        except Exception as error:
            print_exception(error)


def start(path=config.PATH, forbidden=()):
    """The board as its file says, or None (with the reason printed) when the file cannot be used at all."""
    try:
        doc = config.load(path)
        board = Board(doc, forbidden, path)
        config.check_net(doc)
    except config.Bad as bad:
        print("gongzhi: config.json: %s at %s" % (bad.code, bad.at))
        return None
    if board.error:
        print("gongzhi: config.json: %s at %s: no parts" % (board.error.code, board.error.at))
    return board
