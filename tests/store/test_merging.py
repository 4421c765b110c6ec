from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcore.errors import CrmError, NotFoundError, UsageError
from crmcore.store import candidates, consents, customers, schema
from crmcore.store.changes import insert, list_changes
from crmcore.store.database import Database
from crmcore.store.identities import identities_of, own_identity
from crmcore.store.merging import MERGE_RULES, merge, split, split_identities
from crmcore.store.tags import add_tag, remove_tag
from crmcore.store.undo import undo, undo_in_chunks
from tests.examples import examples
from tests.store.dossier import customer, everything, identity, line, note, order

# Tables that name a customer by another column than customer_id.
_POINTERS = {"home_id", "a_id", "b_id", "merged_into", "customer_id"}


def test_every_table_that_points_at_a_customer_has_a_merge_rule() -> None:
    pointing = {t.name for t in schema.metadata.sorted_tables if _POINTERS & {c.name for c in t.c}}
    assert pointing == set(MERGE_RULES)


def full_dossier(database: Database, name: str, phone: str, **profile: Any) -> int:
    """A customer with something in every table."""
    with database.write("import", actor="Li", kind="import") as write:
        who = customer(write, name, **profile)
        known = identity(write, who, phone)
        bought = order(write, who, f"order {phone}", known)
        line(write, bought, "连衣裙")
        note(write, who, "好评", known, kind="review", order_id=bought)
        refund = {"source": "uci", "number": phone, "currency": "CNY", "amount": 5, "at": 1}
        insert(write, schema.refunds, {"customer_id": who, "identity_id": known, **refund})
        add_tag(write, [who], f"tag {name}")
        add_tag(write, [who], "both")
        said = {"channel": "sms", "purpose": "promotion", "source": "form"}
        consents.record(write, who, state="claimed", at=1, **said)
    return who


def do_merge(database: Database, keep: int, gone: int) -> int:
    with database.write("merge", actor="Han", kind="merge") as write:
        merge(write, keep, gone)
        return write.change_id


def do_split(database: Database, gone: int) -> int:
    with database.write("split", actor="Han", kind="split") as write:
        return split(write, gone)


def owned(database: Database, table: sa.Table) -> list[int]:
    with database.read() as connection:
        return list(connection.scalars(sa.select(table.c.customer_id).order_by(table.c.id)))


def test_a_merge_brings_everything_together_and_a_split_gives_everything_back(database: Database) -> None:
    keep = full_dossier(database, "王芳", "+8613800138000", city="杭州", extra='{"size": "M"}')
    gone = full_dossier(
        database, "芳芳", "+8613900139000", city="上海", birthday="--05-17", extra='{"b":"1", "a":"2"}'
    )
    with database.write("pair", actor="Li") as write:
        assert candidates.propose(write, keep, gone, "name_address")
    before = everything(database)
    do_merge(database, keep, gone)
    for table in (schema.orders, schema.refunds, schema.interactions, schema.consents, schema.identities):
        assert set(owned(database, table)) == {keep}
    with database.read() as connection:
        card = customers.show(connection, gone)
        assert (card.id, card.asked_id, card.merged) == (keep, gone, (gone,))
        assert (card.name, card.city, card.birthday) == ("王芳", "杭州", "--05-17")
        assert card.extra == {"size": "M", "a": "2", "b": "1"}
        assert card.tags == ("both", "tag 王芳", "tag 芳芳")
        assert candidates.list_candidates(connection) == []
    assert do_split(database, gone) == keep
    assert everything(database) == before


def test_undoing_a_merge_splits(database: Database) -> None:
    keep = full_dossier(database, "王芳", "+8613800138000")
    gone = full_dossier(database, "芳芳", "+8613900139000", city="上海")
    before = everything(database)
    for way in ("one", "chunks"):
        change = do_merge(database, keep, gone)
        if way == "one":
            with database.write("undo", actor="Li", kind="undo") as write:
                report = undo(write, change)
        else:
            report = undo_in_chunks(database, change, "Li")
        assert (report.restored, report.kept) == (1, ())
        assert everything(database) == before
        with database.read() as connection:
            assert list_changes(connection, limit=2)[1].state == "undone"


