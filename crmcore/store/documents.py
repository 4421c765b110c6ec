"""Documents: the shop's playbook as a TinyDB inside the shop's database.

`documents(database)` is an ordinary `tinydb.TinyDB`; queries, tables and operations are TinyDB's own. Two
things differ: an id is never used again, not even after `truncate`; and each insert, update, upsert or
removal is one write transaction, which joins the write that is open in this thread. Documents hold JSON and
nothing else. What is read is a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, TypeVar

from tinydb import TinyDB
from tinydb.queries import QueryLike
from tinydb.storages import Storage
from tinydb.table import Document, Table

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.shown import labelled
from crmcore.store.database import Database, Write
from crmcore.store.document_rows import DocumentRows
from crmcore.store.playbook_tables import TITLES

T = TypeVar("T")
_Writes = AbstractContextManager[Write]
_ATTEMPTS = 10


class _MovedError(Exception):
    """A document was changed since it was looked at: the write is left without having written."""


def documents(database: Database, actor: str = "staff") -> TinyDB:
    """The documents in that database; `actor` is who writes, for what is kept about it."""
    return _Documents(database, actor, storage=DatabaseStorage)


class DatabaseStorage(Storage):
    """TinyDB's storage over the tables `documents` and `document_tables`, one row a document."""

    def __init__(self, database: Database, actor: str) -> None:
        self._database = database
        self._actor = actor

    @contextmanager
    def reading(self) -> Iterator[DocumentRows]:
        """The rows as this thread sees them: those of its open write, else a state of the shop."""
        if write := self._database.open_write:
            yield DocumentRows(write.connection)
        else:
            with self._database.read() as connection:
                yield DocumentRows(connection)

    @contextmanager
    def writing(self, what: str) -> Iterator[DocumentRows]:
        """The rows within the open write of this thread, else within one of their own."""
        if write := self._database.open_write:
            yield DocumentRows(write.connection, write)
        else:
            with self.own_write(what) as own:
                yield DocumentRows(own.connection, own)

    def settled(
        self, look: Callable[[], None], act: Callable[[Write], T], writing: Callable[[], _Writes]
    ) -> T:
        """Look whether something may be done, and do it within a write: what was looked at is still so then.

        `look` reads the playbook and raises where it may not be done. It is slow and so stands before the
        write; where a document changed in between, by another person, it is asked again. Raises `CrmError`
        where that happens over and over.
        """
        if write := self._database.open_write:  # nobody else can write meanwhile
            look()
            return act(write)
        for _attempt in range(_ATTEMPTS):
            with self.reading() as rows:
                seen = rows.newest()
            look()
            with suppress(_MovedError), writing() as write:
                if DocumentRows(write.connection).newest() != seen:
                    raise _MovedError
                return act(write)
        raise CrmError(_("others are changing the playbook all the time: try again in a moment"))

    def own_write(self, what: str) -> _Writes:
        """A write of its own, by whom these documents are written."""
        return self._database.write(what, actor=self._actor, kind="documents")

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Every table with its documents; None when there is no table."""
        with self.reading() as rows:
            found: dict[str, dict[str, Any]] = {
                name: {str(doc_id): body for doc_id, body in rows.bodies(name).items()}
                for name in rows.tables()
            }
        return found or None

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Replace everything by these tables."""
        with self.writing(_("documents replaced")) as rows:
            for name in rows.tables():
                if name not in data:
                    rows.drop(name)
            for name, wanted in data.items():
                rows.add_table(name)
                rows.replace(name, rows.texts(name), {int(doc_id): body for doc_id, body in wanted.items()})


class _NoCache:
    """In place of TinyDB's query cache, which would go on answering with what another process changed."""

    def __init__(self, capacity: int | None = None) -> None:
        self.capacity = capacity

    def __len__(self) -> int:
        return 0

    def get(self, _key: object) -> None:
        return None

    def __setitem__(self, _key: object, _value: object) -> None:
        pass

    def clear(self) -> None:
        pass


