"""Takes a part's kind, gives its class: each kind is one file here, whose class is called `PART`."""

from gongzhi_node.ports import leaf
from gongzhi_node.wire import segment


def find(kind):
    """The class of a kind such as "servo"; None if there is no such file or it is not a part."""
    if not segment(kind) or kind == "base":
        return None
    try:
        return leaf("gongzhi_node.parts." + kind).PART
    except (ImportError, AttributeError):
        return None
