"""Takes topic filters, gives who has subscribed to a topic (a trie) and which retained messages a filter matches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Subscriber = TypeVar("Subscriber")


def matches(pattern: Sequence[str], topic: Sequence[str]) -> bool:
    """Whether the filter's levels match the topic's levels (4.7.1, and 4.7.2-1 for topics that begin with $)."""
    if topic[0].startswith("$") and pattern[0] in ("+", "#"):
        return False
    last = len(topic)
    for index, level in enumerate(pattern):
        if level == "#":
            return True
        if index == last or level not in ("+", topic[index]):
            return False
    return len(pattern) == last or (len(pattern) == last + 1 and pattern[last] == "#")


def covers(wide: Sequence[str], narrow: Sequence[str]) -> bool:
    """Whether every topic that the filter `narrow` matches is also matched by the filter `wide`."""
    if narrow[0].startswith("$") and wide[0] in ("+", "#"):
        return False
    for index, level in enumerate(wide):
        if level == "#":
            return True
        if index == len(narrow):
            return False
        other = narrow[index]
        if other == "#" or (level != "+" and level != other):
            return False
    return len(wide) == len(narrow)


class _Node(Generic[Subscriber]):
    __slots__ = ("below", "here")

    def __init__(self) -> None:
        self.below: dict[str, _Node[Subscriber]] = {}
        self.here: dict[Subscriber, int] = {}


class SubscriptionTree(Generic[Subscriber]):
    """Who has subscribed to which filter with which QoS; finding all who match costs the topic's depth."""

    def __init__(self) -> None:
        self._root: _Node[Subscriber] = _Node()

    def add(self, pattern: str, who: Subscriber, qos: int) -> None:
        """Add or replace the subscription of `who` to `pattern`."""
        node = self._root
        for level in pattern.split("/"):
            node = node.below.setdefault(level, _Node())
        node.here[who] = qos

    def remove(self, pattern: str, who: Subscriber) -> None:
        """Forget the subscription of `who` to `pattern`, if there is one, and the branches that held only it."""
        path: list[tuple[_Node[Subscriber], str]] = []
        node = self._root
        for level in pattern.split("/"):
            path.append((node, level))
            if level not in node.below:
                return
            node = node.below[level]
        node.here.pop(who, None)
        for parent, level in reversed(path):
            child = parent.below[level]
            if child.here or child.below:
                return
            del parent.below[level]

    def match(self, topic: str) -> dict[Subscriber, int]:
        """Each subscriber of the topic once, with the greatest QoS of its filters that match (3.3.5-1)."""
        levels = topic.split("/")
        found: dict[Subscriber, int] = {}
        wild = not topic.startswith("$")  # 4.7.2-1: a leading wildcard does not match $SYS and its like
        nodes = [self._root]
        for level in levels:
            below: list[_Node[Subscriber]] = []
            for node in nodes:
                if wild and "#" in node.below:
                    _collect(found, node.below["#"])
                if level in node.below:
                    below.append(node.below[level])
                if wild and "+" in node.below:
                    below.append(node.below["+"])
            nodes, wild = below, True
        for node in nodes:
            _collect(found, node)
            if "#" in node.below:  # "a/#" matches "a" itself (4.7.1-2)
                _collect(found, node.below["#"])
        return found


def _collect(found: dict[Subscriber, int], node: _Node[Subscriber]) -> None:
    for who, qos in node.here.items():
        if found.get(who, -1) < qos:
            found[who] = qos


@dataclass(frozen=True, slots=True)
class Message:
    """An application message; `topic` as on the wire, with its two bytes of length; `qos` as it was published."""

    topic: bytes
    payload: bytes
    qos: int


class _Leaf:
    __slots__ = ("below", "message")

    def __init__(self) -> None:
        self.below: dict[str, _Leaf] = {}
        self.message: Message | None = None


# What a level of a topic costs in memory beyond its letters: a node and its dictionary, measured on CPython 3.11.
LEVEL_BYTES = 256


class RetainedStore:
    """The last retained message of each topic, found by filter; bounded by number and by bytes."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self._root = _Leaf()
        self._most, self._most_bytes = most, most_bytes
        self.count = self.bytes = 0

    def set(self, topic: str, message: Message) -> bool:
        """Keep the message for its topic, or forget the topic if its payload is empty (3.3.1-10, 3.3.1-11).

        False where it would go beyond the limits; then the topic has none, since an old value would be a lie.
        """
        levels = topic.split("/")
        path = self._path(levels)
        old = path[-1].message if len(path) > len(levels) else None
        if not message.payload:
            if old is not None:
                self._account(old, levels, -1)
                path[-1].message = None
                self._prune(path, levels)
            return True
        cost = _cost(message, levels) - (_cost(old, levels) if old else 0)
        if (old is None and self.count >= self._most) or (cost > 0 and self.bytes + cost > self._most_bytes):
            if old is not None:
                self.set(topic, Message(message.topic, b"", 0))
            return False
        leaf = self._root
        for level in levels:
            leaf = leaf.below.setdefault(level, _Leaf())
        if old is not None:
            self._account(old, levels, -1)
        leaf.message = message
        self._account(message, levels, 1)
        return True

    def get(self, topic: str) -> Message | None:
        """The retained message of exactly this topic."""
        levels = topic.split("/")
        path = self._path(levels)
        return path[-1].message if len(path) > len(levels) else None

    def match(self, pattern: str) -> Iterator[tuple[str, Message]]:
        """(topic, message) of every retained message that the filter matches. Do not change the store meanwhile."""
        want = pattern.split("/")
        stack: list[tuple[_Leaf, int, str]] = [(self._root, 0, "")]
        while stack:
            leaf, depth, name = stack.pop()
            level = want[depth] if depth < len(want) else None
            if leaf.message is not None and level in (None, "#"):
                yield name, leaf.message
            if level is None:
                continue
            # Once "#" is reached the depth stays there: everything below matches.
            after = depth if level == "#" else depth + 1
            if level in ("+", "#"):
                for key, child in leaf.below.items():
                    if leaf is not self._root or not key.startswith("$"):
                        stack.append((child, after, _join(leaf is self._root, name, key)))
            elif level in leaf.below:
                stack.append((leaf.below[level], after, _join(leaf is self._root, name, level)))

    def _path(self, levels: list[str]) -> list[_Leaf]:
        path = [self._root]
        for level in levels:
            child = path[-1].below.get(level)
            if child is None:
                break
            path.append(child)
        return path

    def _prune(self, path: list[_Leaf], levels: list[str]) -> None:
        for index in range(len(levels), 0, -1):
            if path[index].message is not None or path[index].below:
                return
            del path[index - 1].below[levels[index - 1]]

    def _account(self, message: Message, levels: list[str], sign: int) -> None:
        self.count += sign
        self.bytes += sign * _cost(message, levels)


def _join(first: bool, name: str, level: str) -> str:
    return level if first else f"{name}/{level}"


def _cost(message: Message, levels: list[str]) -> int:
    return len(message.payload) + len(message.topic) + LEVEL_BYTES * len(levels)