class DocumentTable(Table):
    """A TinyDB table whose every act is one transaction in the shop's database."""

    query_cache_class = _NoCache  # type: ignore[assignment]

    @property
    def _database_storage(self) -> DatabaseStorage:
        assert isinstance(self._storage, DatabaseStorage)
        return self._storage

    @contextmanager
    def _writing(self, name: object = None) -> Iterator[DocumentRows]:
        """The rows within a write; the act says which family was changed, of one document its `name`."""
        with self._database_storage.writing(self._what(name)) as rows:
            rows.add_table(self.name)
            yield rows

    def _what(self, name: object) -> str:
        if isinstance(name, str):
            return labelled(self._family, _("kept {name}").format(name=name))
        return labelled(self._family, _("changed"))

    @property
    def _family(self) -> str:
        return _(TITLES[self.name]) if self.name in TITLES else self.name

    def settled(self, what: str, look: Callable[[], None], act: Callable[[], T]) -> T:
        """Look, and act upon it as one act (`DatabaseStorage.settled`): `what` says what becomes of which."""
        storage = self._database_storage
        why = labelled(self._family, what)
        return storage.settled(look, lambda _write: act(), lambda: storage.own_write(why))

    def insert(self, document: Mapping[str, Any]) -> int:
        """Insert a document; a `Document` keeps its id. Returns the id."""
        return self.insert_multiple([document])[0]

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[int]:
        """Insert documents, all of them or none. Returns their ids.

        Raises `ValueError` for what is no mapping and for an id that is taken, `DocumentError` for values
        that are not JSON.
        """
        given = list(documents)
        for document in given:
            if not isinstance(document, Mapping):
                raise ValueError("Document is not a Mapping")
        ids: list[int] = []
        with self._writing(given[0].get("name") if len(given) == 1 else None) as rows:
            for document in given:
                wanted = document.doc_id if isinstance(document, Document) else None
                ids.append(rows.insert(self.name, dict(document), wanted))
        return ids

    def get(
        self, cond: QueryLike | None = None, doc_id: int | None = None, doc_ids: list[int] | None = None
    ) -> Any:
        """One document by its id or by a query, None when there is none; a list of them for `doc_ids`."""
        if not isinstance(doc_id, int):
            return super().get(cond, doc_id, doc_ids)  # type: ignore[arg-type]
        with self._database_storage.reading() as rows:
            body = rows.body(self.name, doc_id)
        return None if body is None else self.document_class(body, doc_id)

    def upsert(self, document: Mapping[str, Any], cond: QueryLike | None = None) -> list[int]:
        """Update the documents that match, or insert this one, as one act. Returns the ids."""
        with self._writing(document.get("name")):
            return super().upsert(document, cond)

    def put(self, document: Mapping[str, Any], cond: QueryLike) -> None:
        """Put this document, whole, in the place of those that match, or insert it, as one act."""

        def replace(former: Any) -> None:
            former.clear()
            former.update(document)

        with self._writing(document.get("name")):
            if not self.update(replace, cond):
                self.insert(document)

    def __len__(self) -> int:
        with self._database_storage.reading() as rows:
            return rows.count(self.name)

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        with self._database_storage.reading() as rows:
            return {str(doc_id): body for doc_id, body in rows.bodies(self.name).items()}

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> None:
        with self._writing() as rows:
            before = rows.texts(self.name)
            table = rows.parsed(before)
            updater(table)
            rows.replace(self.name, before, table)


class _Documents(TinyDB):
    table_class = DocumentTable

    def tables(self) -> set[str]:
        """The names of all tables."""
        with self._rows().reading() as rows:
            return set(rows.tables())

    def drop_table(self, name: str) -> None:
        """Drop a table with its documents; their ids stay used."""
        self._tables.pop(name, None)
        with self._rows().writing(_("{family}: forgotten").format(family=name)) as rows:
            rows.drop(name)

    def _rows(self) -> DatabaseStorage:
        assert isinstance(self.storage, DatabaseStorage)
        return self.storage
