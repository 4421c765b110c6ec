"""What the shop wrote since its records were read, so that kept tables are brought up to date row by row.

Ids only grow and what an update or a deletion replaced stands in the journal: new rows are those beyond the
highest id seen, touched ones those that newer journal entries name. Merging, undoing and erasing touch more
than that; after them, and after very much news, everything is read anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crmcore.analytics.records import Answers

# Acts whose news are new rows and journal entries, no more; those of the second line touch no record at all.
_PLAIN = (
    "edit", "import", "log", "settings", "plugin", "campaign",
    "facts", "segments", "documents", "pack", "export",
)  # fmt: skip
_WATCHED = ("orders", "order_lines", "refunds", "interactions", "customers", "daily_figures")
_MOST = 20_000  # more touched records than these are not looked up one by one
_LISTED = ", ".join(f"'{kind}'" for kind in _PLAIN)
# The key by which rows of a kept table are read again: an order's own, its lines, its refund.
KEYS = {
    "orders": "id", "lines": "order_id", "refunds": "order_id", "interactions": "id", "customers": "id",
    "traffic": "id", "products": "id", "market": "id",
}  # fmt: skip


@dataclass(frozen=True)
class Moment:
    """The highest ids at one moment: of each watched table, of the journal and of the acts.

    `unsteady`: an act was at work whose news cannot be told row by row; nothing can be built on that moment.
    """

    ids: Mapping[str, int]
    unsteady: bool = False

    @classmethod
    def of(cls, records: Answers) -> Moment:
        """The moment that these records are of."""
        names = (*_WATCHED, "journal", "changes")
        one = ", ".join(f"(SELECT coalesce(max(id), 0) FROM {name})" for name in names)
        at_work = f"(SELECT count(*) FROM changes WHERE state = 'running' AND kind NOT IN ({_LISTED}))"
        *ids, running = map(int, records.rows(f"SELECT {one}, {at_work}")[0])
        return cls(dict(zip(names, ids, strict=True)), running > 0)


@dataclass
class News:
    """Ids of the records touched since a moment, by the key of the kept tables; `too_much`: read it all."""

    moment: Moment
    orders: set[int] = field(default_factory=set)
    interactions: set[int] = field(default_factory=set)
    customers: set[int] = field(default_factory=set)
    figures: set[int] = field(default_factory=set)
    too_much: bool = False

    def of(self, table: str) -> set[int]:
        """The keys of a kept table's rows that are to be read again."""
        if table in ("orders", "lines", "refunds"):
            return self.orders
        if table in ("traffic", "products", "market"):
            return self.figures
        return {"interactions": self.interactions, "customers": self.customers}.get(table, set())


def news(records: Answers, since: Moment, currency: str) -> News:
    """What was written since that moment."""
    found = News(Moment.of(records))
    now = found.moment.ids
    [(others,)] = records.rows(
        f"SELECT count(*) FROM changes WHERE id > {since.ids['changes']} AND kind NOT IN ({_LISTED})"
    )
    grown = sum(now[name] - since.ids[name] for name in (*_WATCHED, "journal"))
    unsteady = since.unsteady or found.moment.unsteady
    if unsteady or int(others) or now["refunds"] != since.ids["refunds"] or grown > _MOST:
        found.too_much = True
        return found
    _look(records, since, found)
    if found.orders and _in_other_currencies(records, found.orders, currency):
        found.too_much = True
    return found


def _look(records: Answers, since: Moment, found: News) -> None:
    sets = {"orders": found.orders, "interactions": found.interactions, "customers": found.customers,
            "daily_figures": found.figures, "order_lines": found.orders}  # fmt: skip
    for name, ids in sets.items():
        key = "order_id" if name == "order_lines" else "id"
        if found.moment.ids[name] > since.ids[name]:
            rows = records.rows(f"SELECT DISTINCT {key} FROM {name} WHERE id > {since.ids[name]}")
            ids.update(int(row[0]) for row in rows)
    # Not DISTINCT: for that the whole journal would be gone through by its other index.
    touched = records.rows(f"SELECT table_name, row_id FROM journal WHERE id > {since.ids['journal']}")
    for name, row_id in touched:
        if name in sets:
            sets[name].add(int(row_id))
        found.too_much |= name == "refunds"


def _in_other_currencies(records: Answers, ids: set[int], currency: str) -> bool:
    listed = ", ".join(map(str, sorted(ids)))
    others = f"SELECT count(*) FROM orders WHERE id IN ({listed}) AND currency <> '{currency}'"
    return int(records.rows(others)[0][0]) > 0


def with_key(table: str, columns: Sequence[str]) -> tuple[str, ...]:
    """The columns that a kept table needs: those asked for (none: all of them), and its key."""
    return tuple(dict.fromkeys((*columns, KEYS[table]))) if columns else ()
