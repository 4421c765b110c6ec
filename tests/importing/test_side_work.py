"""What an import does beside the writing, and how much it puts into one transaction: what comes of it is the same."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crmcore import temporary
from crmcore.importing import prepare, run
from crmcore.importing.apply import made_ahead
from crmcore.importing.apply.absorb import Twins
from crmcore.importing.apply.cards_ahead import CardsAhead
from crmcore.importing.apply.chunk import Job
from crmcore.importing.counts import Counts
from crmcore.importing.imports import Imports
from crmcore.importing.mapping import dump_mapping
from crmcore.importing.staging import people
from crmcore.importing.staging.export import Chunk
from crmcore.shop import Shop
from crmcore.store.database import Write
from tests.importing.shops import check, content, import_one, mapping, rows, table

COLUMNS = ["order_ref", "buyer_ref", "phone", "email", "name", "address", "order_total", "placed_at"]
NAMES = ("王小明", "Ann Lee", "曾诗琪", "李*", "")


def buyers(first: int, last: int, order: int = 0) -> list[dict[str, object]]:
    """An order of each buyer; every fifth one is known by masked values alone."""
    return [
        {
            "order_ref": f"A{order + i}", "buyer_ref": f"b{i}" if i % 5 else "b***9", "name": NAMES[i % 5],
            "phone": f"138000{i:05d}" if i % 5 else "138****0009", "email": f"B{i}@Example.com" if i % 3 else "",
            "address": f"浙江省 杭州市 演示路{i}号", "order_total": i, "placed_at": "2026-03-04 10:00:00",
        }
        for i in range(first, last)
    ]  # fmt: skip


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mapping for the buyers above, in chunks so small that there are many of them."""
    monkeypatch.setattr(people, "CHUNK_WEIGHT", 20)
    return mapping(tmp_path, record="order", columns=COLUMNS, currency="CNY")


def search_tokens(shop: Shop) -> list[tuple[Any, ...]]:
    """Every entry of the search index: token and customer."""
    with shop.database.engine.connect() as connection:
        connection.exec_driver_sql(
            "CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'search_index', 'instance')"
        )
        return [
            tuple(row) for row in connection.execute(sa.text("SELECT term, doc FROM words ORDER BY 1, 2"))
        ]


