"""The guards: one statement for every sender, on both databases, held against a plain telling of the rules."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.hooks.channel_values import AddressForm
from crmcore.records.sending import Reason
from crmcore.store import consents, schema
from crmcore.store.changes import insert
from crmcore.store.database import Database, Write
from crmcore.store.facts import Facts
from crmcore.store.guards import PARTS, Ask, Via, name_people, verdicts
from crmcore.store.merging import merge
from crmcore.store.schema_campaigns import TABLES, campaigns, send_channels, sends
from crmcore.store.suppressing import suppress, suppress_person
from tests.conftest import NOW
from tests.examples import examples

EMAIL, SMS = Via(1, "email", ("email",), None, "email"), Via(2, "sms_x", ("phone",), None, "sms")


def prepare(database: Database) -> None:
    facts = Facts(database, "CNY", "Asia/Shanghai")
    facts.install()
    database.refreshers.append(facts.refresh)
    with database.write("channels", actor="test") as write:
        for name, consent in (("email", "email"), ("sms_x", "sms")):
            write.connection.execute(sa.insert(send_channels).values(name=name, consent=consent))
        values = {"name": "old", "kind": "one_off", "purpose": "promotion", "state": "done", "body": "{}"}
        insert(write, campaigns, {**values, "seed": 1, "at": 0})


def person(write: Write, number: int, kinds: tuple[str, ...] = ("email", "phone")) -> int:
    who = insert(write, schema.customers, {"name": f"P{number}", "at": NOW})
    for kind in kinds:
        row = {"customer_id": who, "home_id": who, "kind": kind, "namespace": ""}
        insert(write, schema.identities, {**row, "value": f"{kind}{who}", "shown": "x", "strong": True})
    return who


def ask(**values: object) -> Ask:
    more = {"purpose": "promotion", "via": (EMAIL, SMS), "cap": 1, "cap_since": NOW - 30 * 86_400}
    return Ask(**{**more, **values})  # type: ignore[arg-type]


def answers(database: Database, people: list[int], asked: Ask) -> dict[int, tuple[Reason, int]]:
    with database.read() as connection:
        name_people(connection, [(who, 0) for who in people])
        # Who is held back has a channel too: the one that she would get it by.
        return {
            one.person: (one.reason, 0 if one.reason else one.channel) for one in verdicts(connection, asked)
        }


def says(write: Write, who: int, channel: str, state: str, at: int) -> None:
    proof = "form" if state == "granted" else None
    consents.record(
        write, who, channel=channel, purpose="promotion", state=state, at=at, source="test", proof=proof
    )


def test_each_reason_and_the_first_of_several(database: Database) -> None:
    prepare(database)
    with database.write("people", actor="test", kind="import") as write:
        fine, never, refused, nowhere, listed, complains, bad, had, gone = (
            person(write, number, () if number == 3 else ("email",)) for number in range(9)
        )
        for who in (fine, refused, nowhere, listed, complains, bad, had):
            says(write, who, "*", "granted", NOW - 10)
        says(write, refused, "email", "denied", NOW - 5)
        suppress(write, [("email", f"email{bad}")], at=NOW, source="test")
        suppress_person(write, listed, at=NOW, source="test", reason=None)
        row = {"customer_id": complains, "kind": "complaint", "at": NOW, "text": "x", "state": "open"}
        insert(write, schema.interactions, row)
        taken = {"customer_id": had, "person": had, "step": 0, "at": NOW - 86_400, "campaign_id": 1}
        write.connection.execute(sa.insert(sends).values(**taken, channel=1, state=3))
    with database.write("merge", actor="test", kind="merge") as write:
        merge(write, fine, gone)
    found = answers(database, [fine, never, refused, nowhere, listed, complains, bad, had, gone], ask())
    assert found == {
        fine: (Reason.NONE, 1),
        never: (Reason.UNASKED, 0),
        refused: (Reason.REFUSED, 0),
        nowhere: (Reason.NO_ADDRESS, 0),
        listed: (Reason.SUPPRESSED, 0),
        complains: (Reason.COMPLAINT, 0),
        bad: (Reason.BAD_ADDRESS, 0),
        had: (Reason.CAP, 0),
        gone: (Reason.GONE, 0),
    }
    service = answers(database, [never, refused, complains, had], ask(purpose="service"))
    assert service == dict.fromkeys((never, refused, complains, had), (Reason.NONE, 1))
    again = answers(database, [had], ask(campaign_id=1))
    assert again == {had: (Reason.ALREADY, 0)}


def test_the_second_channel_and_a_basis(database: Database) -> None:
    prepare(database)
    basis = Via(1, "email", ("email",), 0, "email")
    with database.write("people", actor="test", kind="import") as write:
        buyer, asked, phone_only = (person(write, number) for number in range(3))
        says(write, phone_only, "sms", "granted", NOW - 5)
        says(write, buyer, "email", "claimed", NOW - 5)
        row = {"customer_id": buyer, "source": "s", "number": "1", "currency": "CNY", "status": "paid"}
        insert(write, schema.orders, {**row, "placed_at": NOW - 100, "paid_at": NOW - 100, "net_total": 5})
    assert answers(database, [buyer, asked, phone_only], ask()) == {
        buyer: (Reason.UNASKED, 0),
        asked: (Reason.UNASKED, 0),
        phone_only: (Reason.NONE, 2),
    }
    stated = answers(database, [buyer, asked], ask(via=(basis, SMS)))
    assert stated == {buyer: (Reason.NONE, 1), asked: (Reason.UNASKED, 0)}
    lately = Via(1, "email", ("email",), NOW - 10, "email")
    assert answers(database, [buyer], ask(via=(lately,))) == {buyer: (Reason.UNASKED, 0)}


def test_the_control_group_is_the_same_whenever_it_is_asked_and_another_for_another_seed(
    sqlite_database: Database,
) -> None:
    prepare(sqlite_database)
    with sqlite_database.write("people", actor="test", kind="import") as write:
        people = [person(write, number, ("email",)) for number in range(600)]
        for who in people:
            says(write, who, "*", "granted", NOW - 10)

    def drawn(seed: int, share: float = 0.2) -> set[int]:
        found = answers(sqlite_database, people, ask(seed=seed, control=round(share * PARTS)))
        return {who for who, (reason, _channel) in found.items() if reason is Reason.CONTROL}

    first = drawn(12345)
    assert first == drawn(12345)
    assert 80 < len(first) < 160
    assert len(first & drawn(54321)) < 60
    assert drawn(7, 0) == set()


def test_an_erased_person_gets_nothing(database: Database) -> None:
    from crmcore.store import erasing

    prepare(database)
    with database.write("people", actor="test", kind="import") as write:
        who = person(write, 1)
        says(write, who, "*", "granted", NOW - 10)
    with database.write("erase", actor="test", kind="erase") as write:
        erasing.erase(write, who)
    assert answers(database, [who], ask()) == {who: (Reason.ERASED, 0)}


# --- against a plain telling of the rules, over random histories ------------------------------------------------


@dataclass
class Told:
    """One customer as the rules see her."""

    said: list[tuple[int, str, str]] = field(default_factory=list)  # at, channel, state
    got: list[int] = field(default_factory=list)
    bad: set[str] = field(default_factory=set)
    person_listed: bool = False


def may(told: Told, via: Via) -> bool:
    """Whether a promotion may go out to her by that channel, told plainly."""
    names = {via.name, via.consent, "*"}
    hers = [state for _at, channel, state in sorted(told.said) if channel in names and state != "claimed"]
    return bool(hers) and hers[-1] == "granted" and via.kinds[0] not in told.bad


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("says"),
            st.integers(0, 3),
            st.sampled_from(["email", "sms", "sms_x", "*", "wechat"]),
            st.sampled_from(["granted", "denied", "claimed"]),
        ),
        st.tuples(st.just("gets"), st.integers(0, 3), st.integers(0, 60), st.just("")),
        st.tuples(st.just("bad"), st.integers(0, 3), st.sampled_from(["email", "phone"]), st.just("")),
        st.tuples(st.just("listed"), st.integers(0, 3), st.just(""), st.just("")),
    ),
    max_size=25,
)


@pytest.fixture(scope="module")
def one_database(sqlite_template: object, tmp_path_factory: pytest.TempPathFactory) -> object:
    import shutil

    path = tmp_path_factory.mktemp("guards") / "shop.db"
    shutil.copyfile(str(sqlite_template), path)
    database = Database(f"sqlite:///{path}")
    prepare(database)
    yield database
    database.dispose()


@given(steps)
@settings(max_examples=examples(20), deadline=None)
def test_no_history_gets_past_the_guards(
    one_database: Database, history: list[tuple[str, int, object, str]]
) -> None:
    people = [Told() for _number in range(4)]
    with one_database.write("people", actor="test", kind="import") as write:
        ids = [person(write, number) for number in range(4)]
        for number, (what, who, one, other) in enumerate(history):
            told, at = people[who], NOW - 1000 + number
            if what == "says":
                says(write, ids[who], str(one), other, at)
                told.said.append((at, str(one), other))
            elif what == "gets":
                when = NOW - int(str(one)) * 86_400 - 1
                row = {"customer_id": ids[who], "person": ids[who], "step": number, "at": when}
                write.connection.execute(sa.insert(sends).values(**row, campaign_id=1, channel=1, state=3))
                told.got.append(when)
            elif what == "bad":
                suppress(write, [(str(one), f"{one}{ids[who]}")], at=at, source="test")
                told.bad.add(str(one))
            else:
                suppress_person(write, ids[who], at=at, source="test", reason=None)
                told.person_listed = True
    found = answers(one_database, ids, ask())
    for who, told in zip(ids, people, strict=True):
        reason, channel = found[who]
        capped = sum(when >= NOW - 30 * 86_400 for when in told.got) >= 1
        usable = [via.number for via in (EMAIL, SMS) if may(told, via)]
        if told.person_listed or capped or not usable:
            assert reason is not Reason.NONE
        else:
            assert (reason, channel) == (Reason.NONE, usable[0])


def test_merged_people_are_held_to_the_strictest_word(database: Database) -> None:
    prepare(database)
    with database.write("people", actor="test", kind="import") as write:
        yes, no = person(write, 1), person(write, 2)
        says(write, yes, "*", "granted", NOW - 5)
        says(write, no, "sms", "denied", NOW - 50)
    with database.write("merge", actor="test", kind="merge") as write:
        merge(write, yes, no)
    assert answers(database, [yes], ask()) == {yes: (Reason.NONE, 1)}
    assert answers(database, [yes], ask(via=(SMS,))) == {yes: (Reason.REFUSED, 0)}


def test_what_an_import_only_claims_takes_no_no_back(database: Database) -> None:
    """Not with a basis either, and not for somebody whom several records were merged into."""
    prepare(database)
    with database.write("people", actor="test", kind="import") as write:
        alone, joined, other = (person(write, number) for number in range(3))
        for who in (alone, joined):
            says(write, who, "email", "denied", NOW - 50)
            says(write, who, "email", "claimed", NOW - 5)
        row = {"source": "s", "currency": "CNY", "status": "paid", "placed_at": NOW - 100, "net_total": 5}
        for who in (alone, joined):
            insert(
                write, schema.orders, {**row, "customer_id": who, "number": f"{who}", "paid_at": NOW - 100}
            )
    with database.write("merge", actor="test", kind="merge") as write:
        merge(write, joined, other)
    basis = Via(1, "email", ("email",), 0, "email")
    refused = {alone: (Reason.REFUSED, 0), joined: (Reason.REFUSED, 0)}
    assert answers(database, [alone, joined], ask(via=(basis,))) == refused


def test_every_table_of_campaigns_is_made_by_the_step(database: Database) -> None:
    with database.read() as connection:
        for table in TABLES:
            connection.execute(sa.select(table).limit(1))


def test_only_addresses_of_the_form_and_the_platform_that_a_channel_takes(database: Database) -> None:
    prepare(database)
    with database.write("people", actor="test", kind="import") as write:
        newest, older, none, elsewhere = (person(write, number, ()) for number in range(4))
        known = [
            (newest, "phone", "", "+8613800138000"), (older, "phone", "", "+8613800138001"),
            (older, "phone", "", "+442079460018"), (none, "phone", "", "+442079460019"),
            (newest, "buyer", "taobao:shop", "rain"), (elsewhere, "buyer", "shopify:acme", "wind"),
        ]  # fmt: skip
        for who, kind, namespace, value in known:
            row = {"customer_id": who, "home_id": who, "kind": kind, "namespace": namespace, "value": value}
            insert(write, schema.identities, {**row, "shown": value, "strong": True})
    mainland = AddressForm("+861[3-9]" + "[0-9]" * 9, unlike="*999*")
    sms = Via(2, "sms_x", ("phone",), None, "sms", {"phone": mainland})
    chat = Via(1, "email", ("buyer",), None, "email", {"buyer": AddressForm(sources=("taobao", "tm:'"))})
    everybody = [newest, older, none, elsewhere]
    assert answers(database, everybody, ask(purpose="service", via=(sms,))) == {
        newest: (Reason.NONE, 2),
        older: (Reason.NONE, 2),
        none: (Reason.UNFIT_ADDRESS, 0),
        elsewhere: (Reason.NO_ADDRESS, 0),
    }
    assert answers(database, everybody, ask(purpose="service", via=(chat, sms))) == {
        newest: (Reason.NONE, 1),
        older: (Reason.NONE, 2),
        none: (Reason.NO_ADDRESS, 0),
        elsewhere: (Reason.UNFIT_ADDRESS, 0),
    }
