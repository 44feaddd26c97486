"""Every example that has a script plays it, on real MicroPython where it exists; each template tries all that people
may say or leave unsaid."""

from __future__ import annotations

import asyncio

import pytest
from gongzhi import paths, project
from gongzhi.runtime.options import Options
from gongzhi.runtime.runtime import Runtime
from gongzhi.script import file

EXAMPLES = sorted(path.parent for path in paths.share("examples").glob("*/project.toml"))
SCRIPTED = [folder for folder in EXAMPLES if (folder / "demo.toml").exists()]
HUMAN_PART = {"yes", "no", "silence", "late", "override", "stop"}
LESSON = ("接线", "目标", "步骤", "问题", "怎样评价", "小学高年级", "初中", "高中", "English, in short")


def name(folder):
    return folder.name


@pytest.mark.parametrize("folder", EXAMPLES, ids=name)
def test_every_example_is_a_project_with_a_readme(folder):
    manifest = project.load(folder)
    assert manifest.parts
    assert (folder / "README.md").read_text(encoding="utf-8").startswith("# ")


def test_no_two_examples_share_an_id():
    ids = [project.load(folder).id for folder in EXAMPLES]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("folder", [one for one in SCRIPTED if one.name[0] == "1" or "coach" in one.name], ids=name)
def test_a_template_tries_the_whole_human_part_and_has_a_lesson(folder):
    script = file.load(folder / "demo.toml", project.load(folder))
    assert {branch.name for branch in script.branches} >= HUMAN_PART
    lesson = (folder / "README.md").read_text(encoding="utf-8")
    assert [word for word in LESSON if word not in lesson] == []


@pytest.mark.parametrize("folder", SCRIPTED, ids=name)
def test_a_script_plays_to_its_end(folder):
    runtime = Runtime(Options(folder, headless=True, script="demo"))
    asyncio.run(asyncio.wait_for(runtime.run(), 150))
    assert runtime.rehearsal is not None
    outcome = runtime.rehearsal.outcome
    assert outcome.fault is None, str(outcome.fault)
    assert outcome.branches == [branch.name for branch in runtime.rehearsal.script.branches]
