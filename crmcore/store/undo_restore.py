"""Restoring what a change updated or deleted from the journal's old values."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.store import schema
from crmcore.store.changes import write_journal
from crmcore.store.database import Write, among


@dataclass
class Restoring:
    """The journal entries of one change, restored within one transaction.

    After `restore`: `restored` counts records; `touched_since` lists (table, id, changed_by) of records that
    another change touched since; `kept` lists (table, id, why) of those that cannot be restored.
    """

    write: Write
    change_id: int
    restored: int = 0
    touched_since: list[tuple[str, int, int]] = field(default_factory=list)
    kept: list[tuple[str, int, str]] = field(default_factory=list)

    def restore(self, entries: Sequence[sa.Row[Any]]) -> None:
        """Restore from these entries, which must come newest first."""
        by_table: dict[str, list[sa.Row[Any]]] = defaultdict(list)
        for entry in entries:
            by_table[entry.table_name].append(entry)
        # Customers and identities first: what is put back must find its owner.
        first = {"customers": 0, "identities": 1}
        for name in sorted(by_table, key=lambda n: first.get(n, 2)):
            table = schema.metadata.tables.get(name)
            if table is not None:
                self._restore_table(table, by_table[name])

    def _restore_table(self, table: sa.Table, entries: list[sa.Row[Any]]) -> None:
        ids = {entry.row_id for entry in entries}
        query = sa.select(table).where(among(self.write.connection, table.c.id, ids))
        current = {row["id"]: dict(row) for row in self.write.connection.execute(query).mappings()}
        updates: dict[int, dict[str, Any]] = {}
        touched: dict[int, int] = {}
        for entry in entries:
            row, old = current.get(entry.row_id), _typed(table, json.loads(entry.old))
            if entry.op == "delete":
                if row is None and old.get("created_by") != self.change_id and self._put_back(table, old):
                    current[entry.row_id] = old
            elif row is None:
                if not self._made_and_deleted(table, entry.row_id):
                    self.kept.append((table.name, entry.row_id, _("deleted since")))
            elif row["changed_by"] != self.change_id:
                touched[entry.row_id] = row["changed_by"] or row["created_by"]
            else:
                updates.setdefault(entry.row_id, {}).update(old)
        self.touched_since += [(table.name, row_id, by) for row_id, by in touched.items()]
        owners = self._owners(table, [current[i] for i in updates])
        for row_id, values in updates.items():
            # Who came with it since then may be somebody else by now; what was nobody's is nobody's again.
            if values.get("customer_id") is not None and current[row_id].get("identity_id") in owners:
                values["customer_id"] = owners[current[row_id]["identity_id"]]
            self._put_values(table, current[row_id], values)
        if table is schema.orders and updates:
            self._restore_lines(list(updates))

    def _made_and_deleted(self, table: sa.Table, row_id: int) -> bool:
        """Whether the change itself made this record and deleted it again: before it, there was none."""
        journal = schema.journal
        query = sa.select(journal.c.old).where(
            journal.c.change_id == self.change_id,
            journal.c.table_name == table.name,
            journal.c.row_id == row_id,
            journal.c.op == "delete",
        )
        text = self.write.connection.scalar(query)
        return text is not None and bool(json.loads(text).get("created_by") == self.change_id)

    def _put_values(self, table: sa.Table, row: dict[str, Any], values: dict[str, Any]) -> None:
        row_id = row["id"]
        if clash := self._clash(table, {**row, **values}, set(values)):
            self.kept.append((table.name, row_id, clash))
            return
        write_journal(self.write, table.name, row_id, "update", {name: row[name] for name in values})
        self.write.connection.execute(sa.update(table).where(table.c.id == row_id).values(**values))
        self.restored += 1
        self._touch(table, row)
        self._touch(table, {**row, **values})

    def _put_back(self, table: sa.Table, old: dict[str, Any]) -> bool:
        """Insert a deleted row again as it was; False when it has no place any more."""
        owners = self._owners(table, [old])
        if old.get("identity_id") in owners:
            old["customer_id"] = owners[old["identity_id"]]
        why = self._orphaned(table, old) or self._clash(table, old, set(old))
        if why:
            self.kept.append((table.name, old["id"], why))
            return False
        self.write.connection.execute(sa.insert(table).values(**old))
        self.restored += 1
        self._touch(table, old)
        return True

    def _restore_lines(self, order_ids: list[int]) -> None:
        """Give orders the set of lines again that they had before the change."""
        connection, journal, lines = self.write.connection, schema.journal, schema.order_lines
        mine = sa.and_(among(connection, lines.c.order_id, order_ids), lines.c.created_by == self.change_id)
        connection.execute(sa.delete(lines).where(mine))
        query = (
            sa.select(journal.c.row_id, journal.c.old)
            .where(journal.c.table_name == lines.name, journal.c.change_id == self.change_id)
            .where(among(connection, journal.c.row_id, order_ids))
            .order_by(journal.c.id.desc())
        )
        # Replaced twice by one change: the oldest entry holds what was there before it.
        former = {row.row_id: json.loads(row.old) for row in connection.execute(query)}
        rows = [_typed(lines, line) for order in former.values() for line in order]
        there = set(
            connection.scalars(sa.select(lines.c.id).where(among(connection, lines.c.order_id, order_ids)))
        )
        rows = [row for row in rows if row["id"] not in there and row["created_by"] != self.change_id]
        if rows:
            connection.execute(sa.insert(lines), rows)

    def _owners(self, table: sa.Table, rows: list[dict[str, Any]]) -> dict[int, int]:
        """The present owner of each identity that events of `table` came with."""
        if "identity_id" not in table.c:
            return {}
        found = {row["identity_id"] for row in rows if row.get("identity_id") is not None}
        if not found:
            return {}
        identities = schema.identities
        query = sa.select(identities.c.id, identities.c.customer_id)
        query = query.where(among(self.write.connection, identities.c.id, found))
        return {row.id: row.customer_id for row in self.write.connection.execute(query)}

    def _orphaned(self, table: sa.Table, row: dict[str, Any]) -> str | None:
        owner = row.get("customer_id")
        if table is schema.customers or owner is None:
            return None
        customers = schema.customers
        if self.write.connection.scalar(sa.select(customers.c.id).where(customers.c.id == owner)):
            return None
        return _("its customer {id} does not exist any more").format(id=owner)

    def _clash(self, table: sa.Table, row: dict[str, Any], changed: set[str]) -> str | None:
        """What to say when another record has taken this one's place, None when its place is free."""
        for names, only_strong in _unique_keys(table):
            values = [row[name] for name in names]
            if not changed & {*names, "strong"} or None in values or (only_strong and not row["strong"]):
                continue
            query = sa.select(table.c.id).where(table.c.id != row["id"])
            query = query.where(*(table.c[n] == v for n, v in zip(names, values, strict=True)))
            if only_strong:
                query = query.where(table.c.strong)
            other = self.write.connection.scalar(query.limit(1))
            if other is not None:
                return _("record {id} holds the same {columns} now").format(id=other, columns=joined(names))
        return None

    def _touch(self, table: sa.Table, row: dict[str, Any]) -> None:
        self.write.touch([row["id"] if table is schema.customers else row.get("customer_id")])


def _unique_keys(table: sa.Table) -> list[tuple[list[str], bool]]:
    """The sets of columns that no two rows share, each with whether that holds for strong identities only."""
    keys = [
        ([c.name for c in k.columns], False) for k in table.constraints if isinstance(k, sa.UniqueConstraint)
    ]
    return keys + [([c.name for c in i.columns], "strong" in table.c) for i in table.indexes if i.unique]


def _typed(table: sa.Table, old: dict[str, Any]) -> dict[str, Any]:
    """Old values as the columns want them: SQLite writes truth as 0 and 1."""
    return {
        name: bool(value) if isinstance(table.c[name].type, sa.Boolean) and value is not None else value
        for name, value in old.items()
        if name in table.c
    }
