"""Reports that stay: after every kind of act the kept tables hold what freshly read ones hold."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from crmcore.analytics.catching_up import Moment, news
from crmcore.analytics.data import Data
from crmcore.analytics.records import opened
from crmcore.analytics.views import VIEWS
from crmcore.errors import PluginFailure
from crmcore.hooks.reports import TABLES
from crmcore.importing.figures import by_hand
from crmcore.people import Changes, People
from crmcore.shop import Shop
from crmcore.store import schema
from crmcore.store.changes import insert, update
from tests.analytics.conftest import COLUMNS, both_kinds
from tests.importing.shops import mapping, table

Row = dict[str, object]


def line(order: str, buyer: str, **values: object) -> Row:
    same = {"name": buyer, "placed_at": "2026-03-04 10:00:00", "paid_at": "2026-03-04 10:00:00", "status": "done",
            "sku": "S1", "title": "红裙子", "category": "连衣裙", "quantity": 1, "unit_price": "300.00",
            "order_total": "300.00", "refund_total": "0"}  # fmt: skip
    return {"order_ref": order, "buyer_ref": buyer, **same, **values}


def bring(shop: Shop, folder: Path, *rows: Row, currency: str = "CNY") -> None:
    says = mapping(folder, columns=COLUMNS, currency=currency, time_zone="Asia/Shanghai",
                   order_amounts="repeated", statuses={"new": "unpaid", "done": "completed"})  # fmt: skip
    shop.imports.run([table(folder, rows)], mapping=says)


def undo_last_import(shop: Shop) -> None:
    shop.imports.undo(shop.imports.all()[0].id)


@both_kinds
def test_what_is_kept_is_what_is_read_anew(shop: Shop, tmp_path: Path) -> None:
    people = People(shop)
    li, han = (people.find(name)[0].customer_id for name in ("李雷", "韩梅梅"))
    steps: list[Callable[[], object]] = [
        lambda: None,
        lambda: bring(shop, tmp_path, line("A7", "li"), line("A8", "wang", refund_total="300.00")),
        lambda: bring(shop, tmp_path, line("A1", "li", refund_total="20.00", quantity=3)),  # lines replaced
        lambda: (people.log(li, "complaint", "late"), people.edit(han, Changes({"province": "浙江"}))),
        lambda: (
            by_hand(shop, "product", {"sku": "S1", "cost": "120"}),
            by_hand(shop, "traffic", {"day": "2026-03-04", "visitors": "50"}),
        ),
        lambda: undo_last_import(shop),
        lambda: people.merge(li, han),
        lambda: bring(shop, tmp_path, line("A9", "zhao"), currency="USD"),
        lambda: people.forget(people.find("wang")[0].customer_id),
    ]
    start = shop.reports._source(None)
    # Without and with reading copies; a shop on a server has none.
    ways = (start.copied_from, 0) if shop.database.is_sqlite else (start.copied_from,)
    with contextlib.ExitStack() as stack:
        kept = [
            stack.enter_context(Data(replace(start, copied_from=one), TABLES, to_stay=True)) for one in ways
        ]
        for number, step in enumerate(steps):
            step()
            source = shop.reports._source(None)
            for way, stays in zip(ways, kept, strict=True):
                stays.catch_up(replace(source, copied_from=way))
            with Data(source, TABLES) as fresh:
                held = _held(fresh)
            assert [_held(stays) for stays in kept] == [held] * len(kept), number


def _held(data: Data) -> dict[str, object]:
    names = (*TABLES, *VIEWS)
    rows: dict[str, object] = {name: data.query(f"SELECT * FROM {name} ORDER BY ALL") for name in names}
    return {**rows, "others": dict(data.other_currencies)}


def test_a_refund_that_changed_by_itself_is_looked_for_in_all_of_them(shop: Shop) -> None:
    with shop.write("made") as write:
        one = insert(write, schema.refunds, {"source": "x", "number": "R1", "currency": "CNY", "amount": 5})
    with opened(shop.reports._source(None)) as records:
        before = Moment.of(records)
        assert not news(records, before, "CNY").too_much
    with shop.write("changed") as write:
        update(write, schema.refunds, one, {"amount": 4})
    with opened(shop.reports._source(None)) as records:
        assert news(records, before, "CNY").too_much


def test_on_another_day_and_with_another_playbook_every_tile_is_worked_out_anew(shop: Shop) -> None:
    source = shop.reports._source(None)
    tomorrow = replace(source, today=source.today + timedelta(days=1))
    with Data(source, ["orders"], to_stay=True) as data:
        assert data.catch_up(source) == frozenset()
        assert data.catch_up(tomorrow) == data.catch_up(replace(tomorrow, playbook={})) == {"orders"}


def test_what_is_new_is_found_without_going_through_all_that_ever_was_done(shop: Shop) -> None:
    """The acts and the journal of years are not read for what came since a minute ago."""
    asked: list[str] = []

    class Listening:
        def rows(self, sql: str) -> list[tuple[object, ...]]:
            asked.append(sql)
            with shop.database.read() as connection:
                return [tuple(row) for row in connection.exec_driver_sql(sql)]

    news(Listening(), Moment.of(Listening()), "CNY")
    assert len(asked) >= 4
    with shop.database.read() as connection:
        steps = [str(row) for sql in asked for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
    scans = [one for one in steps if "SCAN changes" in one or "SCAN journal" in one]
    assert all("changes_running" in one for one in scans), scans


def test_a_round_shows_the_order_that_came_meanwhile(shop: Shop, tmp_path: Path) -> None:
    wanted = [("sales", {"start": "2026-03-01", "end": "2026-03-31"}), ("grades", {})]
    others = {*_children()}  # of shops that other tests share
    with shop.reports.live(wanted) as live:
        before = [one.findings.tables[0].rows for one in live.refresh()]  # type: ignore[union-attr]
        [child] = {*_children()} - others
        bring(shop, tmp_path, line("A7", "li"))
        after = live.refresh()
        assert child in _children()  # the same process, with the records it had read
        sales, grades = (one.findings.tables[0].rows for one in after)  # type: ignore[union-attr]
        assert sales[0][1] == before[0][0][1] + 1  # type: ignore[operator]
        assert sum(row[3] for row in grades) == sum(row[3] for row in before[1])  # type: ignore[misc]
        alone = shop.reports.run(*wanted[0]).findings.tables[0].rows
        assert [tuple(row) for row in sales] == [tuple(row) for row in alone]
        # Killed while it waits: a clear message, and the next round works.
        child.kill()
        with pytest.raises(PluginFailure, match="ended its process"):
            live.refresh()
        assert live.refresh()[0].findings.tables[0].rows == sales  # type: ignore[union-attr]
    assert child not in _children()


def test_a_tile_that_fails_leaves_the_others(shop: Shop) -> None:
    with shop.reports.live([("wrong", {}), ("both", {})]) as live:
        wrong, both = live.refresh()
    assert "Findings is expected" in str(wrong)
    assert both.findings.tables[0].rows  # type: ignore[union-attr]


def _children() -> list[psutil.Process]:
    return psutil.Process().children()
