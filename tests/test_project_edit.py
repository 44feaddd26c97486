"""The mat is written into project.toml as one line, and all that a pupil wrote stays as it was."""

import tomllib

import pytest
from gongzhi.errors import ConfigError
from gongzhi.pose.mat import Mat
from gongzhi.project.edit import set_mat
from hypothesis import given
from hypothesis import strategies as st

MAT = Mat(((0.3, 0.7), (0.7, 0.7), (0.8, 0.9512), (0.2, 0.95)))
LINE = "mat = [[0.3, 0.7], [0.7, 0.7], [0.8, 0.951], [0.2, 0.95]]"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[project]\nid = "a"  # 我的\n', f'[project]\nid = "a"  # 我的\n\n[camera]\n{LINE}\n'),
        ('[project]\nid = "a"', f'[project]\nid = "a"\n\n[camera]\n{LINE}\n'),
        ('[camera]\nmodel = "m"\n[project]\n', f'[camera]\n{LINE}\nmodel = "m"\n[project]\n'),
        ("[camera] # eye\r\nmat = [[0, 0]]\r\nmodel = 'm'\r\n", f"[camera] # eye\r\n{LINE}\r\nmodel = 'm'\r\n"),
        ("[camera]", f"[camera]\n{LINE}\n"),
        ("[a]\nmat = 1\n[ camera ]\n[b]\nmat = 2\n", f"[a]\nmat = 1\n[ camera ]\n{LINE}\n[b]\nmat = 2\n"),
    ],
)
def test_one_line_changes_and_goes_again(tmp_path, before, after):
    path = tmp_path / "project.toml"
    path.write_bytes(before.encode())
    set_mat(path, MAT)
    assert path.read_bytes().decode() == after
    set_mat(path, None)
    assert tomllib.loads(path.read_bytes().decode()).get("camera", {}).get("mat") is None
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("before", ["[camera]\nmat = [\n [0, 0],\n]\n", "camera.mat = []\n", "[camera\n"])
def test_what_cannot_be_edited_safely_stays_as_it_is(tmp_path, before):
    path = tmp_path / "project.toml"
    path.write_bytes(before.encode())
    with pytest.raises(ConfigError, match="yourself"):
        set_mat(path, MAT)
    assert path.read_bytes().decode() == before


@given(st.text(alphabet='[]camert =0.\n\r#"x', max_size=60))
def test_whatever_was_there_stays_or_the_file_does(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "edited.toml"
    path.write_bytes(text.encode())
    try:
        set_mat(path, MAT)
    except ConfigError:
        assert path.read_bytes().decode() == text
        return
    now, before = tomllib.loads(path.read_bytes().decode()), tomllib.loads(text)
    assert now.pop("camera")["mat"] == [[0.3, 0.7], [0.7, 0.7], [0.8, 0.951], [0.2, 0.95]]
    before.pop("camera", None)
    assert now == before
