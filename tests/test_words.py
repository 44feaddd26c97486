"""The words for what became of a decision, and for who did it: the same as on the page, in both languages."""

import pytest
from gongzhi import text, words


@pytest.mark.parametrize(
    ("given", "zh", "en"),
    [
        (("proposed", "A2"), "等人决定", "Waits for a person"),
        (("proposed", "A4"), "机器在想", "The machine thinks"),
        (("withdrawn", "A0", "shadow"), "只记下了", "Only noted"),
        (("withdrawn", "A2", "stop"), "机器收回了", "Taken back"),
        (("something new",), "something new", "something new"),
    ],
)
def test_a_state_has_its_word(given, zh, en):
    text.choose("zh")
    assert words.state(*given) == zh
    text.choose("en")
    assert words.state(*given) == en


@pytest.mark.parametrize(
    ("by", "word"),
    [
        ("human:operator#page", "this page"),
        ("human:owner#door", "the button on the door"),
        ("human:owner#script", "a script"),
        ("human:owner#o2", "team member 2"),
        ("human:visitor#v13", "visitor 13"),
        ("human:teacher#all", "the teacher"),
        ("human:owner", "a person"),
        ("board:door", "door"),
        ("dial", "the machine by itself"),
        ("agent:pose", "the machine by itself"),
        ("clock", "the clock"),
        ("", ""),
    ],
)
def test_an_author_has_a_name(by, word):
    assert words.who(by) == word
