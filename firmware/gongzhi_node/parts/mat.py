"""Takes a foot mat between the pin and ground, gives whether somebody stands on it."""

from gongzhi_node.parts.digital import Digital


class Mat(Digital):
    """`stepped` 0 or 1: two foils with foam and holes between them make one, too."""

    PROP = "stepped"
    PULL = "up"
    ACTIVE = "low"


PART = Mat
