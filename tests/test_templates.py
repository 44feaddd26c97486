"""A project that is begun with a template is a project of its own, and nothing that was there is lost."""

from __future__ import annotations

import pytest
from gongzhi import project, templates
from gongzhi.cli import app
from gongzhi.errors import ConfigError
from typer.testing import CliRunner


@pytest.mark.parametrize(
    ("folder", "made"),
    [("My-Plant 2", "my-plant-2"), ("我的植物", "plant-care"), ("a" * 40, "a" * 16), ("-", "plant-care")],
)
def test_a_template_becomes_a_project_with_an_id_of_its_own(tmp_path, folder, made):
    one = templates.begin("plant_care", tmp_path / folder)
    manifest = project.load(tmp_path / folder)
    assert manifest.id == made
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
    said = CliRunner().invoke(app, ["new", str(tmp_path / "mine"), "--template", template]).output
    assert look.format(tmp_path / "mine") in said
