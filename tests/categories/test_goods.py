"""What goods are, read from their words; seasons; sizes; brands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore import Season, Words, brand_of, season_of, size_of
from tests.categories.histories import TODAY, She, goods

WORDS = Words({"dress": ("连衣裙", "dress"), "coat": ("外套", "coat"), "shoe": ("鞋", "shoe")}, but=("鞋垫",))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("【春夏】碎花连衣裙 M 码", "dress"),
        ("外套连衣裙", "dress"),  # the longest word decides
        ("Ｄress, red", "dress"),  # full-width letters are letters
        ("Red DRESSES", "dress"),
        ("dressing gown", None),  # a part of a word is no word
        ("coat shoe", "shoe"),  # of equally long ones the last
        ("运动鞋", "shoe"),
        ("硅胶鞋垫", None),
        ("", None),
        (None, None),
    ],
)
def test_kinds_by_words(text: str | None, kind: str | None) -> None:
    assert WORDS.kind(text) == kind


def test_a_line_is_known_by_its_category_first() -> None:
    she = She().bought(TODAY, goods("春款外套", "连衣裙"), goods("春款外套"), goods("赠品"))
    lines = she.history().lines()
    assert [WORDS.of(line) for line in lines] == ["dress", "coat", None]
    assert [line.category for line in WORDS.lines(lines, "dress")] == ["连衣裙"]
    assert len(WORDS.lines(lines)) == 2


@given(st.text(max_size=40))
def test_any_text_can_be_asked(text: str) -> None:
    WORDS.kind(text)
    size_of(text)
    brand_of(text, ["Nike/耐克"])


def test_no_words_find_nothing() -> None:
    assert Words({}).kind("鞋") is None
    assert Words({"a": [" "]}).kind(" ") is None


def test_seasons_of_the_months() -> None:
    assert [season_of(month) for month in (12, 2, 3, 5, 6, 8, 9, 11)] == [
        Season.WINTER, Season.WINTER, Season.SPRING, Season.SPRING,
        Season.SUMMER, Season.SUMMER, Season.AUTUMN, Season.AUTUMN,
    ]  # fmt: skip
    assert season_of(1, south=True) is Season.SUMMER


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("颜色分类:黑色;尺码:M", "M"),
        ("尺码：160/84A", "160/84A"),
        ("上衣 165/88A", "165/88A"),
        ("Linen dress - Red / XL", "XL"),
        ("碎花连衣裙 M 码", "M"),
        ("2XL码", "2XL"),
        ("跑鞋 38.5码", "38.5"),
        ("均码", "均码"),
        ("鞋码: 42", "42"),
        ("面膜 5片", None),
        ("精华 30ml", None),
        ("iPhone 6s", None),
        ("2026款", None),
    ],
)
def test_sizes(text: str, size: str | None) -> None:
    assert size_of(text) == size


@pytest.mark.parametrize(
    ("title", "brand"),
    [
        ("【霁禾】面霜", "霁禾"),
        ("【包邮】【霁禾】面霜", "霁禾"),
        ("【春夏】碎花连衣裙", None),
        ("Nike/耐克 Air 跑鞋", "Nike"),
        ("耐克/Nike 跑鞋", "Nike"),
        ("Coach手提包", "Coach"),
        ("Red dresses", None),
        ("百丽BELLE单鞋", None),
        ("", None),
    ],
)
def test_brands(title: str, brand: str | None) -> None:
    assert brand_of(title) == brand


def test_the_shops_own_brands_count_wherever_they_stand() -> None:
    known = ["Belle/百丽", "Nike/耐克/耐吉"]
    assert brand_of("2026新款 百丽单鞋", known) == "Belle"
    assert brand_of("【包邮】耐吉跑鞋", known) == "Nike"
    assert brand_of("Coach手提包", known) == "Coach"
