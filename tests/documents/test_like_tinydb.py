"""Documents do what TinyDB does: the same acts on both give the same answers and the same contents."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tinydb import Query, TinyDB, where
from tinydb.operations import add, decrement, delete, increment, subtract
from tinydb.operations import set as set_field
from tinydb.storages import MemoryStorage
from tinydb.table import Document

from crmcore.store.database import Database
from crmcore.store.documents import documents
from tests.examples import examples

_numbers = itertools.count()
Act = Callable[[Any], Any]


@pytest.fixture
def books(database: Database) -> TinyDB:
    return documents(database)


def _name(value: str) -> Any:
    return Query().name == value


names = st.sampled_from(["a", "b", "连衣裙"])
lists = st.lists(st.integers(), max_size=2)
values = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | names | lists
bodies = st.fixed_dictionaries(
    {"name": names, "n": st.integers(0, 3)},
    optional={"more": values, "in": st.fixed_dictionaries({"x": values})},
)
conditions = st.one_of(
    names.map(_name),
    st.integers(0, 3).map(lambda n: where("n") >= n),
    st.just(where("more").exists()),
    st.just(Query()["in"].x == 1),
    st.just((where("n") < 2) & ~(where("name") == "a")),
    st.just((where("n") == 0) | where("name").one_of(["b"])),
    st.just(where("name").matches("[ab]")),
    st.just(where("name").test(lambda name: len(name) > 1)),
)
operations = st.one_of(
    st.just(increment("n")),
    st.just(decrement("n")),
    st.just(add("n", 2)),
    st.just(subtract("n", 1)),
    values.map(lambda value: set_field("more", value)),
)
ids = st.integers(1, 6)
some_ids = st.lists(ids, max_size=3, unique=True)


def _act(method: str, *arguments: st.SearchStrategy[Any], **named: st.SearchStrategy[Any]) -> Any:
    """Calls of that method with drawn arguments, each call with copies of its own."""

    def call(drawn: tuple[tuple[Any, ...], dict[str, Any]]) -> Act:
        return lambda table: getattr(table, method)(*copy.deepcopy(drawn[0]), **copy.deepcopy(drawn[1]))

    return st.tuples(st.tuples(*arguments), st.fixed_dictionaries(named)).map(call)


acts: st.SearchStrategy[Act] = st.one_of(
    _act("insert", bodies),
    _act("insert_multiple", st.lists(bodies, max_size=3)),
    _act("update", bodies, conditions),
    _act("update", operations, conditions),
    _act("update", operations, doc_ids=some_ids),
    _act("update", operations),
    _act("update_multiple", st.lists(st.tuples(operations, conditions), max_size=2)),
    _act("upsert", bodies, conditions),
    _act("remove", conditions),
    _act("remove", doc_ids=some_ids),
    _act("search", conditions),
    _act("count", conditions),
    _act("contains", conditions),
    _act("contains", doc_id=ids),
    _act("get", conditions),
    _act("get", doc_id=ids),
    _act("get", doc_ids=some_ids),
)


def _answer(act: Act, table: Any) -> Any:
    try:
        return act(table)
    except (KeyError, ValueError, RuntimeError) as error:
        return type(error), str(error)


def _contents(table: Any) -> dict[int, Any]:
    return {document.doc_id: dict(document) for document in table}


@settings(
    max_examples=examples(10),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(acts, max_size=12))
def test_same_acts_same_answers(books: TinyDB, some: list[Act]) -> None:
    ours, theirs = books.table(f"t{next(_numbers)}"), TinyDB(storage=MemoryStorage).table("t")
    for act in some:
        assert _answer(act, ours) == _answer(act, theirs)
        assert _contents(ours) == _contents(theirs)
    assert len(ours) == len(theirs)


def test_documents_may_bring_their_ids(books: TinyDB) -> None:
    assert books.insert(Document({"a": 1}, doc_id=5)) == 5
    assert books.insert_multiple([{"a": 2}, Document({"a": 3}, doc_id=9), {"a": 4}]) == [6, 9, 10]
    assert books.upsert(Document({"b": 1}, doc_id=9)) == [9]
    assert books.upsert(Document({"a": 5}, doc_id=12)) == [12]
    assert _contents(books) == {5: {"a": 1}, 6: {"a": 2}, 9: {"a": 3, "b": 1}, 10: {"a": 4}, 12: {"a": 5}}
    with pytest.raises(ValueError, match="not a Mapping"):
        books.insert([1])  # type: ignore[arg-type]


def test_the_database_itself_is_a_table(books: TinyDB) -> None:
    assert len(books) == 0
    assert books.tables() == set()
    assert books.insert({"a": 1}) == 1
    assert books.search(where("a") == 1) == [{"a": 1}]
    assert [document.doc_id for document in books] == [1]
    assert books.tables() == {"_default"}


def test_tables_are_apart_and_are_dropped_alone(books: TinyDB) -> None:
    books.table("one").insert({"a": 1})
    books.table("two").insert_multiple([{"a": 2}, {"a": 3}])
    assert books.tables() == {"one", "two"}
    books.drop_table("one")
    books.drop_table("never there")
    assert books.tables() == {"two"}
    assert books.table("one").all() == []
    books.drop_tables()
    assert books.tables() == set()
    assert len(books.table("two")) == 0


def test_truncate_empties_a_table_and_keeps_it(books: TinyDB) -> None:
    books.table("one").insert({"a": 1})
    books.table("one").truncate()
    assert books.table("one").all() == []
    assert books.tables() == {"one"}


def test_removing_everything_must_be_said(books: TinyDB) -> None:
    with pytest.raises(RuntimeError, match="truncate"):
        books.remove()
    with pytest.raises(ValueError, match="doc_id"):
        books.upsert({"a": 1})
    with pytest.raises(RuntimeError, match="cond"):
        books.get()
    books.insert({"a": 1})
    books.update(delete("a"))
    assert books.all() == [{}]
