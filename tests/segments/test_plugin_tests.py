"""Segments whose rules hold Python functions and regular expressions: they run in the worker process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from crmcore.cli.main import crm
from crmcore.errors import PluginFailure
from crmcore.records.settings import ShopSettings
from crmcore.rules.yaml import load_rule
from crmcore.shop import Shop
from tests.segments.conftest import at, bought

PLUGIN = '''
"""Segments that need Python."""
import os
from crmcore import SegmentRule, hookimpl, segment, where

HERE = os.getpid()

def round_sum(amount):
    if amount > 150:
        raise LookupError("the database should have left her out")
    return amount == int(amount)

def elsewhere(city):
    return os.getpid() == HERE and city == "杭州"

def in_march(day):
    return (day.month, day.utcoffset().total_seconds()) == (3, 8 * 3600)

def refuses(amount):
    return {}["138 0000 0000"]

def few(orders):
    return orders < 2

@hookimpl
def crm_segment_rules():
    city = where("city")
    some_lines = where("category").search("^红") & (where("quantity") == 1)
    return [
        SegmentRule("round", (where("province") == "浙江") & where("total_spent").test(round_sum)),
        SegmentRule("others", city.matches("杭|苏") & ~segment("round")),
        SegmentRule("red", where("lines").any(some_lines)),
        SegmentRule("march", where("last_order_at").test(in_march)),
        SegmentRule("not_here", city.test(elsewhere) | (city.exists() & (where("orders").test(few) | city.search("^南")))),
        SegmentRule("refuses", where("total_spent").test(refuses)),
        SegmentRule("endless", where("province").exists() & where("city").matches("(a+)+$")),
    ]
'''
NESTED = "name: by_word\nwhere: {all: [{segment: others}, {none: [{segment: red}]}]}"
DAY = date(2026, 3, 5)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("CRM_PLUGINS", "words")
    with Shop.create(tmp_path / "shop", ShopSettings("CNY", "Asia/Shanghai", "en")) as shop:
        (tmp_path / "shop" / "plugins" / "words.py").write_text(PLUGIN, "utf-8")
        yield shop


@pytest.fixture
def people(shop: Shop) -> list[int]:
    """Round in Hangzhou, odd in Suzhou, rich in Suzhou of another province, somebody without anything."""
    return [
        _customer(shop, 10_000, "红裙", province="浙江", city="杭州"),
        _customer(shop, 10_001, "粉红裙", province="浙江", city="苏州"),
        _customer(shop, 20_000, province="广东", city="苏州"),
        _customer(shop, None),
    ]


def _customer(shop: Shop, amount: int | None, *categories: str, **profile: str) -> int:
    from crmcore.store import schema
    from tests.segments.conftest import insert_row

    with shop.write("test") as write:
        id_ = insert_row(write, schema.customers, name="x", **profile)
        if amount is not None:
            bought(amount, at(DAY, 0), *categories)(write, id_)
        write.touch([id_])
    return id_


def _ids(shop: Shop, name: str) -> list[int]:
    found = [member.id for member in shop.segments.members(name, limit=None).customers]
    assert shop.segments.count(name).count == len(found)
    return found


def test_they_are_asked_of_the_worker_about_the_rows_left_over(shop: Shop, people: list[int]) -> None:
    first, second, third, _nobody = people
    assert _ids(shop, "round") == [first]  # major units, and the database had left Guangdong out
    assert _ids(shop, "others") == [second, third]
    assert _ids(shop, "red") == [first]
    assert _ids(shop, "march") == [first, second, third]  # in the shop's zone it is March at midnight
    assert _ids(shop, "not_here") == [first, second, third]
    shop.segments.save(load_rule(NESTED))
    assert _ids(shop, "by_word") == [second, third]
    page = shop.segments.members("others", limit=1, after=second)
    assert (page.count, [one.id for one in page.customers]) == (2, [third])
    why = shop.segments.explain("others", second).why
    assert (why.held, [part.held for part in why.parts]) == (True, [True, True])


def test_more_customers_than_one_batch_takes(shop: Shop, people: list[int]) -> None:
    from crmcore.store import schema
    from tests.segments.conftest import insert_row

    with shop.write("test") as write:
        more = [insert_row(write, schema.customers, city=f"杭{n % 700}") for n in range(2100)]
        write.touch(more)
    assert _ids(shop, "others") == [*people[1:3], *more]


def test_one_that_raises_is_named_without_its_data(shop: Shop, people: list[int]) -> None:
    with pytest.raises(PluginFailure) as raised:
        shop.segments.count("refuses")
    assert str(raised.value).startswith("plugin 'words' failed in segment refuses: KeyError (words.py, line ")
    assert "138" not in str(raised.value)
    assert _ids(shop, "round") == people[:1]


def test_a_regular_expression_that_never_ends_ends_the_command_in_seconds(shop: Shop) -> None:
    _customer(shop, None, province="浙江", city="a" * 60 + "!")
    started = time.monotonic()
    done = CliRunner().invoke(crm, ["--shop", str(shop.place.folder), "segment", "count", "endless"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert (
        "plugin 'words' failed in segment endless: it gave no answer within 3 s and was ended" in done.stderr
    )
    assert time.monotonic() - started < 20
    assert "endless" in (shop.log_folder / "plugins.log").read_text("utf-8")
