"""The segments that the requirements name, written as a shop would write them in YAML."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from crmcore.segments.files import load_file
from crmcore.store.database import Database
from tests.segments.conftest import Segmented, ago, at, bought, tagged


@pytest.fixture
def shop(sqlite_database: Database, clock) -> Segmented:
    return Segmented(sqlite_database, clock)


@pytest.fixture
def ask(shop: Segmented, tmp_path: Path):
    """Whom a rule names, given what stands under `where`."""

    def asked(text: str) -> list[int]:
        path = tmp_path / "rule.yaml"
        path.write_text(f"name: asked\nwhere: {text}\n", "utf-8")
        count = shop.segments.check(path).count
        shop.segments.save(load_file(path))
        found = shop.ids("asked")
        assert len(found) == count
        return found

    return asked


def test_by_source(shop: Segmented, ask) -> None:
    """S116: 聚划算, 天天特价, U站."""
    ju = shop.customer("ju", bought(100, ago(5), source_tag="聚划算"), bought(100, ago(3)))
    shop.customer("direct", bought(100, ago(5)))
    assert ask("{orders: {any: {source_tag: {eq: 聚划算}}}}") == [ju]


def test_by_activity_node(shop: Segmented, ask) -> None:
    """S117: who bought at 双十一; the whole local day of the last night counts."""
    during = shop.customer("during", bought(100, at(date(2025, 11, 11), 23)))
    shop.customer("after", bought(100, at(date(2025, 11, 12), 0)))
    shop.customer("unpaid", bought(100, at(date(2025, 11, 11)), paid_at=None))
    assert ask("{orders: {any: {at: {between: [2025-11-01, 2025-11-12]}, bought: {eq: true}}}}") == [during]


def test_by_shopping_habit(shop: Segmented, ask) -> None:
    """S118: the categories she bought; and how lately."""
    dress = shop.customer("dress", bought(100, ago(400), "连衣裙"), bought(100, ago(5), "外套"))
    both = shop.customer("both", bought(100, ago(5), "连衣裙", "牛仔裤"))
    assert ask("{categories: {has: 连衣裙}}") == [dress, both]
    assert ask("{categories: {all: [连衣裙, 牛仔裤]}}") == [both]
    assert ask("{lines: {any: {category: {eq: 连衣裙}, days_since_at: {lt: 30}}}}") == [both]


def test_by_region(shop: Segmented, ask) -> None:
    """S122, S130: tiers of cities, place of sale."""
    first = shop.customer("first", city="上海", province="上海")
    shop.customer("second", city="杭州", province="浙江")
    nowhere = shop.customer("nowhere")
    assert ask("{city: {in: [北京, 上海, 广州, 深圳]}}") == [first]
    assert ask("{none: [{city: {exists: true}}]}") == [nowhere]


def test_by_age(shop: Segmented, ask) -> None:
    """S123, G1: below 18, 18–25, 26–29, 30–35, 36 and more; half-open bands, so 30 belongs to 30–35."""
    born = {
        age: shop.customer(str(age), birthday=f"{2026 - age}-03-05")
        for age in (17, 18, 25, 26, 29, 30, 35, 36)
    }
    shop.customer("unknown year", birthday="--03-05")
    assert ask("{age: {lt: 18}}") == [born[17]]
    assert ask("{age: {between: [18, 26]}}") == [born[18], born[25]]
    assert ask("{age: {between: [26, 30]}}") == [born[26], born[29]]
    assert ask("{age: {between: [30, 36]}}") == [born[30], born[35]]
    assert ask("{age: {gte: 36}}") == [born[36]]


def test_by_class_and_channel(shop: Segmented, ask) -> None:
    """S126, S130: customer classes are tags; the channel of sale stands on the order."""
    couple = shop.customer("couple", tagged("情侣"))
    live = shop.customer("live", bought(100, ago(5), channel="直播"))
    assert ask("{tags: {has: 情侣}}") == [couple]
    assert ask("{orders: {any: {channel: {eq: 直播}}}}") == [live]


def test_birthdays_this_week(shop: Segmented, ask) -> None:
    """Days until a birthday, whatever the year, over the end of a month."""
    soon = shop.customer("soon", birthday="--03-11")
    shop.customer("later", birthday="1990-03-12")
    shop.customer("gone", birthday="1990-03-04")
    assert ask("{days_until_birthday: {between: [0, 7]}}") == [soon]
