from __future__ import annotations

from typing import Any

import pytest

from crmcore.errors import CrmError, NotFoundError, UsageError
from crmcore.records.interaction import CORE_KINDS, InteractionKind
from crmcore.store import interactions, schema
from crmcore.store.changes import history_of, update
from crmcore.store.database import Database
from tests.store.dossier import customer

KINDS = {kind.name: kind for kind in CORE_KINDS}
KINDS["visit"] = InteractionKind(
    "visit", "到店", "Visit", fields={"day": "date", "bought": "bool", "people": "int"}
)
AT = 1_772_600_000


def someone(database: Database) -> int:
    with database.write("add", actor="Li") as write:
        return customer(write, "王芳")


def log(database: Database, who: int, kind: str = "complaint", text: str = "too late", **values: Any) -> int:
    with database.write("log", actor="Li", kind="log") as write:
        return interactions.log(write, KINDS, who, kind, text, **{"at": AT, **values})


def move(database: Database, which: int, state: str) -> bool:
    with database.write("move", actor="Han") as write:
        return interactions.move(write, KINDS, which, state, at=2_000)


def find(database: Database, which: int) -> interactions.Interaction:
    with database.read() as connection:
        return interactions.find(connection, which)


def test_an_interaction_starts_in_its_kinds_first_state(database: Database) -> None:
    who = someone(database)
    which = log(database, who, payload={"grade": "2", "cause": " 物流 "}, owner="Li", due_at=AT + 60)
    found = find(database, which)
    assert (found.state, found.payload, found.owner, found.due_at) == (
        "open",
        {"cause": "物流", "grade": 2},
        "Li",
        AT + 60,
    )
    assert find(database, log(database, who, "chat", "hello")).state is None


def test_it_moves_only_as_its_kind_allows(database: Database) -> None:
    which = log(database, someone(database))
    assert move(database, which, "settled")
    assert not move(database, which, "settled")
    with pytest.raises(CrmError, match=r"Complaint \d+ is settled: from there it can go to closed, open"):
        move(database, which, "in_progress")
    with database.read() as connection:
        assert [f.old["state"] for f in history_of(connection, "interactions", which)] == ["open"]


def test_a_kind_without_states_goes_nowhere(sqlite_database: Database) -> None:
    which = log(sqlite_database, someone(sqlite_database), "chat")
    with pytest.raises(CrmError, match="is without a state: from there it can go to nowhere"):
        move(sqlite_database, which, "done")


def test_editing_keeps_the_payload_that_is_not_given(database: Database) -> None:
    which = log(database, someone(database), payload={"grade": 2, "cause": "物流"})
    with database.write("edit", actor="Han") as write:
        assert interactions.edit(
            write, KINDS, which, {"text": "late", "payload": {"result": "refund", "cause": None}}
        )
    found = find(database, which)
    assert (found.text, found.payload) == ("late", {"grade": 2, "result": "refund"})


def test_what_is_due_and_still_open_comes_first(database: Database) -> None:
    who = someone(database)
    late, later = (
        log(database, who, due_at=AT + 20),
        log(database, who, "promise", due_at=AT + 10, owner="Li"),
    )
    log(database, who, due_at=AT + 999)
    move(database, log(database, who, due_at=AT), "closed")
    with database.read() as connection:
        assert [i.id for i in interactions.due(connection, KINDS, AT + 60)] == [later, late]
        assert [i.id for i in interactions.due(connection, KINDS, AT + 60, owner="Li")] == [later]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"kind": "xyz"}, "no kind 'xyz': choose call, chat, complaint"),
        ({"state": "won"}, "no state 'won': choose open, in_progress"),
        ({"kind": "chat", "state": "open"}, "choose none"),
        ({"kind": "chat", "due_at": AT}, "cannot be due"),
        ({"payload": {"colour": 1}}, "no field 'colour': choose grade, cause, result"),
        ({"payload": {"grade": "high"}}, "takes a value of type int"),
        ({"kind": "visit", "payload": {"day": "2026-02-30"}}, "type date"),
        ({"kind": "visit", "payload": {"bought": "perhaps"}}, "type bool"),
    ],
)
def test_what_its_kind_does_not_have_is_refused(
    sqlite_database: Database, values: dict[str, Any], message: str
) -> None:
    who = someone(sqlite_database)
    with pytest.raises(UsageError, match=message):
        log(sqlite_database, who, **values)


def test_a_plugins_kind_takes_its_own_fields(sqlite_database: Database) -> None:
    who = someone(sqlite_database)
    which = log(sqlite_database, who, "visit", payload={"day": "2026-03-01", "bought": "是", "people": 2})
    assert find(sqlite_database, which).payload == {"bought": True, "day": "2026-03-01", "people": 2}


def test_only_somebody_who_lives_can_be_talked_to(sqlite_database: Database) -> None:
    who, other = someone(sqlite_database), someone(sqlite_database)
    with pytest.raises(NotFoundError, match="no customer 99"):
        log(sqlite_database, 99)
    with sqlite_database.write("merge", actor="Li") as write:
        update(write, schema.customers, other, {"merged_into": who})
    with pytest.raises(CrmError, match=f"merged into {who}"):
        log(sqlite_database, other)


def test_unknown_interactions_and_fields_are_refused(sqlite_database: Database) -> None:
    which = log(sqlite_database, someone(sqlite_database))
    with pytest.raises(NotFoundError, match="no interaction 99"):
        move(sqlite_database, 99, "open")
    with pytest.raises(UsageError, match="no field state"), sqlite_database.write("x", actor="Li") as write:
        interactions.edit(write, KINDS, which, {"state": "closed"})
