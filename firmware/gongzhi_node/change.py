"""Takes a configuration that came over the network, gives the board its parts, or a `Bad` and the old ones again.

Loaded when one comes and forgotten afterwards, with the checks that it needs.
"""

from gongzhi_node import config, wire
from gongzhi_node.board import build, close
from gongzhi_node.config import Bad


def configure(node, payload):
    """Handle the bytes of a `down/cfg` for `node`: (id to acknowledge, None or the Bad for which it was refused)."""
    ident = "cfg"
    try:
        m = wire.unpack(payload)
        if isinstance(m.get("id"), str):
            ident = m["id"]
        specs, board = m.get("parts"), node.board
        old = [] if board.error else _stored(board)
        if specs != old or board.error:
            config.check_parts(specs, board.forbidden)
            try:
                _exchange(board, old, specs)
            finally:
                node.renew()
            node.voice.meta()
    except ValueError as error:
        return ident, Bad("json" if error.args[0] == "form" else "version", "v")
    except Bad as bad:
        return ident, bad
    return ident, None


def _stored(board):
    return config.load(board.path)["parts"]


def _exchange(board, old, specs):
    """Build the parts of `specs` and keep them in the file; raises Bad, and then the `old` ones are in place again (at
    safe) and in the file."""
    board.rest_all(0)
    close(board.parts)
    board.use({})
    board.doc["parts"] = old
    try:
        new = build(specs)
    except Bad:
        board.use(build(old))
        raise
    try:
        # From the file, for it holds what the running board has let go of; the one before the first `store` is ours.
        config.store(dict(board.doc, parts=specs), board.path)
    except OSError:
        close(new)
        board.use(build(old))
        raise Bad("file", board.path)
    board.doc["parts"] = specs
    board.use(new)
    board.error = None
