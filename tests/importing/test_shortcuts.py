"""Ways to the same shop with less work: what comes of them is what comes of the long way."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from crmcore.desk.segment_view import stamp
from crmcore.importing import prepare, run
from crmcore.importing.apply.chunk import Alone
from crmcore.importing.reading import fast, tables
from crmcore.importing.staging import ahead, people
from crmcore.importing.staging import rows as staged_rows
from crmcore.importing.staging.scratch import Scratch
from crmcore.records.identity import phone_identity
from crmcore.shop import Shop
from crmcore.store import customers
from tests.importing.shops import check, content, import_one, mapping, opened, rows, table

COLUMNS = [
    "order_ref", "buyer_ref", "phone", "email", "name", "address", "sku", "title", "quantity", "unit_price",
    "placed_at", "note", "tags", "consent.email",
]  # fmt: skip


def sales(count: int, **more: object) -> list[dict[str, object]]:
    """Order lines of all kinds of people: known, masked, two with one phone, nobody; some bring goods back."""
    found: list[dict[str, object]] = []
    for i in range(count):
        who: dict[str, object] = {"buyer_ref": f"b{i % 17}", "phone": f"138000{i % 13:05d}", "name": "王小明"}
        who |= {"email": f"B{i % 17}@Example.com", "tags": "VIP" if i % 4 else "", "consent.email": "no"}
        if i % 5 == 0:
            who = {"buyer_ref": f"b***{i % 3}", "phone": f"138****{i % 3:04d}", "name": "王*明"}
        if i % 7 == 0:
            who = {"name": "Ann Lee", "address": f"浙江省 杭州市 演示路{i % 2}号"}
        found.append({
            "order_ref": f"A{i - i % 2}", **({} if i % 11 == 0 else who), "sku": f"S{i % 5}", "title": "面霜",
            "quantity": -1 if i % 9 == 0 else 2, "unit_price": "12.50", "placed_at": f"2026-03-{i % 28 + 1:02d}",
            "note": 'two\nlines, "quoted"' if i % 6 == 0 else "", **more,
        })  # fmt: skip
    return found


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(people, "CHUNK_WEIGHT", 20)
    return mapping(tmp_path, columns=COLUMNS, currency="CNY")


def by_the_long_way(shop: Shop, *files: Path, mapping: Path) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(Alone, "now", lambda self, write: False)
        monkeypatch.setattr(tables, "LONG_FILE", 1 << 40)
        monkeypatch.setattr(staged_rows, "FEW", 0)
        for file in files:
            import_one(shop, file, mapping=mapping)
    return content(shop)


def test_in_a_shop_that_holds_nothing_else_nobody_is_looked_up(
    shop: Shop, other_shop: Shop, tmp_path: Path, said: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = table(tmp_path, sales(120))
    alone: list[bool] = []
    now = Alone.now

    def noted(self: Alone, write: Any) -> bool:
        alone.append(now(self, write))
        return alone[-1]

    monkeypatch.setattr(Alone, "now", noted)
    import_one(shop, file, mapping=said)
    assert len(alone) > 1
    assert all(alone)
    check(shop)
    assert len(rows(shop, "candidates", "id")) > 0
    if shop.database.is_sqlite:
        assert content(shop) == by_the_long_way(other_shop, file, mapping=said)
    # What was imported once is looked up by the next import.
    again = import_one(shop, file, mapping=said)
    assert not alone[-1]
    assert again.counts.new == 0


def test_whoever_keeps_counts_sees_each_chunk_of_an_import(
    shop: Shop, tmp_path: Path, said: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "HELD", 0.0)
    seen: dict[int, object] = {}

    def between(done: int, _total: int, what: str) -> None:
        if what == "importing":
            seen[done] = stamp(shop)

    import_one(shop, table(tmp_path, sales(60)), mapping=said, progress=between)
    assert len(seen) > 2
    assert len(set(seen.values())) == len(seen)
    before = stamp(shop)
    shop.imports.undo(1)
    assert stamp(shop) != before


def test_somebody_who_writes_meanwhile_is_looked_up(
    sqlite_shop: Shop, tmp_path: Path, said: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two chunks somebody gives a customer the phone that a later chunk brings."""
    monkeypatch.setattr(run, "HELD", 0.0)
    met: list[int] = []

    def between(done: int, _total: int, _what: str) -> None:
        if done == 2 and not met:
            with sqlite_shop.write("desk") as write:
                met.append(customers.add(write, {"name": "Met"}, [phone_identity("13900000099")], at=1))

    people_of_file = [
        {"order_ref": f"A{i}", "phone": f"139000000{i:02d}", "unit_price": 1, "title": "x"}
        for i in range(100)
    ]
    import_one(sqlite_shop, table(tmp_path, people_of_file), mapping=said, progress=between)
    owner = dict(rows(sqlite_shop, "orders", "number", "customer_id"))["A99"]
    assert [owner] == met
    check(sqlite_shop)


