"""Documents in a shop that others use at the same time: ids, transactions, values."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tinydb import where
from tinydb.table import Document

from crmcore.errors import CrmError
from crmcore.store.database import Database
from crmcore.store.document_rows import DocumentError
from crmcore.store.documents import documents
from tests.stress.children import barrier, spawn


def _insert_many(url: str, who: int, together: Any) -> None:
    database = Database(url)
    table = documents(database).table("notes")
    together.wait(120)
    for number in range(150):
        table.insert({"who": who, "number": number})
    database.dispose()


def _add_many(url: str, together: Any) -> None:
    database = Database(url)
    table = documents(database).table("counter")
    together.wait(120)
    for _ in range(50):
        table.update(lambda document: document.update(n=document["n"] + 1), doc_ids=[1])
    database.dispose()


def _in_processes(target: Any, arguments: list[tuple[Any, ...]]) -> None:
    together = barrier(len(arguments))  # whoever has started waits for the others
    processes = [spawn(target, *args, together) for args in arguments]
    for process in processes:
        process.join(300)
    assert [process.exitcode for process in processes] == [0] * len(processes)


def _url(database: Database) -> str:
    return database.url.set(drivername=database.dialect).render_as_string(hide_password=False)


def test_three_processes_lose_no_insert(database: Database) -> None:
    _in_processes(_insert_many, [(_url(database), who) for who in range(3)])
    found = documents(database).table("notes").all()
    assert sorted((d["who"], d["number"]) for d in found) == [(w, n) for w in range(3) for n in range(150)]
    assert sorted(d.doc_id for d in found) == list(range(1, 451))


def test_two_processes_lose_no_update(database: Database) -> None:
    documents(database).table("counter").insert({"n": 0})
    _in_processes(_add_many, [(_url(database),)] * 2)
    assert documents(database).table("counter").get(doc_id=1) == {"n": 100}


def test_ids_are_never_used_again(database: Database) -> None:
    table = documents(database).table("t")
    assert table.insert_multiple([{}, {}, {}]) == [1, 2, 3]
    table.remove(doc_ids=[3])
    assert table.insert({}) == 4
    table.truncate()
    assert table.insert({}) == 5
    documents(database).drop_table("t")
    assert documents(database).tables() == set()
    assert documents(database).table("t").insert({}) == 6
    assert table.insert(Document({}, doc_id=40)) == 40
    assert table.insert({}) == 41
    with pytest.raises(ValueError, match="40 already exists"):
        table.insert(Document({}, doc_id=40))


def test_what_another_changed_is_seen_at_once(database: Database) -> None:
    mine, theirs = documents(database).table("t"), documents(Database(_url(database))).table("t")
    mine.insert({"n": 1})
    assert theirs.search(where("n") == 1) == [{"n": 1}]
    mine.update({"n": 2})
    assert theirs.search(where("n") == 1) == []
    theirs._storage._database.dispose()


def test_what_is_read_is_a_copy(database: Database) -> None:
    table = documents(database).table("t")
    given = {"deep": {"list": [1]}}
    table.insert(given)
    given["deep"]["list"].append(2)
    table.all()[0]["deep"]["list"].append(3)
    table.search(where("deep").exists())[0]["deep"]["list"].append(4)
    assert table.all() == [{"deep": {"list": [1]}}]


def test_acts_join_the_open_write_and_go_with_it(database: Database) -> None:
    table = documents(database).table("t")
    table.insert({"n": 1})

    def fail_half_way() -> None:
        with database.write("two things", actor="t"):
            table.insert({"n": 2})
            table.update({"seen": True}, where("n") == 1)
            assert [document["n"] for document in table] == [1, 2]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert table.all() == [{"n": 1}]
    with database.write("two things", actor="t"):
        table.upsert({"n": 3}, where("n") == 3)
        documents(database).drop_table("gone")
    assert [document["n"] for document in table] == [1, 3]
    assert database.open_write is None


def test_a_failed_act_leaves_nothing(database: Database) -> None:
    table = documents(database).table("t")
    table.insert_multiple([{"n": 1}, {"m": 1}])
    with pytest.raises(KeyError):
        table.update(lambda document: document.update(n=document["n"] + 1))
    with pytest.raises(DocumentError):
        table.insert_multiple([{"n": 5}, {"n": {1}}])
    assert table.all() == [{"n": 1}, {"m": 1}]


@pytest.mark.parametrize(
    ("body", "where_"),
    [
        ({"a": {"when": date(2026, 1, 1)}}, r"t\.a\.when.*date"),
        ({"a": [1, {2}]}, r"t\.a\[1\].*set"),
        ({"a": float("nan")}, r"t\.a: nan"),
        ({"a": {1: 2}}, r"t\.a: the key 1"),
        ({"a": "\ud800"}, "half a character"),
    ],
)
def test_only_json_is_kept(sqlite_database: Database, body: dict[str, Any], where_: str) -> None:
    table = documents(sqlite_database).table("t")
    for act in (
        table.insert,
        lambda value: table.update(value),
        lambda value: table.upsert(value, where("x") == 1),
    ):
        table.insert({"x": 1}) if not len(table) else None
        with pytest.raises(DocumentError, match=where_) as caught:
            act(body)
        assert isinstance(caught.value, CrmError)
    assert table.all() == [{"x": 1}]


def test_values_come_back_as_they_went_in(database: Database) -> None:
    body = {"text": "连衣裙 𠮷 \x00 ' \"", "n": 2**60, "x": 0.1, "no": None, "yes": True, "deep": [{"a": []}]}
    table = documents(database).table("t")
    assert table.get(doc_id=table.insert(body)) == body
    assert table.get(doc_id="1") == body
    assert table.get(doc_id=7) is None