def test_entries_made_ahead_are_those_made_in_the_write(
    sqlite_shop: Shop, other_shop: Shop, tmp_path: Path, said: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Some of the second file's buyers are known: their texts are made in the write, beside the others.
    files = [table(tmp_path, buyers(0, 60)), table(tmp_path, buyers(40, 160, order=1_000))]
    monkeypatch.setattr(run, "_MANY_NEW", 0)
    # A transaction for each chunk, and each waits for its entries, however long the process takes to come.
    monkeypatch.setattr(run, "HELD", 0.0)
    monkeypatch.setattr(made_ahead, "_PATIENCE", 60.0)
    taken: list[int] = []
    take = made_ahead.MadeAhead.take

    def counted(
        self: made_ahead.MadeAhead, numbers: Iterable[int]
    ) -> tuple[made_ahead.Entries, made_ahead.Rows]:
        found = take(self, numbers)
        taken.append(len(found[0]))
        return found

    monkeypatch.setattr(made_ahead.MadeAhead, "take", counted)
    for file in files:
        import_one(sqlite_shop, file, mapping=said)
    assert sum(taken) > 50
    monkeypatch.setattr(made_ahead, "_WORTH", 10_000)
    for file in files:
        import_one(other_shop, file, mapping=said)
    assert content(sqlite_shop) == content(other_shop)
    assert search_tokens(sqlite_shop) == search_tokens(other_shop) != []
    check(sqlite_shop)


def baskets(first: int, last: int) -> list[dict[str, object]]:
    """Two orders of each buyer, each of two lines; some brought back, unpaid or nobody's."""
    return [
        {
            "order_ref": f"A{2 * i + n}", "buyer_ref": f"b{i}" if i % 7 else "", "name": NAMES[i % 5],
            "sku": f"S{(i + line) % 5}", "category": f"C{line}", "quantity": -1 if (i + n) % 9 == 0 else 1 + line,
            "unit_price": f"{i}.50", "placed_at": f"2026-0{1 + n}-{i % 28 + 1:02d} 07:30:00",
            "paid_at": "" if (i + n) % 4 == 0 else f"2026-0{1 + n}-{i % 28 + 1:02d} 08:30:00",
            "source_tag": f"T{(i * n) % 3}", "city": "杭州市",
        }
        for i in range(first, last) for n in range(2) for line in range(2)
    ]  # fmt: skip


def test_cards_made_ahead_are_those_made_in_the_write(
    sqlite_shop: Shop, other_shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Some of the second file's customers are known; to one who is not belongs an order that was another's.
    first, second = baskets(0, 24), baskets(20, 48)
    taken = [{**one, "buyer_ref": "late", "unit_price": "9"} for one in first[4:8]]
    said = mapping(tmp_path, columns=[*first[0]], currency="CNY")
    files = [table(tmp_path, first), table(tmp_path, [*second, *taken])]
    monkeypatch.setattr(people, "CHUNK_WEIGHT", 8)
    monkeypatch.setattr(run, "_MANY_NEW", 0)
    monkeypatch.setattr(run, "HELD", 0.0)
    monkeypatch.setattr(made_ahead, "_PATIENCE", 60.0)
    monkeypatch.setattr(made_ahead, "_LATE", 60.0)
    made: list[int] = []
    add = CardsAhead.add

    def counted(self: CardsAhead, write: Write, cards: Sequence[tuple[Any, ...]]) -> None:
        made.extend(one[0] for one in cards)
        add(self, write, cards)

    monkeypatch.setattr(CardsAhead, "add", counted)
    for file in files:
        import_one(sqlite_shop, file, mapping=said)
    assert len(made) > 15
    monkeypatch.setattr(made_ahead, "_WORTH", 10_000)
    for file in files:
        import_one(other_shop, file, mapping=said)
    assert len(made) == len({*made})
    assert content(sqlite_shop) == content(other_shop)
    check(sqlite_shop)


@pytest.mark.parametrize(
    "program", ["import sys; sys.exit(3)", "import sys; sys.stdin.readline()", "print(1)"]
)
def test_an_import_goes_on_without_the_process_that_helps(
    sqlite_shop: Shop, tmp_path: Path, said: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_MANY_NEW", 0)
    monkeypatch.setattr(made_ahead, "_COMMAND", [sys.executable, "-c", program])
    result = import_one(sqlite_shop, table(tmp_path, buyers(0, 80)), mapping=said)
    assert result.counts.new == 80
    check(sqlite_shop)


def test_a_process_that_is_stuck_is_not_waited_for(
    sqlite_shop: Shop, tmp_path: Path, said: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    start = made_ahead.MadeAhead._start

    def noted(self: made_ahead.MadeAhead, stage: Path) -> subprocess.Popen[bytes] | None:
        process = start(self, stage)
        started.extend([process] if process else [])
        return process

    monkeypatch.setattr(made_ahead.MadeAhead, "_start", noted)
    monkeypatch.setattr(run, "_MANY_NEW", 0)
    monkeypatch.setattr(made_ahead, "_PATIENCE", 0.1)
    monkeypatch.setattr(made_ahead, "_COMMAND", [sys.executable, "-c", "import time; time.sleep(600)"])
    import_one(sqlite_shop, table(tmp_path, buyers(0, 80)), mapping=said)
    assert len(started) == 1
    assert started[0].returncode is not None
    check(sqlite_shop)


def test_several_chunks_in_one_transaction_are_what_each_alone_would_be(
    sqlite_shop: Shop, other_shop: Shop, tmp_path: Path, said: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [table(tmp_path, buyers(0, 60)), table(tmp_path, buyers(30, 120, order=500))]
    commits: dict[bool, list[int]] = {}
    for together, one in ((True, sqlite_shop), (False, other_shop)):
        monkeypatch.setattr(run, "HELD", 60.0 if together else 0.0)
        for file in files:
            told = commits.setdefault(together, [])
            one.imports.run(
                [file], mapping=said, progress=lambda done, total, _what, told=told: told.append(done)
            )
        check(one)
    assert len(commits[True]) < len(commits[False])
    assert content(sqlite_shop) == content(other_shop)
    assert rows(sqlite_shop, "imports", "chunks", "chunks_done") == rows(
        other_shop, "imports", "chunks", "chunks_done"
    )


def test_in_an_empty_shop_chunks_are_applied_as_one_and_make_the_same(
    sqlite_shop: Shop, other_shop: Shop, tmp_path: Path, said: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In the middle are people whom masked values may lead to each other: their chunks stay by themselves.
    every = buyers(0, 200)
    file = table(tmp_path, [one for i, one in enumerate(every) if i % 5 or 80 < i < 120])
    applied: list[int] = []
    apply_chunk = run.apply_chunk

    def noted(write: Write, job: Job, chunk: Chunk) -> tuple[Counts, list[Twins]]:
        applied.append(chunk.count)
        return apply_chunk(write, job, chunk)

    monkeypatch.setattr(run, "apply_chunk", noted)
    monkeypatch.setattr(run, "_MANY_NEW", 0)
    monkeypatch.setattr(made_ahead, "_PATIENCE", 60.0)
    monkeypatch.setattr(run, "HELD", 60.0)
    import_one(sqlite_shop, file, mapping=said)
    assert max(applied) > 5
    assert applied.count(1) > 3
    applied.clear()
    monkeypatch.setattr(run, "HELD", 0.0)
    import_one(other_shop, file, mapping=said)
    assert set(applied) == {1}
    assert content(sqlite_shop) == content(other_shop)
    assert len(rows(sqlite_shop, "candidates", "id")) > 0
    assert search_tokens(sqlite_shop) == search_tokens(other_shop) != []
    check(sqlite_shop)


@pytest.mark.parametrize("by_key", [True, False])
def test_people_of_a_big_file_are_numbered_by_what_identifies_them_and_a_resumed_import_goes_on_as_it_began(
    sqlite_shop: Shop,
    other_shop: Shop,
    tmp_path: Path,
    said: Path,
    by_key: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(people, "MANY_PEOPLE", 10)
    monkeypatch.setattr(run, "HELD", 0.0)
    file = table(tmp_path, buyers(100, 160)[::-1])

    def stop(done: int, total: int, _what: str) -> None:
        if total and done == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as earlier:
        if not by_key:  # an import of an earlier version
            earlier.setattr(Imports, "_options", lambda _self, one: {"mapping": dump_mapping(one)})
        import_one(other_shop, file, mapping=said)
        with pytest.raises(KeyboardInterrupt):
            sqlite_shop.imports.run([file], mapping=said, progress=stop)
    assert sqlite_shop.imports.resume(1).counts.new == 60
    assert content(sqlite_shop) == content(other_shop)
    names = [
        value
        for kind, strong, value in rows(sqlite_shop, "identities", "kind", "strong", "value")
        if kind == "buyer" and strong
    ]
    assert names == sorted(names, reverse=not by_key)
    check(sqlite_shop)


def test_a_method_is_asked_once_for_a_value_that_comes_in_many_pieces(
    sqlite_shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "PIECE", 7)
    asked: list[tuple[str, ...]] = []
    compute = Imports._compute

    def counted(self: Imports, importer: Any, computed: Any, cells: Sequence[tuple[str, ...]]) -> Any:
        asked.extend((computed.method, *cell) for cell in cells)
        return compute(self, importer, computed, list(cells))

    monkeypatch.setattr(Imports, "_compute", counted)
    records: list[dict[str, object]] = [
        {
            "订单编号": f"{300 + i}",
            "买家会员名": f"b{i % 4}",
            "买家应付货款": "1",
            "收货地址": f"浙江省 杭州市 ***{i % 4}号",
        }
        for i in range(40)
    ]
    result = import_one(sqlite_shop, table(tmp_path, records))
    assert result.counts.new == 40
    assert len(asked) == len(set(asked)) == 4


def test_what_a_killed_import_left_goes_when_the_next_begins(
    sqlite_shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    dead = subprocess.run(
        [sys.executable, "-c", "from crmcore.temporary import owner; print(owner())"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    left, other = place / f"crm-import-{dead}-x", place / f"crm-import-{temporary.owner()}-x"
    for folder in (left, other):
        folder.mkdir()
        (folder / "rows.csv").write_text("name,phone", "utf-8")
    import_one(
        sqlite_shop, table(tmp_path, buyers(0, 2)), mapping=mapping(tmp_path, record="order", columns=COLUMNS)
    )
    assert [*place.iterdir()] == [other]
