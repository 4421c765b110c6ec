"""Shops to import into, and looking at what is in them: whole tables as plain rows."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from crmcore.importing.run import ImportResult
from crmcore.shop import Shop
from crmcore.store import schema
from crmcore.store.checks import problems

# What two runs of the same work may differ in.
_OF_THE_RUN = {
    "changes": {"at"},
    "imports": {"started_at", "heartbeat_at", "finished_at", "process", "message", "files"},
    "consents": {"at"},
    "stale": {"since"},
}
# The books about the work itself, which undoing does not empty.
BOOKS = ("changes", "journal", "imports", "import_rejects", "meta")
_names = itertools.count(1)
# For tests of what happens before anything reaches the shop, or of what others show on PostgreSQL too.
postgresql_under_stress = pytest.mark.parametrize(
    "shop", ["sqlite", pytest.param("postgresql", marks=pytest.mark.stress)], indirect=True
)


@contextmanager
def opened(url: str) -> Iterator[Shop]:
    """The shop behind the URL, closed at the end."""
    with Shop.open(url, actor="test") as shop:
        assert shop.facts  # fitted to the plugins at the first use: no work of an import
        yield shop


def dump(shop: Shop, *, leave_out: Sequence[str] = ()) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, without the times at which the work itself was done."""
    found: dict[str, list[dict[str, Any]]] = {}
    with shop.database.read() as connection:
        inspector = sa.inspect(connection)
        for name in sorted(inspector.get_table_names()):
            if name.startswith(("search_", "sqlite_", "words")) and name != "search_texts":
                continue
            if name in leave_out:
                continue
            columns = [one["name"] for one in inspector.get_columns(name)]
            wanted = [one for one in columns if one not in _OF_THE_RUN.get(name, ())]
            table = sa.table(name, *(sa.column(one) for one in wanted))
            rows = [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            found[name] = sorted(rows, key=lambda row: json.dumps(row, default=str, sort_keys=True))
    return found


def content(shop: Shop) -> dict[str, list[dict[str, Any]]]:
    """Every row of what the shop knows; not the books about the work itself."""
    return dump(shop, leave_out=BOOKS)


def rows(shop: Shop, table: str, *columns: str, order: str = "id") -> list[Any]:
    """Chosen columns of a table: tuples, or plain values for one column."""
    found = schema.metadata.tables[table]
    with shop.database.read() as connection:
        answer = connection.execute(sa.select(*(found.c[one] for one in columns)).order_by(found.c[order]))
        return [row[0] if len(columns) == 1 else tuple(row) for row in answer]


def orders(shop: Shop, *columns: str) -> dict[str, Any]:
    """Chosen columns of the orders by number."""
    return {
        number: rest if len(rest) > 1 else rest[0]
        for number, *rest in rows(shop, "orders", "number", *columns)
    }


def lines(shop: Shop) -> dict[str, list[tuple[Any, ...]]]:
    """For each order number its lines: sku, quantity, total, by position."""
    order, line = schema.orders, schema.order_lines
    query = sa.select(order.c.number, line.c.sku, line.c.quantity, line.c.total).join(
        line, line.c.order_id == order.c.id
    )
    found: dict[str, list[tuple[Any, ...]]] = {}
    with shop.database.read() as connection:
        for number, *rest in connection.execute(query.order_by(order.c.number, line.c.position)):
            found.setdefault(number, []).append(tuple(rest))
    return found


def customer_of(shop: Shop, kind: str, value: str) -> int | None:
    """The customer that owns a strong identity."""
    table = schema.identities
    query = sa.select(table.c.customer_id).where(table.c.kind == kind, table.c.value == value, table.c.strong)
    with shop.database.read() as connection:
        return connection.scalar(query)


def check(shop: Shop) -> None:
    """What `crm check` checks: pointers, cards, search entries."""
    assert problems(shop.facts) == []


def table(folder: Path, records: Sequence[Mapping[str, object]], name: str | None = None) -> Path:
    """A csv file with a row for each record; columns in the order in which they first come."""
    path = folder / (name or f"file{next(_names)}.csv")
    columns = list(dict.fromkeys(column for one in records for column in one))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(records)
    return path


def mapping(folder: Path, name: str = "corner", **keys: Any) -> Path:
    """A mapping file; `columns` may be a list of our field names, which are the file's too."""
    keys = {"platform": "corner", "record": "order_line", **keys}
    if not isinstance(keys["columns"], Mapping):
        keys["columns"] = {one: one for one in keys["columns"]}
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(keys, allow_unicode=True), "utf-8")
    return path


def import_one(shop: Shop, *paths: Path, mapping: Path | None = None, **options: Any) -> ImportResult:
    """Import files that make one batch; its rows must add up."""
    (result,) = shop.imports.run(list(paths), mapping=mapping, **options)
    adds_up(result)
    return result


def adds_up(result: ImportResult) -> None:
    """Every row of the files is new, changed, the same or rejected: exactly one of them."""
    counts = result.counts
    assert counts.read == counts.new + counts.changed + counts.same + counts.rejected, counts
