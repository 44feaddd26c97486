"""A project that is begun with a template is a project of its own, and nothing that was there is lost."""

from __future__ import annotations

import errno
import re
import shutil
from pathlib import Path

import pytest
from gongzhi import project, templates
from gongzhi.cli import app
from gongzhi.errors import ConfigError
from typer.testing import CliRunner


@pytest.mark.parametrize(
    ("folder", "made"),
    [("My-Plant 2", "my-plant-2"), ("我的植物", "plant-care-[0-9a-f]{4}"), ("a" * 40, "a" * 16)],
)
def test_a_template_becomes_a_project_with_an_id_of_its_own(tmp_path, folder, made):
    one = templates.begin("plant_care", tmp_path / folder)
    manifest = project.load(tmp_path / folder)
    assert re.fullmatch(made, manifest.id)
    assert manifest.title == one.title
    assert {path.name for path in (tmp_path / folder).iterdir()} == {
        "project.toml",
        "main.py",
        "demo.toml",
        "README.md",
    }


def test_every_template_can_be_begun(tmp_path):
    for name in templates.templates():
        templates.begin(name, tmp_path / name)
        assert project.load(tmp_path / name).parts


def test_two_pieces_with_chinese_names_do_not_share_journal_and_topics(tmp_path):
    ids = set()
    for name in ("我的植物", "你的植物", "他的植物"):
        templates.begin("imu_step_counter", tmp_path / name)
        ids.add(project.load(tmp_path / name).id)
    assert len(ids) == 3


def test_the_lesson_works_at_the_copy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    templates.begin("plant_care", Path("我的 植物"))
    lesson = (tmp_path / "我的 植物" / "README.md").read_text("utf-8")
    assert 'gongzhi run "我的 植物" --script demo' in lesson
    assert "examples/" not in lesson


@pytest.mark.parametrize("empty", [True, False])
def test_a_full_disk_leaves_nothing_half_made(tmp_path, monkeypatch, empty):
    folder = tmp_path / "mine"
    if empty:
        folder.mkdir()

    def full(_, target):
        target.write_text("")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copy", full)
    with pytest.raises(ConfigError, match=r"No space left on device|磁盘满了") as said:
        templates.begin("plant_care", folder)
    assert "[" not in str(said.value)
    assert folder.exists() == empty
    assert not any(tmp_path.rglob("*.*"))


def test_the_folders_own_name_with_its_number_will_do(tmp_path):
    assert templates.begin("14_plant_care", tmp_path / "one").name == "plant_care"


def test_a_name_that_is_none_is_answered_with_the_nearest(tmp_path):
    with pytest.raises(ConfigError, match="plant_care"):
        templates.begin("plant_car", tmp_path / "one")
    assert not (tmp_path / "one").exists()


def test_what_is_there_stays(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError):
        templates.begin("plant_care", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError):
        templates.begin("plant_care", tmp_path / "file" / "below")


@pytest.mark.parametrize(
    ("template", "look"), [("plant_care", "gongzhi run {}\n"), ("hands_up_gate", "--camera synthetic")]
)
def test_what_is_said_next_fits_the_piece(tmp_path, monkeypatch, template, look):
    monkeypatch.setenv("GONGZHI_LANG", "en")
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(app, ["new", "my piece", "--template", template]).output
    assert look.format('"my piece"') in said
