"""The trie and the retained store give what a plain comparison of every filter with every topic gives."""

from __future__ import annotations

from gongzhi.broker.topics import Message, RetainedStore, SubscriptionTree, matches
from hypothesis import given
from hypothesis import strategies as st

WORDS = st.sampled_from(["a", "b", "", "$x", "长"])
TOPICS = st.lists(WORDS, min_size=1, max_size=5).map("/".join).filter(bool)


@st.composite
def filters(draw) -> str:
    levels = draw(st.lists(st.one_of(WORDS, st.just("+")), max_size=4))
    if draw(st.booleans()):
        levels.append("#")
    return "/".join(levels) or "+"


def by_the_book(pattern: str, topic: str) -> bool:
    """4.7.1 and 4.7.2, one level at a time."""

    def level(want: list[str], have: list[str]) -> bool:
        if not want:
            return not have
        if want[0] == "#":
            return True
        return bool(have) and want[0] in ("+", have[0]) and level(want[1:], have[1:])

    if topic.startswith("$") and pattern[0] in "+#":
        return False
    return level(pattern.split("/"), topic.split("/"))


@given(pattern=filters(), topic=TOPICS)
def test_matches(pattern, topic):
    assert matches(pattern.split("/"), topic.split("/")) == by_the_book(pattern, topic)


@given(
    subscriptions=st.lists(st.tuples(filters(), st.sampled_from("xyz"), st.integers(0, 2)), max_size=12),
    gone=st.lists(st.integers(0, 11), max_size=6),
    topic=TOPICS,
)
def test_the_tree_finds_each_subscriber_once_with_its_greatest_qos(subscriptions, gone, topic):
    tree: SubscriptionTree[str] = SubscriptionTree()
    kept: dict[tuple[str, str], int] = {}
    for pattern, who, qos in subscriptions:
        tree.add(pattern, who, qos)
        kept[pattern, who] = qos
    for index in gone:
        if index < len(subscriptions):
            pattern, who, _ = subscriptions[index]
            tree.remove(pattern, who)
            kept.pop((pattern, who), None)
    wanted: dict[str, int] = {}
    for (pattern, who), qos in kept.items():
        if by_the_book(pattern, topic):
            wanted[who] = max(qos, wanted.get(who, 0))
    assert tree.match(topic) == wanted
    for pattern, who in list(kept):
        tree.remove(pattern, who)
    assert not tree._root.below, "branches without a subscription are left"


@given(topics=st.lists(st.tuples(TOPICS, st.binary(max_size=2)), max_size=12), pattern=filters())
def test_the_store_gives_the_last_message_of_each_matching_topic(topics, pattern):
    store = RetainedStore(1000, 1 << 20)
    kept: dict[str, bytes] = {}
    for topic, payload in topics:
        assert store.set(topic, Message(topic.encode(), payload, 1))
        kept.pop(topic, None)
        if payload:
            kept[topic] = payload
    found = [(topic, message.payload) for topic, message in store.match(pattern)]
    assert len(found) == len(dict(found))
    assert dict(found) == {topic: payload for topic, payload in kept.items() if by_the_book(pattern, topic)}
    assert store.count == len(kept)
    for topic in kept:
        message = store.get(topic)
        assert message is not None
        assert message.payload == kept[topic]
        store.set(topic, Message(topic.encode(), b"", 0))
    assert (store.count, store.bytes, store._root.below) == (0, 0, {})
