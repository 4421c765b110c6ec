from __future__ import annotations

from typing import Any

import pytest

from crmcore.errors import UsageError
from crmcore.store import consents
from crmcore.store.changes import insert
from crmcore.store.database import Database
from crmcore.store.schema import consents as table
from tests.store.dossier import customer

DAY = 86_400


def say(database: Database, who: int, state: str, at: int, **values: Any) -> int:
    said = {"channel": "sms", "purpose": "promotion", "source": "form", "proof": "ticked", **values}
    with database.write("consent", actor="Li") as write:
        return consents.record(write, who, state=state, at=at, **said)


def someone(database: Database) -> int:
    with database.write("add", actor="Li") as write:
        return customer(write, "王芳")


def holding(database: Database, who: int, channel: str = "sms", purpose: str = "promotion") -> str | None:
    with database.read() as connection:
        return consents.state_of(connection, [who], channel, purpose).get(who)


def test_who_never_said_anything_has_no_consent(database: Database) -> None:
    assert holding(database, someone(database)) is None


def test_the_last_word_holds(database: Database) -> None:
    who = someone(database)
    say(database, who, "granted", 1 * DAY)
    assert holding(database, who) == "granted"
    say(database, who, "denied", 3 * DAY)
    assert holding(database, who) == "denied"
    say(database, who, "granted", 2 * DAY)  # an older form that was found late
    assert holding(database, who) == "denied"
    say(database, who, "granted", 4 * DAY)
    assert holding(database, who) == "granted"
    with database.read() as connection:
        assert [c.at for c in consents.history(connection, who)] == [4 * DAY, 3 * DAY, 2 * DAY, DAY]


def test_a_claim_never_takes_a_refusal_back(database: Database) -> None:
    who = someone(database)
    say(database, who, "claimed", DAY, proof=None)
    assert holding(database, who) == "claimed"
    say(database, who, "denied", 2 * DAY)
    say(database, who, "claimed", 3 * DAY, proof=None)
    assert holding(database, who) == "denied"


def test_one_channel_and_purpose_says_nothing_of_another(database: Database) -> None:
    who = someone(database)
    say(database, who, "granted", DAY)
    assert holding(database, who, channel="email") is None
    assert holding(database, who, purpose="order") is None


def test_a_refusal_of_everything_covers_each_channel(database: Database) -> None:
    who = someone(database)
    say(database, who, "granted", DAY)
    say(database, who, "denied", 2 * DAY, channel="*")
    assert holding(database, who) == holding(database, who, channel="email") == "denied"
    with database.read() as connection:
        states = {(c.channel, c.purpose): c.state for c in consents.states(connection, who)}
    assert states == {("*", "promotion"): "denied", ("sms", "promotion"): "denied"}


def test_a_consent_that_came_without_identity_counts_for_its_customer(database: Database) -> None:
    who = someone(database)
    with database.write("import", actor="Li") as write:
        row = {"channel": "sms", "purpose": "promotion", "state": "denied", "at": DAY, "source": "file"}
        insert(write, table, {"customer_id": who, **row})
    assert holding(database, who) == "denied"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"state": "yes"}, "say granted, denied or claimed"),
        ({"purpose": "fun"}, "no purpose"),
        ({"proof": " "}, "needs its proof"),
    ],
)
def test_what_is_no_consent_is_refused(
    sqlite_database: Database, values: dict[str, str], message: str
) -> None:
    who = someone(sqlite_database)
    with pytest.raises(UsageError, match=message):
        say(sqlite_database, who, **{"state": "granted", "at": DAY, **values})  # type: ignore[arg-type]
