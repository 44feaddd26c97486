"""Every text that a user may see has a Chinese translation with the same fields; the language is chosen as stated."""

import errno
import io
import json
import os
import re
from pathlib import Path

import gongzhi
import polib
import pytest
from babel.messages.extract import extract
from gongzhi import text
from gongzhi.errors import ConfigError

PACKAGE = Path(gongzhi.__file__).parent
FIELD = re.compile(r"\{(\w*)[^}]*\}")


def keys() -> dict[str, str]:
    """Every key in the code, with one place where it stands."""
    found: dict[str, str] = {}
    for path in sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("page/static/**/*.js")]):
        method = "python" if path.suffix == ".py" else "javascript"
        marks = {"N_": None, "tr": None} if method == "python" else {"t": None, "N_": None}
        for line, message, _, _ in extract(method, io.BytesIO(path.read_bytes()), keywords=marks):
            text_of = message if isinstance(message, str) else message[0]
            found.setdefault(text_of, f"{path.relative_to(PACKAGE)}:{line}")
        if method == "javascript":  # the extraction does not look into a template
            for call in re.finditer(r'\bt\(\s*("(?:[^"\\]|\\.)*")', path.read_text("utf-8")):
                found.setdefault(json.loads(call[1]), path.name)
    return found


def entries() -> dict[str, str]:
    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(PACKAGE / "locale" / "zh.po"))}


def test_every_key_is_translated():
    have = entries()
    missing = {key: place for key, place in keys().items() if not have.get(key)}
    assert not missing


def test_no_translation_is_left_without_its_key():
    used = keys()
    assert [key for key in entries() if key not in used] == []


def test_no_key_stands_twice():
    all_keys = [entry.msgid for entry in polib.pofile(str(PACKAGE / "locale" / "zh.po"))]
    assert sorted(set(all_keys)) == sorted(all_keys)


def test_what_is_to_be_copied_into_a_file_has_the_quotes_that_toml_takes():
    assert [said for pair in entries().items() for said in pair if re.search(r"= \[?“", said)] == []


def in_no_language(script: str) -> list[str]:
    """What a page's script shows as it is written: sentences outside of t("…") and N_("…"), also in a template."""
    script = re.sub(r"/\*.*?\*/|(?<![:\\w\"'`])//[^\n]*", "", script, flags=re.DOTALL)
    script = re.sub(r'\b(?:t|N_)\(\s*"(?:[^"\\]|\\.)*"', "", script)
    script = script.replace("(prefers-reduced-motion: reduce)", "")
    texts = [text for pair in re.findall(r'"((?:[^"\\\n]|\\.)*)"|`([^`]*)`', script) for text in pair]
    shown = [re.sub(r"\$\{[^}]*\}", "", text) for text in texts]
    return [
        text
        for text in shown
        if re.search(r"\b[A-Z][a-z]+ [a-z]+\b|[a-z]+ [a-z]+[.!?]|[a-z]: |[\u4e00-\u9fff]{3}", text)
    ]


def test_a_page_shows_nothing_that_is_not_translated():
    assert in_no_language('a = `${n} frames: ${t("Hello there")}`; b = "card open"; c = t("Be still");') == [
        " frames: "
    ]
    found = {path.name: in_no_language(path.read_text("utf-8")) for path in PACKAGE.rglob("page/static/**/*.js")}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_translations_have_the_fields_of_their_keys():
    wrong = {k: v for k, v in entries().items() if sorted(set(FIELD.findall(k))) != sorted(set(FIELD.findall(v)))}
    assert not wrong


@pytest.mark.parametrize(
    ("gongzhi_lang", "lang", "expected"),
    [
        ("", "en_GB.UTF-8", "en"),
        ("", "C.UTF-8", "zh"),
        ("", "zh_CN.UTF-8", "zh"),
        ("en", "zh_CN", "en"),
        ("zh", "en_US", "zh"),
    ],
)
def test_chinese_comes_first(monkeypatch, gongzhi_lang, lang, expected):
    monkeypatch.setenv("GONGZHI_LANG", gongzhi_lang)
    monkeypatch.setenv("LANG", lang)
    assert text.language() == expected


def test_one_error_speaks_both_languages():
    error = ConfigError("The file {file} does not exist.", "Check the folder’s name.", file="a.toml")
    assert error.text("en") == "The file a.toml does not exist.\nCheck the folder’s name."
    assert "a.toml" in error.text("zh")
    assert error.text("zh") != error.text("en")


def test_a_message_inside_a_message_speaks_its_language():
    inner = text.Later("Did you mean “{near}”? Possible: {known}.", {"near": "a", "known": "b"})
    error = ConfigError("{file} [{where}]: {fault}", file="f", where="w", fault=inner)
    text.choose("en")
    assert str(inner).startswith("Did you mean")
    assert error.text("en") == f"f [w]: {inner}"
    assert error.text("zh") == f"f [w]: {inner.text('zh')}" != error.text("en")
    assert text.tr("{why}", "zh", why=error) == error.text("zh")


@pytest.mark.parametrize("system", [("English_United Kingdom", "1252"), ("en_US", "UTF-8")])
def test_without_surroundings_the_system_is_asked(monkeypatch, system):
    monkeypatch.delenv("GONGZHI_LANG")
    monkeypatch.delenv("LANG", raising=False)
    monkeypatch.setattr("locale.getlocale", lambda: system)
    assert text.language() == "en"


def test_a_locale_that_nobody_knows_is_chinese(monkeypatch):
    def unknown():
        raise ValueError("unknown locale")

    monkeypatch.delenv("GONGZHI_LANG")
    monkeypatch.delenv("LANG", raising=False)
    monkeypatch.setattr("locale.getlocale", unknown)
    assert text.language() == "zh"


@pytest.mark.parametrize(
    "why", [os.strerror(errno.ENOENT), FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "x")]
)
def test_what_the_system_says_is_said_in_the_language_of_the_sentence(why):
    error = ConfigError("The file {file} cannot be read: {why}", file="x", why=why)
    assert error.text("zh") == "文件 x 读不出来：没有这个文件或文件夹"
    assert "No such file or directory" in error.text("en")
    assert ConfigError("{why}", why="something else").text("zh") == "something else"
