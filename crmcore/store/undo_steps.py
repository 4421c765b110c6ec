"""The steps of an undo, each over a limited number of records, so that others need not wait long.

Order: first what the change updated or deleted is restored (newest first); then the customers it made go
with all that it made for them; then what it made for others; last the customers and products that are left.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from crmcore.i18n import gettext as _
from crmcore.store import schema
from crmcore.store.changes import Change, journal_rows, names_of
from crmcore.store.database import Write, among
from crmcore.store.undo_documents import RestoringDocuments
from crmcore.store.undo_held import EVENTS, Holding, NeededProducts
from crmcore.store.undo_restore import Restoring

_LAST = ("customers", "identities", "products")


@dataclass(frozen=True)
class Kept:
    """A record that an undo left as it is, and why."""

    table: str
    id: int
    why: str


@dataclass
class Progress:
    """How far an undo has got; it is kept with the change, so that a killed undo goes on.

    `position` is the last id done in the phase; journal entries are done downwards, records upwards.
    """

    ranges: dict[str, list[int]]
    phases: list[str]
    phase: int = 0
    position: int | None = None
    restored: int = 0
    removed: int = 0

    @property
    def fraction(self) -> float:
        """The part that is done, 0.0 … 1.0, by the ranges of ids gone through."""
        sizes = [self._size(name) for name in self.phases]
        done = float(sum(sizes[: self.phase]))
        if self.phase < len(self.phases) and self.position is not None:
            first, last = self._range(self.phase)
            gone = last - self.position if self.phases[self.phase] == "journal" else self.position - first
            done += max(0, min(gone, last - first + 1))
        return min(1.0, done / max(1, sum(sizes)))

    def _range(self, phase: int) -> tuple[int, int]:
        first, last = self.ranges.get(self.phases[phase].removesuffix("?"), [0, -1])
        return first, last

    def _size(self, name: str) -> int:
        first, last = self.ranges.get(name.removesuffix("?"), [0, -1])
        return last - first + 1


def phases() -> list[str]:
    """The phases in order: "journal", then names of tables ("customers?": those that nothing keeps)."""
    made = [t.name for t in schema.metadata.sorted_tables if "created_by" in t.c and "id" in t.c]
    rest = [n for n in made if n not in (*EVENTS, *_LAST, "order_lines")]
    return ["journal", "customers?", *rest, *EVENTS, *_LAST]


def ranges_of(connection: sa.Connection, change: Change) -> dict[str, list[int]]:
    """The first and last id of what a change left in the journal and made in each table."""
    text = connection.scalar(sa.select(schema.changes.c.made).where(schema.changes.c.id == change.id))
    ranges: dict[str, list[int]] = json.loads(text or "{}")
    id_ = schema.journal.c.id
    entries = sa.select(sa.func.min(id_), sa.func.max(id_)).where(schema.journal.c.change_id == change.id)
    first, last = connection.execute(entries).one()
    if first is not None:
        ranges["journal"] = [first, last]
    if change.kind != "import":
        return ranges
    # An import writes whole sets by itself; look for what it may not have told.
    for name in phases()[2:]:
        table = schema.metadata.tables[name]
        query = sa.select(sa.func.min(table.c.id), sa.func.max(table.c.id))
        first, last = connection.execute(query.where(table.c.created_by == change.id)).one()
        if first is not None:
            ranges[name] = [first, last]
    return ranges


@dataclass
class Undoing:
    """One transaction's part of an undo."""

    write: Write
    change: Change
    progress: Progress
    needed: NeededProducts | None = None
    _touched_since: list[tuple[str, int, int]] = field(default_factory=list)
    _kept: list[Kept] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._holding = Holding(self.write.connection, self.change.id, self.needed)

    def step(self, size: int, *, wait_for_products: bool = False) -> bool:
        """Go through at most `size` records; True when everything is done.

        With `wait_for_products` it stops before the products until somebody has found those `needed`.
        """
        state = self.progress
        while state.phase < len(state.phases):
            name = state.phases[state.phase]
            if name.removesuffix("?") in state.ranges:
                if name == "products" and wait_for_products and self.needed is None:
                    return False
                more = self._restore(size) if name == "journal" else self._remove(name, size)
                if more:
                    return False
            state.phase, state.position = state.phase + 1, None
        return True

    def take_kept(self) -> list[Kept]:
        """What was kept since the last call."""
        names = names_of(self.write.connection, [by for _t, _i, by in self._touched_since])
        kept = self._kept + [
            Kept(table, row_id, _("changed since by {change}").format(change=names[by]))
            for table, row_id, by in self._touched_since
        ]
        self._kept, self._touched_since = [], []
        return kept

    def _restore(self, size: int) -> bool:
        journal = schema.journal
        query = sa.select(journal).where(journal.c.change_id == self.change.id)
        query = query.where(journal.c.table_name != "order_lines").order_by(journal.c.id.desc()).limit(size)
        if self.progress.position is not None:
            query = query.where(journal.c.id < self.progress.position)
        entries = list(self.write.connection.execute(query))
        if not entries:
            return False
        name = schema.documents.name
        documents = RestoringDocuments(self.write, self.change.id)
        documents.restore(entry for entry in entries if entry.table_name == name)
        self.progress.restored += documents.restored
        self.progress.removed += documents.removed
        restoring = Restoring(self.write, self.change.id)
        restoring.restore([entry for entry in entries if entry.table_name != name])
        self.progress.restored += restoring.restored
        self._touched_since += restoring.touched_since
        self._kept += [Kept(*kept) for kept in (*documents.kept, *restoring.kept)]
        self.progress.position = entries[-1].id
        return len(entries) == size

    def _remove(self, name: str, size: int) -> bool:
        table = schema.metadata.tables[name.removesuffix("?")]
        first, last = self.progress.ranges[table.name]
        start = first - 1 if self.progress.position is None else self.progress.position
        mine = sa.and_(table.c.id > start, table.c.id <= last, table.c.created_by == self.change.id)
        query = sa.select(table.c.id).where(mine).order_by(table.c.id).limit(size)
        ids = [int(i) for i in self.write.connection.scalars(query)]
        if not ids:
            return False
        if table is schema.customers:
            self._remove_customers(ids, final=name == "customers")
        else:
            self._remove_made(table, among(self.write.connection, table.c.id, ids), report=True)
        self.progress.position = ids[-1]
        return len(ids) == size

    def _remove_made(self, table: sa.Table, which: sa.ColumnElement[bool], *, report: bool) -> None:
        """Remove what the change made in `table` of those rows, unless something keeps it."""
        columns = [table.c.id, _or_null(table, "changed_by"), _or_null(table, "customer_id")]
        query = sa.select(*columns).where(which, table.c.created_by == self.change.id)
        rows = list(self.write.connection.execute(query))
        touched = [r for r in rows if r.changed_by not in (None, self.change.id)]
        free = [r for r in rows if r.changed_by in (None, self.change.id)]
        held = self._holding.rows(table, [r.id for r in free])
        if report:
            self._touched_since += [(table.name, r.id, r.changed_by) for r in touched]
            self._kept += [Kept(table.name, i, why) for i, why in held.items() if why]
        going = [r for r in free if r.id not in held]
        self._delete(table, [r.id for r in going])
        self.write.touch(r.customer_id for r in going)

    def _delete(self, table: sa.Table, ids: list[int]) -> None:
        if not ids:
            return
        connection = self.write.connection
        doomed = [(table, among(connection, table.c.id, ids))]
        if table is schema.orders:
            lines = schema.order_lines
            doomed.insert(0, (lines, among(connection, lines.c.order_id, ids)))
        for target, condition in doomed:
            if self.change.kind != "import":  # what an import brought is in its file
                journal_rows(self.write, target, condition, "delete")
            connection.execute(sa.delete(target).where(condition))
        self.progress.removed += len(ids)

    def _remove_customers(self, ids: list[int], *, final: bool) -> None:
        connection, customers = self.write.connection, schema.customers
        chosen = among(connection, customers.c.id, ids)
        if not final:
            for name in EVENTS:
                table = schema.metadata.tables[name]
                self._remove_made(table, among(connection, table.c.customer_id, ids), report=False)
        since = sa.func.coalesce(customers.c.changed_by, self.change.id) != self.change.id
        query = sa.select(customers.c.id, customers.c.changed_by).where(chosen, since)
        changed: dict[int, int] = {row.id: row.changed_by for row in connection.execute(query)}
        held = self._holding.customers(ids)
        if final:
            self._touched_since += [("customers", i, by) for i, by in changed.items()]
            self._kept += [Kept("customers", i, why) for i, why in held.items() if i not in changed]
        going = [i for i in ids if i not in changed and i not in held]
        if going:
            self._remove_whole(going)

    def _remove_whole(self, ids: list[int]) -> None:
        """Remove customers with their identities and candidates."""
        connection = self.write.connection
        identities, candidates = schema.identities, schema.candidates
        for table, condition in (
            (identities, among(connection, identities.c.customer_id, ids)),
            (candidates, among(connection, candidates.c.a_id, ids)),
            (candidates, among(connection, candidates.c.b_id, ids)),
            (schema.stale, among(connection, schema.stale.c.customer_id, ids)),
        ):
            if self.change.kind != "import" and table is not schema.stale:
                journal_rows(self.write, table, condition, "delete")
            self.progress.removed += connection.execute(sa.delete(table).where(condition)).rowcount
        self._delete(schema.customers, ids)
        self.write.touch(ids)


def _or_null(table: sa.Table, name: str) -> sa.ColumnElement[Any]:
    return table.c[name] if name in table.c else sa.null().label(name)
