"""The page of a data set in a real browser: recordings move, what is in doubt comes first, a label can be chosen."""

import dataclasses
import shutil

from gongzhi import paths, text
from gongzhi.learn import dataset
from gongzhi.learn.look_page import page as page_of
from playwright.sync_api import expect

DATA = paths.share("examples") / "03_train_my_gestures" / "data"


def test_recordings_move_and_doubts_come_first(page, tmp_path):
    data = dataset.load(shutil.copytree(DATA, tmp_path / "data", ignore=shutil.ignore_patterns("*-seen.jsonl")))
    one = next(each for each in data.recordings() if each.head.label == "wave")
    data.add(dataclasses.replace(one, name="copy"))
    text.choose("zh")
    page.set_content(page_of(data))
    expect(page.locator("article")).to_have_count(13)
    expect(page.locator("h1")).to_have_text("数据集“gestures”")
    expect(page.locator("article").first.locator(".why")).to_contain_text("一样")
    picture = "document.querySelector('canvas').toDataURL()"
    before = page.evaluate(picture)
    page.wait_for_function(f"before => {picture} !== before", arg=before, timeout=30_000)
    page.get_by_role("button", name="值得看一看").click()
    expect(page.locator("article:visible")).to_have_count(2)
    page.get_by_role("button", name="rest").click()
    expect(page.locator("article:visible")).to_have_count(4)
