"""Takes the configuration, gives the board's parts, each at its safe value from birth and each on its own: what one
of them raises stops none of the others."""

from gongzhi_node.parts import find
from gongzhi_node.ports import forget, print_exception

PATH = "config.json"


class Board:
    """The parts of `doc` (the configuration as loaded; the node lets go of what it says of the parts, since that
    stands in the file). With `safe` none of them is built: their pins stay as the reset left them.
    `on_fault(name, error)` is told when a part has failed."""

    def __init__(self, doc, forbidden=(), path=PATH, safe=False):
        from gongzhi_node import config  # forgotten by `start`: the checks are as large as all that they check

        self.doc, self.path, self.forbidden = doc, path, forbidden
        self.use({})
        self.error = None  # the Bad for which the parts in the file were refused
        self.on_fault = None
        try:
            if safe:
                raise config.Bad("boots", "boots")
            config.check_parts(doc.get("parts"), forbidden)
            self.use(build(doc["parts"]))
        except config.Bad as bad:
            self.error = bad
            doc["parts"] = []

    def use(self, made):
        """Have these parts (name -> part) from now on."""
        self.parts = made
        self.all = list(made.values())  # walking a dict's values allocates, walking a list does not
        for part in self.all:
            part.meet(made)

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
        """One tick of one part; the event that happened, or None. An output that failed rests until it is set again,
        an input is asked again and is well when it answers."""
        if part.failed and part.OUTPUT:
            return None
        try:
            event = part.tick(t)
            part.failed = event is False
        except Exception as error:
            if not part.failed:
                self._fail(part, error, t)
            event = None
        if part.samples:
            part.samples.take(t)
        return event or None

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


def build(specs):
    """The parts of valid specifications, by name; raises Bad("device"), and then none of them is left open."""
    made = {}
    for i, spec in enumerate(specs):
        try:
            made[spec["ch"]] = part = find(spec["kind"])(spec)
            if "stream" in spec:
                from gongzhi_node.samples import Samples

                part.samples = Samples(part, spec["stream"])
        except Exception as error:
            # The chip itself says no: an input-only pin, no PWM channel left, a chip without that pin.
            print_exception(error)
            close(made)
            from gongzhi_node.config import Bad

            raise Bad("device", "parts[%d]" % i)
    return made


def close(made):
    """Give back the pins of these parts (name -> part), whatever one of them raises."""
    for part in made.values():
        try:
            part.close()
        except Exception as error:
            print_exception(error)


def start(path=PATH, forbidden=(), safe=False):
    """The board as its file says (with `safe` without its parts), or None (with the reason printed) when the file
    cannot be used at all."""
    from gongzhi_node import config

    try:
        doc = config.load(path)
        board = Board(doc, forbidden, path, safe)
        config.check_net(doc)
    except config.Bad as bad:
        print("gongzhi: config.json: %s at %s" % (bad.code, bad.at))
        return None
    finally:
        forget("config")
    if board.error:
        print("gongzhi: config.json: %s at %s: no parts" % (board.error.code, board.error.at))
    return board
