"""The rows of the documents: one a document, its body as JSON text, ids counted up for each table.

What happens to a document of the playbook is journalled with its text before and after, so that it can be
taken back (`crmcore.store.undo_documents`). Other documents leave nothing behind: passwords are among them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.store.changes import write_journal
from crmcore.store.database import Write
from crmcore.store.playbook_tables import KEPT
from crmcore.store.schema import document_tables, documents, journal


class DocumentError(CrmError, TypeError):
    """A document holds something that JSON cannot keep as it is."""


def to_json(body: Mapping[str, Any], where: str = "") -> str:
    """The document as JSON text. Raises `DocumentError`, naming the key, unless it reads back the same."""
    _check(body, where)
    text = json.dumps(body, ensure_ascii=False, allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        message = _("{where}: a text holds half a character, which no database keeps")
        raise DocumentError(message.format(where=where)) from None
    return text


def _check(value: object, where: str) -> None:
    if value is None or isinstance(value, bool | int | str):
        return
    if isinstance(value, float):
        if math.isfinite(value):
            return
        raise DocumentError(_("{where}: {value} is no number JSON knows").format(where=where, value=value))
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                message = _("{where}: the key {key} is not text: JSON keeps texts as keys only")
                raise DocumentError(message.format(where=where, key=repr(key)))
            _check(item, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            _check(item, f"{where}[{number}]")
    else:
        message = _(
            "{where}: Object of type {type} is not JSON serializable: write it as text, number or list"
        )
        raise DocumentError(message.format(where=where, type=type(value).__name__))


@dataclass(frozen=True)
class DocumentRows:
    """The documents as one connection sees and writes them; who writes gives the open `act`."""

    connection: sa.Connection
    act: Write | None = None

    def newest(self) -> int:
        """A number that grows with everything that happens to a document of the playbook."""
        c = journal.c
        newest = sa.select(sa.func.max(c.id)).where(c.table_name == documents.name)
        return int(self.connection.scalar(newest) or 0)

    def tables(self) -> list[str]:
        """Names of the tables there are, in order. A dropped one keeps its counter, as a negative number."""
        names = sa.select(document_tables.c.name).where(document_tables.c.next_id > 0)
        return [str(name) for name in self.connection.scalars(names.order_by(document_tables.c.name))]

    def add_table(self, name: str) -> None:
        """Have that table."""
        table = document_tables.c
        number = self.connection.scalar(sa.select(table.next_id).where(table.name == name))
        if number is None:
            self.connection.execute(sa.insert(document_tables).values(name=name, next_id=1))
        elif number < 0:
            self._count_on(name, -number)

    def drop(self, name: str) -> None:
        """Remove the table with all documents, and remember how far it has counted."""
        table = document_tables.c
        for doc_id, text in self.texts(name).items() if name in KEPT else ():
            self._keep(name, doc_id, text, None)
        self.connection.execute(sa.delete(documents).where(documents.c.table_name == name))
        counted = sa.update(document_tables).where(table.name == name, table.next_id > 0)
        self.connection.execute(counted.values(next_id=-table.next_id))

    def count(self, name: str) -> int:
        """How many documents the table has."""
        count = sa.select(sa.func.count()).where(documents.c.table_name == name)
        return int(self.connection.scalar(count) or 0)

    def texts(self, name: str) -> dict[int, str]:
        """Every document of the table as JSON text by its id, in order of ids."""
        rows = sa.select(documents.c.doc_id, documents.c.body).where(documents.c.table_name == name)
        return {int(i): str(body) for i, body in self.connection.execute(rows.order_by(documents.c.doc_id))}

    def bodies(self, name: str) -> dict[int, Any]:
        """Every document of the table by its id, in order of ids."""
        return self.parsed(self.texts(name))

    @staticmethod
    def parsed(texts: Mapping[int, str]) -> dict[int, Any]:
        """The documents of these texts."""
        return {doc_id: json.loads(text) for doc_id, text in texts.items()}

    def body(self, name: str, doc_id: int) -> Any:
        """One document, None when there is none of that id."""
        text = self.text(name, doc_id)
        return None if text is None else json.loads(text)

    def insert(self, name: str, body: Mapping[str, Any], doc_id: int | None = None) -> int:
        """Insert a document under a fresh id, or under the one given; returns it.

        Raises `ValueError` when that one is taken.
        """
        text = to_json(body, name)
        counter = sa.select(document_tables.c.next_id).where(document_tables.c.name == name)
        next_id = int(self.connection.scalar(counter) or 1)
        if doc_id is None:
            doc_id = next_id
        elif self.body(name, doc_id) is not None:
            raise ValueError(f"Document with ID {doc_id} already exists")
        if doc_id >= next_id:
            self._count_on(name, doc_id + 1)
        self._keep(name, doc_id, None, text)
        self.connection.execute(sa.insert(documents).values(table_name=name, doc_id=doc_id, body=text))
        return doc_id

    def replace(self, name: str, before: Mapping[int, str], after: Mapping[int, Any]) -> None:
        """Make the table, whose texts are `before`, hold these documents; only what differs is written."""
        texts = {doc_id: to_json(body, name) for doc_id, body in after.items()}
        for doc_id in before:
            if doc_id not in texts:
                self._keep(name, doc_id, before[doc_id], None)
                self.connection.execute(sa.delete(documents).where(self._row(name, doc_id)))
        for doc_id, text in texts.items():
            if doc_id not in before:
                self.insert(name, after[doc_id], doc_id)
            elif text != before[doc_id]:
                self._keep(name, doc_id, before[doc_id], text)
                changed = sa.update(documents).where(self._row(name, doc_id))
                self.connection.execute(changed.values(body=text))

    def text(self, name: str, doc_id: int) -> str | None:
        """The text of one document, None when there is none of that id."""
        found = self.connection.scalar(sa.select(documents.c.body).where(self._row(name, doc_id)))
        return None if found is None else str(found)

    def put(self, name: str, doc_id: int, text: str | None) -> None:
        """Give a document this text, which it had before; None removes it."""
        before = {} if (there := self.text(name, doc_id)) is None else {doc_id: there}
        self.replace(name, before, {} if text is None else {doc_id: json.loads(text)})

    def _keep(self, name: str, doc_id: int, before: str | None, after: str | None) -> None:
        if self.act is not None and name in KEPT:
            op = "insert" if before is None else "delete" if after is None else "update"
            old = {"table": name, "before": before, "after": after}
            write_journal(self.act, documents.name, doc_id, op, old)

    def _count_on(self, name: str, next_id: int) -> None:
        counted = sa.update(document_tables).where(document_tables.c.name == name)
        self.connection.execute(counted.values(next_id=next_id))

    @staticmethod
    def _row(name: str, doc_id: int) -> sa.ColumnElement[bool]:
        return sa.and_(documents.c.table_name == name, documents.c.doc_id == doc_id)