def test_two_imports_that_began_in_an_empty_shop_know_each_other_s_people(
    sqlite_shop: Shop, tmp_path: Path, said: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have begun before either brings anybody; the second one works between two chunks of the first."""
    monkeypatch.setattr(run, "HELD", 0.0)
    people_of = {
        name: [
            {"order_ref": f"{name}{i}", "phone": f"139000000{i if name == 'A' else 99 - i:02d}",
             "unit_price": 1, "title": "x"}
            for i in range(100)
        ]
        for name in "AB"
    }  # fmt: skip
    files = {name: table(tmp_path, people) for name, people in people_of.items()}
    begun, go_on = threading.Event(), threading.Event()

    def other() -> None:
        with opened(str(sqlite_shop.database.url)) as shop:
            import_one(shop, files["B"], mapping=said, progress=wait)

    def wait(done: int, _total: int, what: str) -> None:
        if (done, what) == (0, "importing") and not begun.is_set():
            begun.set()
            go_on.wait(60)

    with ThreadPoolExecutor(1) as pool:
        work: list[Future[None]] = []

        def between(done: int, _total: int, what: str) -> None:
            if (done, what) == (0, "importing") and not work:
                work.append(pool.submit(other))
                assert begun.wait(60)
            if (done, what) == (1, "importing"):
                go_on.set()
                work[0].result()

        import_one(sqlite_shop, files["A"], mapping=said, progress=between)
    assert len(rows(sqlite_shop, "customers", "id")) == 100
    assert len(rows(sqlite_shop, "orders", "id")) == 200
    check(sqlite_shop)


@pytest.mark.parametrize(
    ("odd", "in_pieces"),
    [({}, True), ({"placed_at": "04-30-22"}, False), ({"unit_price": '1"2'}, False), ({"note": "x,"}, False)],
    ids=["plain", "dates that need the whole column", "a stray quote sign", "a cell too many"],
)
def test_a_long_file_is_read_in_pieces_or_in_another_way(
    sqlite_shop: Shop,
    other_shop: Shop,
    tmp_path: Path,
    said: Path,
    odd: dict[str, object],
    in_pieces: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records = sales(90)
    records[84] |= odd
    file = table(tmp_path, records)
    if odd and "placed_at" not in odd:  # not what a careful program writes
        text = file.read_text("utf-8").replace('"1""2"', '1"2').replace('"x,"', "x,")
        file.write_text(text, "utf-8")
    monkeypatch.setattr(fast, "BLOCK", 300)
    monkeypatch.setattr(prepare, "PIECE", 20)
    monkeypatch.setattr(tables, "LONG_FILE", 1)
    read: list[str] = []
    part = ahead.read_part

    def noted(scratch: Any, source: Any, piece: Any) -> None:
        part(scratch, source, piece)
        read.append(piece.table)

    monkeypatch.setattr(ahead, "read_part", noted)
    result = import_one(sqlite_shop, file, mapping=said)
    assert len(read) > 3
    assert (result.counts.rejected == 0) is in_pieces or "placed_at" in odd
    expected = by_the_long_way(other_shop, file, mapping=said)
    assert content(sqlite_shop) == expected
    assert [one.line for one in result.rejects] == [one.line for one in other_shop.imports.rejects(1)]
    check(sqlite_shop)


def test_records_that_cannot_be_sorted_are_found_where_they_lie(
    sqlite_shop: Shop, other_shop: Shop, tmp_path: Path, said: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = table(tmp_path, sales(120))
    expected = by_the_long_way(other_shop, file, mapping=said)
    monkeypatch.setattr(Scratch, "run_if_room", lambda self, sql: False)
    monkeypatch.setattr(staged_rows, "FEW", 0)
    import_one(sqlite_shop, file, mapping=said)
    assert content(sqlite_shop) == expected
