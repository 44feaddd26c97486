"""What a display is to show: texts in, lines and the dots of their characters out."""

import cv2
import pytest
from gongzhi.board import font, screen
from gongzhi.errors import BoardError


def test_a_line_is_broken_where_it_may_be():
    assert screen.laid_out("大门打开了", ()) == "大门打开了"
    assert screen.laid_out("一二三四五六七八九", ()) == "一二三四五六七八\n九"
    assert screen.laid_out("一二三四五六七八，九", ()) == "一二三四五六七\n八，九", "no line begins with a comma"
    assert screen.laid_out("Please come in and sit down", ()) == "Please come in and\nsit down"
    assert screen.laid_out("上\n\n下", ()) == "上\n\n下"


def test_every_line_fits():
    for text in ("请把手举起来，机器就会问主人要不要开门。", "a" * 15 + " " + "b" * 15, "温度 {room}°C，湿度 {room}%"):
        for line in screen.laid_out(text, ("room",)).split("\n"):
            assert font.width(line.replace("{room}", "-000.0")) <= screen.DOTS, line


def test_a_field_is_never_torn_and_must_exist():
    assert screen.laid_out("一二三四五六{soil}", ("soil",)) == "一二三四五六\n{soil}"
    with pytest.raises(BoardError) as error:
        screen.laid_out("{soli}", ("soil", "lamp"))
    assert "{soli}" in error.value.text("en")
    assert "soil, lamp" in error.value.text("en")


def test_what_is_too_long_or_has_no_dots_is_refused():
    with pytest.raises(BoardError, match="5"):
        screen.laid_out("字" * 33, ())
    for bad in ("😀", "\N{DEGREE CELSIUS}"):
        with pytest.raises(font.NoGlyphError) as error:
            screen.laid_out(f"热{bad}", ())
        assert bad in error.value.text("zh")


def test_the_font_holds_what_is_needed_and_no_more():
    data = font.font("门开门\n")
    count = int.from_bytes(data[4:6], "little")
    codes = [int.from_bytes(data[6 + 2 * i : 8 + 2 * i], "little") for i in range(count)]
    assert data[:4] == font.MAGIC
    assert codes == sorted({ord(one) for one in "门开" + font.ALWAYS})
    assert len(data) == 6 + 35 * count
    widths = data[6 + 2 * count : 6 + 3 * count]
    assert all(1 <= one <= 16 for one in widths)
    assert widths[codes.index(ord("门"))] == 16


def test_the_dots_are_those_of_the_character():
    width, dots = font.glyph("一")
    rows = ["".join("#" if dots[16 * (y >> 3) + x] >> (y & 7) & 1 else "." for x in range(width)) for y in range(16)]
    lit = [y for y, row in enumerate(rows) if "#" in row]
    assert 1 <= len(lit) <= 2, rows
    assert 4 <= lit[0] <= 9, rows
    assert rows[lit[0]].strip(".").count("#") >= 12, "one stroke from side to side"
    assert font.glyph("口")[1] != font.glyph("日")[1] != font.glyph("目")[1]
    assert font.glyph("1")[0] < font.glyph("W")[0] <= 16
    assert font.glyph(" ") == (5, bytes(32))


def test_an_older_opencv_says_so(monkeypatch):
    monkeypatch.delattr(cv2, "FontFace")
    font._face.cache_clear()
    font.glyph.cache_clear()
    with pytest.raises(BoardError, match="OpenCV 5"):
        font.glyph("门")


def drawn(text):
    """The dots of a text, drawn here by the font's own description."""
    dots = bytearray(1024)
    for row, line in enumerate(text.split("\n")):
        x = 0
        for char in line:
            wide, shape = font.glyph(char)
            for half in range(2):
                start = (2 * row + half) * 128 + x
                dots[start : start + wide] = shape[16 * half : 16 * half + wide]
            x += wide
    return dots


def test_dots_are_known_as_the_page_that_they_show():
    texts = ["你好！", "老师，\n我有一个问题", "你好", "水 {soil}%\n浇吗？"]
    shown = screen.Shown(texts)
    assert [shown.page(bytes(drawn(text))) for text in texts[:3]] == [1, 2, 3]
    assert shown.page(bytes(1024)) == 0
    assert shown.page(bytes(drawn("水 41.5%\n浇吗？"))) == 4, "a number may be any"
    assert shown.page(bytes(drawn("水 41.5%"))) is None
    for broken in (3, 300, 1023):
        dots = drawn(texts[1])
        dots[broken] ^= 1
        assert shown.page(bytes(dots)) is None, "one dot is another, and it is that text no more"