def test_conflicting_strong_identities_do_not_forbid_a_merge_by_hand(database: Database) -> None:
    keep, gone = (full_dossier(database, n, p) for n, p in [("a", "+8613800138000"), ("b", "+8613900139000")])
    do_merge(database, keep, gone)
    with database.read() as connection:
        assert [i.value for i in identities_of(connection, keep)] == ["+8613800138000", "+8613900139000"]


def test_what_came_later_goes_to_whom_it_belongs(database: Database) -> None:
    keep, gone = (full_dossier(database, n, p) for n, p in [("a", "+8613800138000"), ("b", "+8613900139000")])
    do_merge(database, keep, gone)
    with database.write("import", actor="Li", kind="import") as write:
        phone = write.connection.execute(
            sa.select(schema.identities).where(schema.identities.c.value == "+8613900139000")
        ).one()
        hers = order(write, phone.customer_id, "later, by her phone", phone.id)
        both = note(write, keep, "called", own_identity(write, keep))
    do_split(database, gone)
    with database.read() as connection:
        assert connection.scalar(sa.select(schema.orders.c.customer_id).filter_by(id=hers)) == gone
        assert connection.scalar(sa.select(schema.interactions.c.customer_id).filter_by(id=both)) == keep


def test_the_strictest_consent_wins_until_she_speaks_again(database: Database) -> None:
    said = {"channel": "sms", "purpose": "promotion", "source": "form", "proof": "ticked"}
    with database.write("add", actor="Li") as write:
        keep, gone = customer(write, "a"), customer(write, "b")
        consents.record(write, keep, state="granted", at=20, **said)
        consents.record(write, gone, state="denied", at=10, **said)

    def state() -> str | None:
        with database.read() as connection:
            return consents.state_of(connection, [keep], "sms", "promotion").get(keep)

    assert state() == "granted"
    do_merge(database, keep, gone)
    assert state() == "denied"
    with database.write("form", actor="Li") as write:
        consents.record(write, keep, state="claimed", at=30, **said)
    assert state() == "denied"
    with database.write("form", actor="Li") as write:
        consents.record(write, keep, state="granted", at=40, **said)
    assert state() == "granted"
    do_split(database, gone)
    with database.read() as connection:
        assert consents.state_of(connection, [keep, gone], "sms", "promotion") == {
            keep: "granted",
            gone: "denied",
        }


def test_a_chain_of_merges_comes_apart_in_any_order(database: Database) -> None:
    a, b, c = (full_dossier(database, n, f"+861380013800{i}") for i, n in enumerate("abc"))
    before = everything(database, without={"changed_by"})
    for order_of_splits in ((a, b), (b, a)):
        do_merge(database, b, a)
        do_merge(database, c, b)
        with database.read() as connection:
            assert customers.resolve(connection, a) == c
            assert customers.merged_ids(connection, c) == [a, b]
        for gone in order_of_splits:
            do_split(database, gone)
        assert everything(database, without={"changed_by"}) == before


def test_splitting_the_middle_takes_those_inside_along(database: Database) -> None:
    a, b, c = (full_dossier(database, n, f"+861380013800{i}") for i, n in enumerate("abc"))
    do_merge(database, b, a)
    between = everything(database)
    do_merge(database, c, b)
    assert do_split(database, b) == c
    assert everything(database) == between


def test_a_field_edited_after_the_merge_stays_edited(database: Database) -> None:
    with database.write("add", actor="Li") as write:
        keep, gone = customer(write, "a"), customer(write, "b", city="上海", province="上海市")
    do_merge(database, keep, gone)
    with database.write("edit", actor="Li") as write:
        customers.edit(write, keep, {"city": "苏州"})
        remove_tag(write, [keep], "x")
    do_split(database, gone)
    with database.read() as connection:
        kept, back = customers.show(connection, keep), customers.show(connection, gone)
    assert (kept.city, kept.province, back.city) == ("苏州", None, "上海")


