"""Restoring documents of the playbook: each journal entry holds a document's text before and after.

A document is put back only where it still reads as the change left it, so that nobody's later edit is lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from crmcore.i18n import gettext as _
from crmcore.store.changes import names_of
from crmcore.store.database import Write
from crmcore.store.document_rows import DocumentRows
from crmcore.store.schema import documents, journal


@dataclass
class RestoringDocuments:
    """The documents of one change, restored within one transaction.

    After `restore`: how many documents it `restored` and `removed`; `kept` lists (table, id, why) of those
    that somebody changed since, each once.
    """

    write: Write
    change_id: int
    restored: int = 0
    removed: int = 0
    kept: list[tuple[str, int, str]] = field(default_factory=list)

    def restore(self, entries: Iterable[sa.Row[Any]]) -> None:
        """Restore from these entries, which must come newest first."""
        rows = DocumentRows(self.write.connection, self.write)
        left: set[tuple[str, int]] = set()
        for entry in entries:
            old = json.loads(entry.old)
            table, doc_id = str(old["table"]), int(entry.row_id)
            if (table, doc_id) in left:
                continue
            if why := self._hindrance(rows, table, doc_id, old):
                left.add((table, doc_id))
                self.kept.append((table, doc_id, why))
                continue
            rows.add_table(table)
            rows.put(table, doc_id, old["before"])
            if old["before"] is None:
                self.removed += 1
            else:
                self.restored += 1

    def _hindrance(self, rows: DocumentRows, table: str, doc_id: int, old: dict[str, Any]) -> str | None:
        if rows.text(table, doc_id) != old["after"]:
            by = self._changed_by(table, doc_id)
            return _("changed since") if by is None else _("changed since by {change}").format(change=by)
        if old["after"] is None:
            name = json.loads(old["before"]).get("name")
            if name is not None and any(body.get("name") == name for body in rows.bodies(table).values()):
                return _("another one named {name} is there now").format(name=repr(name))
        return None

    def _changed_by(self, table: str, doc_id: int) -> str | None:
        """Who changed that document last, as a short text."""
        query = sa.select(journal.c.change_id, journal.c.old)
        query = query.where(journal.c.table_name == documents.name, journal.c.row_id == doc_id)
        query = query.where(journal.c.change_id != self.change_id).order_by(journal.c.id.desc())
        for change_id, old in self.write.connection.execute(query):
            if json.loads(old)["table"] == table:
                return names_of(self.write.connection, [change_id])[change_id]
        return None
