"""The analytics process: right on each road, consistent beside writers, ended when it must be."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pytest

from crmcore.analytics import data as engine
from crmcore.analytics.live import Live
from crmcore.analytics.tables import statements
from crmcore.errors import CrmError, NotFoundError, PluginFailure
from crmcore.hooks.reports import TABLES
from crmcore.hooks.settings import SettingError
from crmcore.hooks.worker import Stopped
from crmcore.importing.figures import by_hand
from crmcore.people import People
from crmcore.shop import Shop
from crmcore.store import schema
from tests.analytics.conftest import both_kinds
from tests.waiting import until

FEBRUARY = date(2026, 2, 28)


def months(shop: Shop, **typed: str) -> dict[date, tuple[object, ...]]:
    typed = {"start": "2026-01-01", "end": "2026-03-31", **typed}
    result = shop.reports.run("sales", typed)
    return {row[0]: tuple(row[1:5]) for row in result.findings.tables[0].rows}  # type: ignore[misc]


@both_kinds
def test_orders_count_where_they_were_bought_on_the_day_they_were_paid(shop: Shop) -> None:
    assert months(shop) == {
        # orders, buyers, paid, refunded; A1 was paid a second before midnight
        date(2026, 1, 1): (1, 1, 52000, 0),
        # A2, and A4 that is nobody's; A5 was refunded in full: it is no sale, but its money went back
        date(2026, 2, 1): (2, 1, 35990, 40000),
        date(2026, 3, 1): (1, 1, 8000, 0),
    }


def test_sales_end_with_the_last_day_and_leave_days_off_out(shop: Shop) -> None:
    # A4 was paid on 4 February, the refunds of February on its last days
    assert months(shop, end="2026-02-03") == {
        date(2026, 1, 1): (1, 1, 52000, 0),
        date(2026, 2, 1): (1, 1, 30000, 10000),
    }
    typed = {"start": "2026-02-01", "end": "2026-02-28", "days_off": '["2026-02-01"]'}
    result = shop.reports.run("sales", typed)
    assert [row[1] for row in result.findings.tables[0].rows] == [1]
    assert result.findings.notes == []  # February is over
    assert shop.reports.behind(result, "sales", 0) == (0, [])  # that one was nobody's


def test_without_a_first_day_sales_begin_with_the_first_sale(shop: Shop) -> None:
    result = shop.reports.run("sales", as_of=FEBRUARY)
    assert [row[0] for row in result.findings.tables[0].rows] == [date(2026, 1, 1), date(2026, 2, 1)]


@both_kinds
def test_as_of_a_day_speaks_of_what_had_happened_by_then(shop: Shop) -> None:
    result = shop.reports.run("sales", {"start": "2026-01-01"}, as_of=date(2026, 2, 3))
    rows = result.findings.tables[0].rows
    assert result.as_of == date(2026, 2, 3)
    assert [(row[0], row[1]) for row in rows] == [(date(2026, 1, 1), 1), (date(2026, 2, 1), 1)]


def test_without_duckdbs_extension_it_is_slower_and_says_so(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine.duck, "load_sqlite_reader", lambda _connection: False)
    source = shop.reports._source(None)
    with engine.Data(source, TABLES) as slow:
        assert "cannot be loaded" in slow.slow_because
        found = {name: slow.query(f"SELECT * FROM {name} ORDER BY ALL") for name in TABLES}
    monkeypatch.undo()
    with engine.Data(source, TABLES) as quick:
        assert quick.slow_because == ""
        assert found == {name: quick.query(f"SELECT * FROM {name} ORDER BY ALL") for name in TABLES}
    assert len(found["orders"]) == 6
    assert len(found["lines"]) == 5  # those of bought orders


def test_every_table_has_the_columns_that_the_documentation_names(shop: Shop) -> None:
    made = statements(None, "CNY", shop.kinds.values())
    assert set(made.common) == set(made.sqlite) == {
        *TABLES, "other_currencies",
    }  # fmt: skip


def test_views_say_once_what_several_reports_ask(shop: Shop) -> None:
    for figures in ({"day": "2026-02-01", "visitors": "50"}, {"day": "2026-02-01", "site": "ad", "visitors": "9"},
                    {"day": "2026-02-02", "site": "ad", "visitors": "7", "spent": "3"},
                    {"day": "2026-02-02", "site": "post", "visitors": "1"}):  # fmt: skip
        by_hand(shop, "traffic", figures)
    source = shop.reports._source(None)
    with engine.Data(source, ["orders: customer_id bought paid_on", "lines", "traffic"]) as data:
        first = data.query("SELECT paid_on, first_on, customer_id IS NULL FROM purchases ORDER BY 1")
        with pytest.raises(duckdb.CatalogException):  # without the money that it tells
            data.query("SELECT * FROM buyers")
        shown = data.query("SELECT on_day, visitors, spent FROM traffic_days ORDER BY 1")
        data.query("UPDATE lines SET goods = false")
        nothing_else = data.one("SELECT count(*) FROM goods_sold")
        data.query("UPDATE lines SET goods = true WHERE sku = 'S3'")
        goods = data.query("SELECT sku FROM goods_sold")
    january, february, march = date(2026, 1, 5), date(2026, 2, 1), date(2026, 3, 1)
    # A4 is nobody's; A5 went back whole: she first bought in March.
    assert first == [
        (january, january, False), (february, january, False), (date(2026, 2, 4), None, True), (march, march, False)
    ]  # fmt: skip
    assert shown == [
        (february, 50, None),
        (date(2026, 2, 2), 8, 300),
    ]  # told for the shop, else for its sites
    assert (nothing_else, goods) == (5, [("S3",)])
    with engine.Data(source, ["orders: customer_id bought placed_on paid_on net"]) as data:
        found = data.query("SELECT orders, net, first_on, last_on FROM buyers ORDER BY net")
    assert found == [(1, 8000, march, march), (2, 72000, january, february)]


@contextmanager
def selling(shop: Shop) -> Iterator[Callable[[], None]]:
    """While the block runs, somebody sells one piece for 7.00 after the other; what is given waits for the next."""
    stop = threading.Event()
    number = 0

    def write() -> None:
        nonlocal number
        while not stop.is_set():
            with shop.write("sold") as writing:
                order = writing.connection.execute(
                    schema.orders.insert().values(
                        source="x", number=f"n{number + 1}", currency="CNY", status="paid", placed_at=1_770_000_000,
                        paid_at=1_770_000_000, ordered_total=700, paid_total=700, net_total=700,
                        created_by=writing.change_id, changed_by=writing.change_id,
                    )
                ).inserted_primary_key  # fmt: skip
                assert order is not None
                writing.connection.execute(
                    schema.order_lines.insert().values(
                        order_id=order[0],
                        position=1,
                        sku="S7",
                        product_id=1,
                        quantity=1,
                        total=700,
                        created_by=writing.change_id,
                    )
                )
            number += 1

    def one_more() -> None:
        sold = number
        until(lambda: number > sold)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield one_more
    finally:
        stop.set()
        writer.join()


def test_totals_of_two_tables_agree_while_somebody_writes(shop: Shop) -> None:
    before = shop.reports.run("both").findings.tables[0].rows[0]
    seen = []
    with selling(shop) as one_more:
        for _turn in range(3):
            one_more()
            seen.append(shop.reports.run("both").findings.tables[0].rows[0])
    differences = {row[0] - before[0] - (row[1] - before[1]) for row in seen}  # type: ignore[operator]
    assert differences == {0}
    assert seen[-1][0] > before[0]  # type: ignore[operator]


def test_the_parts_of_the_summary_agree_while_somebody_writes(shop: Shop) -> None:
    """The month's orders, the sales of the month, what S7 sold: from three reports, of one moment."""

    def told(live: Live | None = None) -> tuple[int, int, int]:
        answers = live.refresh() if live else [shop.reports.run("summary", {"month": "2026-02-01"})]
        tables = {one.name: one.rows for one in answers[0].findings.tables}  # type: ignore[union-attr]
        pieces = [row[3] for row in tables["products.best"] if row[0] == "S7"]
        return tables["counts"][0][1], tables["sales.sales"][-1][1], (pieces or [0])[0]  # type: ignore[return-value]

    known = told()[0]
    with selling(shop) as one_more:
        first = told()
        one_more()
        seen = [first, told()]
    assert all(orders == sold == known + pieces for orders, sold, pieces in seen), seen
    assert seen[-1][2] > seen[0][2]


