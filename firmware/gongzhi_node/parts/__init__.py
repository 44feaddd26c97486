"""Takes a part's kind, gives its class: each kind is one file here, whose class is called `PART`."""

from gongzhi_node.ports import leaf
from gongzhi_node.wire import segment


def find(kind):
    """The class of a kind such as "servo"; None if there is no such file or it is not a part."""
    if not segment(kind) or kind == "base":
        return None
    try:
        part = leaf("gongzhi_node.parts." + kind).PART
        part.kind = kind  # of the class: eight parts need not keep it eight times
        return part
    except (ImportError, AttributeError):
        return None