def test_two_merged_into_one_stand_in_for_each_other(database: Database) -> None:
    with database.write("add", actor="Li") as write:
        keep = customer(write, "a")
        first, second = (customer(write, n, city=n) for n in "bc")
        add_tag(write, [first, second], "VIP")
    do_merge(database, keep, first)
    do_merge(database, keep, second)
    do_split(database, first)
    with database.read() as connection:
        card = customers.show(connection, keep)
        assert (card.city, card.tags) == ("c", ("VIP",))
    do_split(database, second)
    with database.read() as connection:
        card = customers.show(connection, keep)
        assert (card.city, card.tags) == (None, ())


def test_events_without_identity_are_given_back_too(database: Database) -> None:
    with database.write("add", actor="Li") as write:
        keep, gone = customer(write, "a"), customer(write, "b")
        order(write, gone, "1001")
    do_merge(database, keep, gone)
    assert owned(database, schema.orders) == [keep]
    do_split(database, gone)
    assert owned(database, schema.orders) == [gone]


def test_some_identities_can_be_split_off_into_a_new_customer(database: Database) -> None:
    who = full_dossier(database, "王芳", "+8613800138000")
    with database.write("import", actor="Li", kind="import") as write:
        other = identity(write, who, "+8613900139000")
        theirs = order(write, who, "9", other)
    with database.write("split", actor="Han", kind="split") as write:
        new = split_identities(write, who, [other])
    with database.read() as connection:
        assert [i.value for i in identities_of(connection, new)] == ["+8613900139000"]
        assert connection.scalar(sa.select(schema.orders.c.customer_id).filter_by(id=theirs)) == new
        assert customers.show(connection, new).nickname == "+8613900139000"
    with (
        pytest.raises(UsageError, match="some, not all"),
        database.write("x", actor="Li", kind="split") as write,
    ):
        split_identities(write, new, [other])


def test_merges_and_splits_that_make_no_sense_are_refused(sqlite_database: Database) -> None:
    database = sqlite_database
    with database.write("add", actor="Li") as write:
        a, b, c = (customer(write, n) for n in "abc")
    do_merge(database, a, b)
    for keep, gone, error, message in [
        (a, a, UsageError, "with herself"),
        (c, b, CrmError, f"merged into {a}"),
        (b, c, CrmError, f"merged into {a}"),
        (a, 99, NotFoundError, "no customer 99"),
    ]:
        with pytest.raises(error, match=message):
            do_merge(database, keep, gone)
    with pytest.raises(CrmError, match=f"split one of those inside it: {b}"):
        do_split(database, a)
    with pytest.raises(CrmError, match="nobody was merged into it"):
        do_split(database, c)


def test_an_import_can_be_undone_after_a_merge_was_split(database: Database) -> None:
    before = everything(database)
    with database.write("import", actor="Li", kind="import") as write:
        keep, gone = customer(write, "a"), customer(write, "b", city="上海")
        order(write, gone, "1", identity(write, gone, "+8613900139000"))
        change = write.change_id
    do_merge(database, keep, gone)
    do_split(database, gone)
    assert undo_in_chunks(database, change, "Li").kept == ()
    assert everything(database) == before


def test_an_import_undone_under_a_merge_keeps_the_two_and_takes_the_orders(database: Database) -> None:
    with database.write("import", actor="Li", kind="import") as write:
        keep, gone = customer(write, "a"), customer(write, "b")
        order(write, gone, "1", identity(write, gone, "+8613900139000"))
        change = write.change_id
    do_merge(database, keep, gone)
    report = undo_in_chunks(database, change, "Li")
    assert {(k.table, k.id) for k in report.kept} == {("customers", keep), ("customers", gone)}
    assert owned(database, schema.orders) == []
    assert owned(database, schema.identities) == [keep]