def test_the_network_is_not_asked(shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A worker in which every connection to another machine fails works reports out all the same."""
    cut = tmp_path / "cut"
    cut.mkdir()
    (cut / "sitecustomize.py").write_text(
        f"import pathlib, socket\npathlib.Path({str(cut / 'seen')!r}).touch()\n"
        "def no(*_args, **_more): raise OSError('the network is cut')\n"
        "socket.socket.connect = socket.getaddrinfo = socket.create_connection = no\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(cut))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # what DuckDB itself would ask
    result = shop.reports.run("summary", {"month": "2026-02-01"})
    assert (cut / "seen").exists()
    assert result.findings.slow_because == ""
    assert result.findings.tables[0].rows


def test_it_says_what_it_is_doing(shop: Shop) -> None:
    said: list[str] = []
    shop.reports.run("sales", told=said.append)
    assert said[0].endswith("orders (1 of 3)")
    assert said[-1] == "working it out"


def test_a_report_that_is_stopped_ends_at_once(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = tmp_path / "started"
    monkeypatch.setenv("CRM_TEST_STARTED", str(started))

    def stop() -> None:
        until(started.exists)
        shop.reports.stop("sleepy")

    stopper = threading.Thread(target=stop)
    stopper.start()
    with pytest.raises(Stopped):
        shop.reports.run("sleepy")
    stopper.join()
    assert shop.reports.run("both").findings.tables[0].rows


def test_when_its_process_is_killed_it_says_so_and_the_next_report_works(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = tmp_path / "started"
    monkeypatch.setenv("CRM_TEST_STARTED", str(started))

    def kill() -> None:
        until(started.exists)
        for child in [*shop.worker._busy]:
            child._process.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(PluginFailure, match=r"sleepy.*ended its process"):
        shop.reports.run("sleepy")
    killer.join()
    assert shop.reports.run("both").findings.tables[0].rows


def test_a_report_that_says_nothing_for_too_long_is_ended(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_TEST_STARTED", str(tmp_path / "started"))
    with pytest.raises(PluginFailure, match=r"no answer within 0\.5 s"):
        shop.reports.run("short")


@pytest.mark.parametrize(
    ("name", "said"), [("wrong", "Findings is expected"), ("ragged", "2 values for 1 column")]
)
def test_what_is_no_finding_is_refused(shop: Shop, name: str, said: str) -> None:
    with pytest.raises(PluginFailure, match=said):
        shop.reports.run(name)


def test_unknown_reports_and_parameters_are_told_with_the_nearest_name(shop: Shop) -> None:
    with pytest.raises(NotFoundError, match="sales"):
        shop.reports.run("slaes")
    with pytest.raises(SettingError, match="start"):
        shop.reports.run("sales", {"strat": "2026-01-01"})
    with pytest.raises(SettingError, match="by"):
        shop.reports.run("sales", {"by": "fortnight"})


def test_behind_what_no_table_says_is_nobody(shop: Shop) -> None:
    result = shop.reports.run("sales")
    for table, row in (("both", 0), ("sales", 99), ("sales", -1)):
        with pytest.raises(CrmError, match="no customers"):
            shop.reports.behind(result, table, row)


def test_the_gate_is_asked_whichever_face_asks_for_a_report(shop: Shop) -> None:
    result = shop.reports.run("sales")
    shop.gate = lambda _actor, action: not action.startswith("report")
    with pytest.raises(CrmError, match="report"):
        shop.reports.run("sales")
    with pytest.raises(CrmError, match="report"):
        shop.reports.behind(result, "sales", 0)
    with pytest.raises(CrmError, match=r"report\.note"):
        shop.reports.keep_note("sales", "2026-01", "why")


def test_behind_a_row_are_its_customers(shop: Shop) -> None:
    typed = {"start": "2026-01-01", "end": "2026-03-31"}
    count, ids = shop.reports.behind(shop.reports.run("sales", typed), "sales", 0)
    assert (count, len(ids)) == (1, 1)
    card, _events = People(shop).show(ids[0])
    assert card.name == "李雷"
