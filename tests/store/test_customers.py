from __future__ import annotations

import pytest

from crmcore.errors import CrmError, NotFoundError, UsageError
from crmcore.records.clock import Clock
from crmcore.records.identity import buyer_identity, email_identity, phone_identity
from crmcore.store import customers, schema
from crmcore.store.changes import update
from crmcore.store.database import Database
from crmcore.store.identities import add_identity, identities_of, own_identity, remove_identity
from crmcore.store.tags import add_tag, list_tags, remove_tag
from tests.store import dossier

NOW = 1_772_676_000


def add(database: Database, name: str | None = "王芳", *, phone: str | None = None, **values: object) -> int:
    known = [phone_identity(phone)] if phone else []
    given = {"name": name, **values} if name else values
    with database.write("add", actor="Li") as write:
        return customers.add(write, given, known, at=NOW)


def test_a_customer_shows_as_she_was_added(database: Database) -> None:
    with database.write("add", actor="Li") as write:
        someone = customers.add(
            write,
            {"name": " 王  芳 ", "birthday": "5-17", "gender": "女", "extra.size": "M", "note": None},
            [
                phone_identity("138 0013 8000"),
                email_identity("Fang@Example.com"),
                buyer_identity("小***7", "taobao"),
            ],
            ["VIP", "老客"],
            at=NOW,
        )
    with database.read() as connection:
        card = customers.show(connection, someone)
    assert (card.name, card.birthday, card.gender, card.extra) == (
        "王 芳",
        "--05-17",
        "female",
        {"size": "M"},
    )
    assert [(i.kind, i.value, i.strong, i.masked) for i in card.identities] == [
        ("email", "fang@example.com", True, False),
        ("phone", "+8613800138000", True, False),
        ("buyer", "小***7", False, True),
    ]
    assert card.tags == ("VIP", "老客")
    assert card.as_json()["at"] == NOW


def test_editing_changes_only_what_differs(database: Database) -> None:
    someone = add(database, city="杭州", **{"extra.size": "M", "extra.color": "红"})
    with database.read() as connection:
        seen = customers.show(connection, someone).version
    with database.write("edit", actor="Han") as write:
        assert not customers.edit(write, someone, {"city": "杭州"}, version=seen)
        assert customers.edit(write, someone, {"city": "", "extra.size": None, "extra.age": 3}, version=seen)
    with database.read() as connection:
        card = customers.show(connection, someone)
    assert (card.city, card.extra) == (None, {"age": "3", "color": "红"})
    with pytest.raises(CrmError, match="changed by somebody else"), database.write("x", actor="Li") as write:
        customers.edit(write, someone, {"city": "上海"}, version=seen)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"birthday": "1990-02-30"}, "not a birthday"),
        ({"gender": "x"}, "not a gender"),
        ({"nam": "x"}, "did you mean 'name'"),
        ({"zzz": "x"}, "extra.NAME"),
        ({"name": "x" * 1001}, "at most 1000"),
        ({"name": "  "}, "at least a name"),
    ],
)
def test_values_that_do_not_fit_are_refused(
    sqlite_database: Database, values: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError, match=message), sqlite_database.write("x", actor="Li") as write:
        customers.add(write, values, at=NOW)
    with sqlite_database.read() as connection:
        assert connection.execute(schema.customers.select()).first() is None


def test_a_value_that_belongs_to_somebody_is_refused_with_her_id(database: Database) -> None:
    someone = add(database, phone="13800138000")
    with pytest.raises(CrmError, match=f"belongs to customer {someone} already"):
        add(database, "李娜", phone="+86 138-0013-8000")
    # Her own value again changes nothing.
    with database.write("again", actor="Li") as write:
        add_identity(write, someone, phone_identity("13800138000"))
    with database.read() as connection:
        assert len(identities_of(connection, someone)) == 1


def test_a_masked_value_may_belong_to_many(database: Database) -> None:
    for name in ("王芳", "李娜"):
        with database.write("add", actor="Li") as write:
            customers.add(write, {"name": name}, [buyer_identity("小***7", "taobao")], at=NOW)


def test_an_identity_can_be_removed_until_something_came_with_it(database: Database) -> None:
    someone = add(database, phone="13800138000")
    with database.read() as connection:
        [phone] = identities_of(connection, someone)
    with database.write("order", actor="Li") as write:
        bought = dossier.order(write, someone, "1001", phone.id)
    with (
        pytest.raises(CrmError, match="orders came with 13800138000"),
        database.write("x", actor="Li") as write,
    ):
        remove_identity(write, phone.id)
    with database.write("x", actor="Li") as write:
        update(write, schema.orders, bought, {"identity_id": None})
        remove_identity(write, phone.id)
        own = own_identity(write, someone)
    with database.read() as connection:
        assert identities_of(connection, someone) == ()
    for missing in (phone.id, own):
        with pytest.raises(NotFoundError), database.write("x", actor="Li") as write:
            remove_identity(write, missing)


def test_the_own_identity_is_made_once(database: Database) -> None:
    someone = add(database)
    with database.write("a", actor="Li") as write:
        first = own_identity(write, someone)
    with database.write("b", actor="Li") as write:
        assert own_identity(write, someone) == first


def test_somebody_known_is_found_before_she_is_added_again(database: Database) -> None:
    same = add(database, "王芳", phone="13800138000")
    with database.write("import", actor="Li") as write:
        masked = customers.add(write, {"name": "王女士"}, [phone_identity("138****8000")], at=NOW)
        named = customers.add(write, {"name": "王小芳"}, at=NOW)
        customers.add(write, {"name": "李娜"}, at=NOW)
    with database.read() as connection:
        found = customers.duplicates(connection, "王小芳", [phone_identity("+86 13800138000")])
    assert [(d.customer_id, d.name, d.reason, d.certain) for d in found] == [
        (same, "王芳", "phone", True),
        (masked, "王女士", "mask", False),
        (named, "王小芳", "name", False),
    ]


def test_an_unknown_customer_is_refused(database: Database) -> None:
    with database.read() as connection:
        for ask in (customers.show, customers.resolve, customers.living):
            with pytest.raises(NotFoundError, match="no customer 77"):
                ask(connection, 77)


def test_tags_are_put_on_and_taken_off_many_at_once(database: Database) -> None:
    ids = [add(database, f"c{n}") for n in range(5)]
    with database.write("tag", actor="Li") as write:
        assert add_tag(write, ids[:3], " VIP ") == 3
        assert add_tag(write, ids, "VIP") == 2
        assert add_tag(write, [999], "VIP") == 0
        assert add_tag(write, ids[:1], "老客") == 1
        assert remove_tag(write, [ids[4]], "VIP") == 1
        assert remove_tag(write, [ids[4]], "VIP") == 0
    with database.read() as connection:
        assert list_tags(connection) == [("VIP", 4), ("老客", 1)]
    for wrong in ("", "x" * 65):
        with pytest.raises(UsageError, match="1 to 64"), database.write("x", actor="Li") as write:
            add_tag(write, ids, wrong)


def test_first_seen_is_told_by_the_caller(database: Database, clock: Clock) -> None:
    with database.write("add", actor="Li") as write:
        someone = customers.add(write, {"name": "x"}, at=clock.now)
    with database.read() as connection:
        assert customers.show(connection, someone).at == clock.now
