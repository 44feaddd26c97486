"""The [[rule]] tables of a project.toml: what they say, what they leave out, and how a mistake is named."""

from __future__ import annotations

import pytest
from gongzhi import project, text
from gongzhi.costs import Costs
from gongzhi.errors import ConfigError
from gongzhi.values import Choice

HEAD = """
[project]
id = "p1"
[board.b1]
type = "esp32-devkitc"
[part.pump]
kind = "relay"
pin = 18
label = { zh = "水泵", en = "pump" }
[part.soil]
kind = "soil"
pin = 34
label = { zh = "土壤", en = "soil" }
[part.mat]
kind = "mat"
pin = 21
"""
RULE = """
[[rule]]
when = "soil < 30 and not mat"
propose = "pump"
value = 1
"""


@pytest.fixture(params=["zh", "en"])
def language(request):
    text.choose(request.param)
    yield request.param
    text.choose(None)


@pytest.fixture
def load(tmp_path):
    def made(*parts):
        (tmp_path / "project.toml").write_text("".join(parts), "utf-8")
        return project.load(tmp_path)

    return made


def test_a_rule_may_say_very_little(load):
    (rule,) = load(HEAD, RULE).rules
    assert (rule.when, rule.resource, rule.value) == ("soil < 30 and not mat", "pump.level", 1.0)
    assert rule.because == {"zh": "土壤 < 30%，并且不是：mat接通了", "en": "soil < 30% and not: mat is on"}
    assert (rule.dwell, rule.veto, rule.snooze, rule.again, rule.choices, rule.level) == (0, None, None, 0, (), None)


def test_a_rule_may_say_everything(load):
    more = """for = 2
hysteresis = 5
because = { zh = "土干了", en = "dry" }
what = "浇水"
deadline = 20
hold = 6.5
veto = 15
snooze = 300
again = 60
doubt = "disagree"
level = "A2"
costs = { wrong = 10, missed = 2, asked = 0.5, human = 0.9 }
choices = [{ zh = "少", en = "little", value = 1 }, { zh = "不", value = 0 }]
"""
    (rule,) = load(HEAD, RULE.replace("pump", "水泵").replace("value = 1\n", ""), more).rules
    assert (rule.dwell, rule.hysteresis, rule.because["en"], rule.what["en"]) == (2.0, 5.0, "dry", "浇水")
    assert (rule.deadline, rule.hold, rule.veto, rule.snooze, rule.again) == (20, 6.5, 15, 300, 60)
    assert (rule.resource, rule.value, rule.doubt, rule.level) == ("pump.level", 1.0, "disagree", "A2")
    assert rule.costs == Costs(10, 2, 0.5, 0.9)
    assert rule.choices == (Choice({"zh": "少", "en": "little"}, 1.0), Choice({"zh": "不", "en": "不"}, 0.0))


def test_a_question_needs_no_part(load):
    question = (
        '[[rule]]\nwhen = "mat"\nwhat = "哪一种？"\nchoices = [{ zh = "纸", value = 0 }, { zh = "瓶", value = 7 }]'
    )
    made = load(HEAD, question)
    assert (made.rules[0].resource, made.rules[0].value) == ("ask.answer", 0.0)
    assert "ask.answer" in made.desks
    assert "ask.answer" not in made.resources


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (("soil < 30", "soill < 30"), ["line 18", "rule.1", "soill", "soil"]),
        (("soil < 30", "soil"), ["rule.1", "100%"]),
        (('when = "soil < 30 and not mat"', "when = 3"), ["rule.1", "when"]),
        (("value = 1", "value = 2"), ["rule.1", "2", "pump"]),
        (("value = 1", "value = nan"), ["rule.1", "nan"]),
        (("value = 1", ""), ["rule.1", "value = 1"]),
        (('propose = "pump"', 'propose = "pumpe"'), ["rule.1", "pumpe", "pump"]),
        (('propose = "pump"', 'propose = "soil"'), ["rule.1", "soil"]),
        (('propose = "pump"', ""), ["rule.1", "propose"]),
        (("value = 1", "value = 1\nvetto = 3"), ["rule.1", "vetto", "“veto”"]),
        (("value = 1", "value = 1\nfor = -1"), ["rule.1", "for", "3600"]),
        (("value = 1", "value = 1\nagain = 3"), ["rule.1", "again", "10"]),
        (("value = 1", "value = 1\nhold = 0"), ["rule.1", "hold", "0.1"]),
        (("value = 1", "value = 1\nhysteresis = -1"), ["rule.1", "hysteresis"]),
        (("value = 1", 'value = 1\nlevel = "A7"'), ["line 22", "rule.1.level", "A4"]),
        (("value = 1", 'value = 1\ndoubt = "maybe"'), ["rule.1.doubt", "maybe"]),
        (("value = 1", "value = 1\nchoices = [{ value = 0 }]"), ["rule.1", "value = 0"]),
        (("value = 1", 'value = 1\nchoices = [{ zh = "a", value = 9 }]'), ["rule.1", "9"]),
        (("value = 1", "value = 1\nchoices = [" + '{ zh = "a", value = 0 },' * 4 + "]"), ["rule.1", "3", "4"]),
        (("value = 1", f'value = 1\nbecause = "{"长" * 121}"'), ["rule.1", "120"]),
    ],
)
def test_a_mistake_names_the_rule_and_what_would_be_right(load, language, change, names):
    assert change[0] in RULE
    with pytest.raises(ConfigError) as caught:
        load(HEAD, RULE.replace(*change))
    said = str(caught.value)
    assert all(name.replace("line", "第" if language == "zh" else "line") in said for name in names), said


def test_the_line_is_that_of_the_rule_that_is_wrong(load):
    with pytest.raises(ConfigError, match="23"):
        load(HEAD, RULE, RULE.replace("pump", "pumpe"))


def test_no_project_has_rules_without_end(load):
    with pytest.raises(ConfigError, match="64"):
        load(HEAD, RULE * 65)


@pytest.mark.parametrize(
    ("more", "hazard", "alarm", "reversible"),
    [
        ("", "H2", False, True),
        ('hazard = "H3"\nalarm = true', "H3", True, True),
        ("reversible = false", "H2", False, False),
    ],
)
def test_what_hangs_on_a_part_may_make_it_more_dangerous(load, more, hazard, alarm, reversible):
    made = load(HEAD.replace("pin = 18", f"pin = 18\n{more}")).resources["pump.level"]
    assert (made.hazard, made.alarm, made.reversible) == (hazard, alarm, reversible)


def test_nothing_makes_it_less_so(load, language):
    with pytest.raises(ConfigError, match=r"H1.*H2"):
        load(HEAD.replace("pin = 18", 'pin = 18\nhazard = "H1"'))
