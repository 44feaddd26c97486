"""What the documents name is there: files, headings, commands with their options."""

import re
from pathlib import Path

import pytest
from gongzhi.cli import made
from typer.main import get_command

ROOT = Path(__file__).parents[1]
FOLDERS = ("docs", "examples", "firmware", "boards", "packs", "models")
DOCS = [ROOT / "README.md", *(path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.md")))]
COMMANDS = get_command(made())


def headings(path):
    """The names under which a page's headings are reached, as the usual readers of Markdown make them."""
    for line in re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", line.strip().lower()).replace(" ", "-")


def wrong_links(path):
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, place = link.partition("#")
        target = path.parent / file if file else path
        if not link.startswith("http") and not (
            target.exists() and (not place or target.suffix != ".md" or place in headings(target))
        ):
            yield link


def wrong_commands(text):
    for words, rest in re.findall(r"(?<![\w./-])gongzhi((?: [a-z][a-z-]*)+)([^\n`]*)", text):
        command, names = COMMANDS, words.split()
        while names and names[0] in getattr(command, "commands", {}):
            command = command.commands[names.pop(0)]
        if command is COMMANDS:
            continue  # a sentence
        known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)} | {"--help"}
        given = re.findall(r"(?<![\w=-])--[a-z][a-z0-9-]+", rest.partition("gongzhi ")[0])
        yield from (f"gongzhi{words} … {option}" for option in given if option not in known)


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_named_is_there(path):
    text = path.read_text("utf-8")
    named = re.findall(r"`((?:host|firmware|tests|tools|docs|boards|models|examples|packs)/[\w./-]+)`", text)
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert list(wrong_links(path)) == []
    assert list(wrong_commands(text)) == []


def test_what_is_not_there_is_found():
    assert list(wrong_commands("`gongzhi run X --camrea 0` and `gongzhi board find --json`, gongzhi is")) == [
        "gongzhi run … --camrea"
    ]
    # The language stands before the command.
    assert list(wrong_commands("`gongzhi --lang en run X` and `gongzhi run X --lang en`")) == ["gongzhi run … --lang"]


def words_in_tables(path):
    """What stands as code in the first column of a page's tables, down to the part for other programs."""
    text = path.read_text("utf-8").partition("## What page and other programs")[0]
    rows = re.findall(r"^\| (.*?) \|", text, re.MULTILINE)
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row)}


def test_the_chinese_page_of_the_rules_has_every_word_of_the_english_one():
    zh, en = words_in_tables(ROOT / "docs/api.zh.md"), words_in_tables(ROOT / "docs/api.md")
    assert zh == en


def test_its_examples_are_the_same_but_for_their_remarks():
    pages = [(ROOT / "docs" / name).read_text("utf-8") for name in ("api.zh.md", "api.md")]
    bare = [
        re.sub(r"\s+#.*|太干了|very dry", "", "".join(re.findall(r"```\w+\n(.*?)```", one, re.DOTALL))) for one in pages
    ]
    assert bare[0] == bare[1]