def test_pairs_are_listed_accepted_and_refused(database: Database) -> None:
    with database.write("add", actor="Li") as write:
        a, b, c, d = (customer(write, n) for n in "abcd")
        first, second = candidates.propose(write, b, a, "phone"), candidates.propose(write, c, b, "mask")
        third = candidates.propose(write, d, c, "name_address")
        assert candidates.propose(write, a, b, "mask") is None
    assert None not in (first, second, third)
    with database.read() as connection:
        assert candidates.count_open(connection) == 3
        assert [p.as_json()["a_name"] for p in candidates.list_candidates(connection, limit=2)] == ["a", "b"]
        assert [p.id for p in candidates.list_candidates(connection, after=second)] == [third]
    with database.write("decide", actor="Han", kind="merge") as write:
        assert candidates.accept(write, first, keep=b) == b
        candidates.refuse(write, third)
    with database.read() as connection:
        [left] = candidates.list_candidates(connection)
        assert (left.id, left.a_id, left.b_id) == (second, b, c)
    for wrong, keep, error, message in [
        (first, None, CrmError, "decided already: merged"),
        (third, None, CrmError, "decided already: refused"),
        (second, a, CrmError, "neither of the two"),
        (99, None, NotFoundError, "no pair 99"),
    ]:
        with pytest.raises(error, match=message), database.write("x", actor="Li", kind="merge") as write:
            candidates.accept(write, wrong, keep)


def test_a_merge_is_an_act_of_its_own_kind(sqlite_database: Database) -> None:
    with sqlite_database.write("add", actor="Li") as write:
        a, b = customer(write, "a"), customer(write, "b")
        for act in (
            lambda: merge(write, a, b),
            lambda: split(write, b),
            lambda: split_identities(write, a, [1]),
        ):
            with pytest.raises(ValueError, match="write with kind="):
                act()


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["merge", "split", "order", "note", "tag", "city"]),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    max_size=14,
)


@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS)
def test_whatever_happens_between_all_events_come_home(
    sqlite_database: Database, acts: list[tuple[str, int, int]]
) -> None:
    database, number = sqlite_database, 0
    with database.write("ground", actor="Li") as write:
        people = [customer(write, f"c{n}") for n in range(4)]
        phones = {identity(write, who, f"{who}"): who for who in people}
        for identity_id, who in phones.items():
            number += 1
            order(write, who, f"{who}-{number}", identity_id)
    expected: dict[int, int] = {}  # order -> whose it is when nobody is merged
    notes: dict[int, int] = {}
    with database.write("acts", actor="Li", kind="merge") as write:
        connection = write.connection
        for act, i, j in acts:
            one, other = people[i % 4], people[j % 4]
            owner = customers.resolve(connection, one)
            if act == "merge" and owner != customers.resolve(connection, other):
                merge(write, owner, customers.resolve(connection, other))
            elif act == "split" and owner != one:
                split(write, one)
            elif act == "order":
                number += 1
                known = next(k for k, who in phones.items() if who == one)
                expected[order(write, owner, f"{one}+{number}", known)] = one
            elif act == "note":
                notes[note(write, owner, "x", own_identity(write, owner))] = owner
            elif act == "tag":
                add_tag(write, [owner], f"t{j}")
            elif act == "city":
                customers.edit(write, owner, {"city": str(j)})
        for who in people:
            if customers.resolve(connection, who) != who:
                split(write, who)
        found = dict(connection.execute(sa.select(schema.orders.c.id, schema.orders.c.customer_id)).all())
        assert {i: found[i] for i in expected} == expected
        found = dict(
            connection.execute(sa.select(schema.interactions.c.id, schema.interactions.c.customer_id)).all()
        )
        assert {i: found[i] for i in notes} == notes
        homes = schema.identities.c.customer_id == schema.identities.c.home_id
        assert not connection.execute(sa.select(schema.identities).where(sa.not_(homes))).all()
        assert not connection.execute(
            sa.select(schema.tags).where(schema.tags.c.merged_from.is_not(None))
        ).all()
        assert not connection.execute(
            sa.select(schema.customers).where(schema.customers.c.filled.is_not(None))
        ).all()
