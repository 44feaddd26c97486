"""Takes a node whose program is new, says of it that it is good, or has it restarted, until slots.py goes back."""

import slots

from gongzhi_node.ports import const

_GOOD_S = const(60)  # it has lived so long, and the broker has answered it
_LATE_S = const(180)  # no broker until now: it may be the new program that does not find it


class Trial:
    """Called once a second with the node's age in seconds."""

    def __init__(self, node):
        self._node = node

    def __call__(self, alive):
        node = self._node
        if alive >= _GOOD_S and node.client.up:  # up: CONNECT and SUBSCRIBE have both been answered
            slots.good()
            node.trial = None
            from gongzhi_node import image, update

            image.good()
            update.tell(node)
            update.done(node)
        elif alive >= _LATE_S and node.restart and not node.guard.busy():
            print("gongzhi: the update has not found the broker: restart")
            node.board.rest_all(0)
            node.restart()
