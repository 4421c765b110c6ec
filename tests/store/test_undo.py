from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcore.errors import CrmError, NotFoundError
from crmcore.store import schema
from crmcore.store.changes import (
    delete,
    find_change,
    history_of,
    insert,
    insert_many,
    journal_rows,
    list_changes,
    update,
)
from crmcore.store.database import Database
from crmcore.store.undo import UndoReport, undo, undo_in_chunks
from tests.examples import examples
from tests.store.dossier import customer, everything, identity, line, note, order


def take_back(database: Database, change_id: int) -> UndoReport:
    with database.write("undo", actor="test", kind="undo") as write:
        return undo(write, change_id)


def kept(report: UndoReport) -> dict[tuple[str, int], str]:
    return {(k.table, k.id): k.why for k in report.kept}


def one(database: Database, table: sa.Table, row_id: int) -> dict[str, Any] | None:
    with database.read() as connection:
        row = connection.execute(sa.select(table).where(table.c.id == row_id)).mappings().first()
    return dict(row) if row else None


def test_an_update_is_journalled_and_restored(database: Database) -> None:
    with database.write("add", actor="Li", kind="edit") as write:
        someone = customer(write, "王芳", city="杭州")
    before = everything(database)
    with database.write("moved", actor="Han", kind="edit") as write:
        assert update(write, schema.customers, someone, {"city": "上海", "name": "王芳"})
        assert not update(write, schema.customers, someone, {"city": "上海"})
        change = write.change_id
    with database.read() as connection:
        [former] = history_of(connection, "customers", someone)
        assert (former.change.actor, former.old["city"]) == ("Han", "杭州")
        assert [c.why for c in list_changes(connection)] == ["moved", "add"]
    report = take_back(database, change)
    assert (report.restored, report.removed, report.kept) == (1, 0, ())
    assert everything(database) == before
    with database.read() as connection:
        assert find_change(connection, change).state == "undone"
        assert find_change(connection, report.change_id).undoes == change
        # The undo is in the history too, with what it replaced.
        assert history_of(connection, "customers", someone)[0].old["city"] == "上海"


def test_what_a_change_made_goes_with_everything_that_hangs_on_it(database: Database) -> None:
    before = everything(database)
    with database.write("import", actor="Li") as write:
        someone = customer(write, "王芳")
        phone = identity(write, someone, "+8613800138000")
        bought = order(write, someone, "1001", phone)
        line(write, bought, "连衣裙")
        note(write, someone, "好评", phone, order_id=bought)
        insert(write, schema.tags, {"customer_id": someone, "tag": "VIP"})
        change = write.change_id
    report = take_back(database, change)
    assert report.kept == ()
    assert everything(database) == before
    with database.read() as connection:  # nothing is lost: the journal has it
        assert history_of(connection, "customers", someone)[0].old["name"] == "王芳"
        [lines] = history_of(connection, "order_lines", bought)
        assert [row["title"] for row in lines.old] == ["连衣裙"]


def test_a_deleted_record_comes_back_as_it_was(database: Database) -> None:
    with database.write("add", actor="Li") as write:
        someone = customer(write, "王芳")
        phone = identity(write, someone, "+8613800138000")
    before = everything(database)
    with database.write("remove", actor="Li") as write:
        delete(write, schema.identities, phone)
        change = write.change_id
    assert take_back(database, change).restored == 1
    assert everything(database) == before


def test_what_somebody_touched_since_is_kept_and_named(database: Database) -> None:
    with database.write("import", actor="Li", kind="import") as write:
        someone = customer(write, "王芳")
        untouched, touched = order(write, None, "1"), order(write, None, "2")
        change = write.change_id
    with database.write("hand", actor="Han", kind="edit") as write:
        update(write, schema.orders, touched, {"note": "gift"})
        update(write, schema.customers, someone, {"note": "regular"})
        later = write.change_id
    report = take_back(database, change)
    why = f"changed since by change {later} (edit, Han)"
    assert kept(report) == {("orders", touched): why, ("customers", someone): why}
    assert one(database, schema.orders, untouched) is None


def test_an_updated_record_that_was_changed_again_is_kept(database: Database) -> None:
    with database.write("add", actor="Li") as write:
        someone = customer(write, "王芳", city="杭州")
    with database.write("first", actor="Li") as write:
        update(write, schema.customers, someone, {"city": "上海"})
        change = write.change_id
    with database.write("second", actor="Han") as write:
        update(write, schema.customers, someone, {"nickname": "芳芳"})
        later = write.change_id
    report = take_back(database, change)
    assert kept(report)["customers", someone] == f"changed since by change {later} (edit, Han)"
    assert one(database, schema.customers, someone)["city"] == "上海"  # type: ignore[index]
    # Newest first, both can be taken back.


def test_changes_are_taken_back_one_after_the_other_newest_first(database: Database) -> None:
    with database.write("add", actor="Li") as write:
        someone = customer(write, "王芳", city="杭州")
    states, acts = [everything(database)], []
    for city in ("上海", "苏州", "无锡"):
        with database.write(city, actor="Li") as write:
            update(write, schema.customers, someone, {"city": city})
            acts.append(write.change_id)
        states.append(everything(database))
    for act in reversed(acts):
        assert everything(database) == states.pop()
        assert take_back(database, act).kept == ()
    assert everything(database) == states.pop()


@pytest.mark.parametrize("what", ["note", "order", "tag", "identity", "merged"])
def test_a_customer_with_records_of_others_is_kept_with_her_identities(database: Database, what: str) -> None:
    with database.write("import", actor="Li", kind="import") as write:
        someone = customer(write, "王芳")
        phone = identity(write, someone, "+8613800138000")
        bought = order(write, someone, "1001", phone)
        change = write.change_id
    with database.write("hand", actor="Han") as write:
        if what == "note":
            note(write, someone, "called")
        elif what == "order":
            order(write, someone, "1002", phone)
        elif what == "tag":
            insert(write, schema.tags, {"customer_id": someone, "tag": "VIP"})
        elif what == "identity":
            identity(write, someone, "a@b.com", "email")
        else:
            update(write, schema.customers, customer(write, "王小芳"), {"merged_into": someone})
    report = take_back(database, change)
    assert list(kept(report)) == [("customers", someone)]
    assert one(database, schema.identities, phone) is not None
    assert one(database, schema.orders, bought) is None


def test_an_order_that_a_later_complaint_is_about_is_kept(database: Database) -> None:
    with database.write("add", actor="Li") as write:
        someone = customer(write, "王芳")
    with database.write("import", actor="Li", kind="import") as write:
        bought = order(write, someone, "1001")
        line(write, bought, "连衣裙")
        change = write.change_id
    with database.write("complaint", actor="Han") as write:
        note(write, someone, "too late", kind="complaint", order_id=bought)
    report = take_back(database, change)
    assert kept(report) == {("orders", bought): "an interaction that stays is about it"}


def test_an_identity_on_an_older_customer_stays_while_orders_need_it(database: Database) -> None:
    with database.write("add", actor="Li") as write:
        someone = customer(write, "王芳")
    with database.write("import", actor="Li", kind="import") as write:
        needed = identity(write, someone, "+8613800138000")
        unneeded = identity(write, someone, "+8613800138001")
        change = write.change_id
    with database.write("next import", actor="Li", kind="import") as write:
        order(write, someone, "1002", needed)
    assert list(kept(take_back(database, change))) == [("identities", needed)]
    assert one(database, schema.identities, unneeded) is None


def test_an_orders_lines_come_back_as_the_set_they_were(database: Database) -> None:
    with database.write("import", actor="Li", kind="import") as write:
        bought = order(write, None, "1001", lines_hash="a")
        line(write, bought, "连衣裙")
        line(write, bought, "T恤", 1)
    before = everything(database)
    with database.write("newer export", actor="Li", kind="import") as write:
        here = schema.order_lines.c.order_id == bought
        assert journal_rows(write, schema.order_lines, here, "delete") == 1
        write.connection.execute(sa.delete(schema.order_lines).where(here))
        line(write, bought, "外套")
        update(write, schema.orders, bought, {"lines_hash": "b", "net_total": 500})
        change = write.change_id
    assert take_back(database, change).kept == ()
    assert everything(database) == before


def test_a_set_of_rows_is_journalled_in_one_statement(database: Database) -> None:
    with database.write("add", actor="Li") as write:
        ids = insert_many(write, schema.orders, [_plain_order(str(n), "unpaid") for n in range(20)])
    before = everything(database)
    orders = schema.orders
    with database.write("paid", actor="Li", kind="import") as write:
        chosen = orders.c.id.in_(ids[:15])
        assert journal_rows(write, orders, chosen, "update", ["status", "paid_at"]) == 15
        new = {"status": "paid", "paid_at": 5, "changed_by": write.change_id}
        write.connection.execute(sa.update(orders).where(chosen).values(**new))
        change = write.change_id
    assert everything(database) != before
    assert take_back(database, change).restored == 15
    assert everything(database) == before


def _plain_order(number: str, status: str) -> dict[str, Any]:
    return {"source": "taobao", "number": number, "currency": "CNY", "status": status}


def test_a_place_that_was_taken_meanwhile_is_not_fought_over(database: Database) -> None:
    with database.write("add", actor="Li") as write:
        one_, other = customer(write, "王芳"), customer(write, "李娜")
        phone = identity(write, one_, "+8613800138000")
        tag = insert(write, schema.tags, {"customer_id": one_, "tag": "VIP"})
    with database.write("remove", actor="Li") as write:
        delete(write, schema.identities, phone)
        delete(write, schema.tags, tag)
        change = write.change_id
    with database.write("again", actor="Han") as write:
        identity(write, other, "+8613800138000")
        insert(write, schema.tags, {"customer_id": one_, "tag": "VIP"})
    report = take_back(database, change)
    assert set(kept(report)) == {("identities", phone), ("tags", tag)}
    assert "holds the same value, kind, namespace" in kept(report)["identities", phone]


def test_what_cannot_be_taken_back_is_refused(database: Database) -> None:
    with database.write("add", actor="Li") as write:
        customer(write, "王芳")
        change = write.change_id
    with database.write("erase", actor="Li", kind="erase") as write:
        erasure = write.change_id
    report = take_back(database, change)
    for wrong, message in [
        (change, "undone already"),
        (report.change_id, "cannot be undone"),
        (erasure, "cannot be undone"),
    ]:
        with pytest.raises(CrmError, match=message):
            take_back(database, wrong)
    with pytest.raises(NotFoundError, match="no change 999"):
        take_back(database, 999)


def _import_bulk(database: Database, customers: int, *, tell: bool) -> int:
    """An import that writes sets by itself, in chunks; `tell`: it says what it made."""
    change = None
    for chunk in range(0, customers, 100):
        with database.write("import", actor="Li", kind="import", change_id=change) as write:
            change = write.change_id
            ids = insert_many(write, schema.customers, [{"name": f"c{chunk + n}"} for n in range(100)])
            owned = [{**_plain_order(f"o{i}", "paid"), "customer_id": i} for i in ids]
            orders = insert_many(write, schema.orders, owned)
            insert_many(
                write, schema.order_lines, [{"order_id": o, "position": 0, "quantity": 1} for o in orders]
            )
            if not tell:
                write._made.clear()
    assert change is not None
    return change


@pytest.mark.parametrize("tell", [True, False])
def test_a_big_import_is_undone_in_chunks(database: Database, tell: bool) -> None:
    with database.write("add", actor="Li") as write:
        someone = customer(write, "王芳")
        order(write, someone, "1001", status="unpaid")
    before = everything(database)
    change = _import_bulk(database, 1000, tell=tell)
    with database.write("next chunk", actor="Li", kind="import", change_id=change) as write:
        write.connection.execute(sa.update(schema.customers).values(city=None))
        update(write, schema.orders, 1, {"status": "paid"})
    seen: list[float] = []
    report = undo_in_chunks(database, change, "Li", seen.append)
    assert everything(database) == before
    assert (report.restored, report.removed, report.kept_count) == (1, 2000, 0)
    assert seen == sorted(seen)


def test_an_undo_that_was_killed_goes_on(sqlite_database: Database) -> None:
    before = everything(sqlite_database)
    change = _import_bulk(sqlite_database, 1200, tell=True)

    class KilledError(Exception):
        pass

    def die(part: float) -> None:
        raise KilledError

    with pytest.raises(KilledError):
        undo_in_chunks(sqlite_database, change, "Li", die)
    with sqlite_database.read() as connection:
        left = connection.scalar(sa.select(sa.func.count()).select_from(schema.customers))
        assert 0 < left < 1200
    with pytest.raises(CrmError, match="being undone"):
        take_back(sqlite_database, change)
    report = undo_in_chunks(sqlite_database, change, "Li")
    assert report.removed == 2400
    assert everything(sqlite_database) == before
    with sqlite_database.read() as connection:
        states = {c.kind: c.state for c in list_changes(connection)}
    assert states == {"undo": "done", "import": "undone"}


def test_the_cards_of_those_concerned_are_refreshed(sqlite_database: Database) -> None:
    with sqlite_database.write("add", actor="Li") as write:
        one_, other = customer(write, "王芳"), customer(write, "李娜")
    with sqlite_database.write("act", actor="Li") as write:
        bought = order(write, one_, "1")
        update(write, schema.customers, other, {"city": "上海"})
        new = customer(write, "new")
        change = write.change_id
    assert bought
    touched: set[int] = set()
    sqlite_database.refreshers.append(lambda _write, ids: touched.update(ids))
    take_back(sqlite_database, change)
    assert touched == {one_, other, new}


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["customer", "order", "note", "tag", "edit", "pay", "drop", "lines"]),
        st.integers(0, 9),
    ),
    min_size=1,
    max_size=12,
)


def test_what_a_change_made_and_deleted_again_stays_away(database: Database) -> None:
    with database.write("ground", actor="Li") as write:
        owner = customer(write, "c")
    before = everything(database)
    with database.write("acts", actor="Li") as write:
        delete(write, schema.tags, insert(write, schema.tags, {"customer_id": owner, "tag": "VIP"}))
        insert(write, schema.tags, {"customer_id": owner, "tag": "VIP"})  # in the place of the other
        said = note(write, owner, "x")
        update(write, schema.interactions, said, {"text": "y"})
        delete(write, schema.interactions, said)
        change = write.change_id
    report = take_back(database, change)
    assert (report.restored, report.removed, report.kept) == (0, 1, ())
    assert everything(database) == before


@settings(
    max_examples=examples(10),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS, chunked=st.booleans())
def test_undo_gives_the_shop_as_it_was_before(
    sqlite_database: Database, acts: list[tuple[str, int]], chunked: bool
) -> None:
    database = sqlite_database
    with database.write("ground", actor="Li") as write:
        if not write.connection.scalar(sa.select(sa.func.count()).select_from(schema.customers)):
            for n in range(3):
                owner = customer(write, f"c{n}")
                line(write, order(write, owner, f"n{n}"), "x")
                insert(write, schema.tags, {"customer_id": owner, "tag": "old"})
    before = everything(database)
    with database.write("acts", actor="Li") as write:
        for act, n in acts:
            _act(write, act, n)
        change = write.change_id
    report = undo_in_chunks(database, change, "Li") if chunked else take_back(database, change)
    assert report.kept == ()
    assert everything(database) == before


def _act(write: Any, act: str, n: int) -> None:
    ids = list(write.connection.scalars(sa.select(schema.customers.c.id)))
    orders = list(write.connection.scalars(sa.select(schema.orders.c.id)))
    owner, bought = ids[n % len(ids)], orders[n % len(orders)]
    number = json.dumps([n, len(orders), len(ids)])
    if act == "customer":
        customer(write, f"new {n}")
    elif act == "order":
        line(write, order(write, owner, number), "y")
    elif act == "note":
        note(write, owner, "z", order_id=bought)
    elif act == "tag":
        tags = schema.tags
        found = write.connection.scalar(sa.select(tags.c.id).where(tags.c.customer_id == owner).limit(1))
        if found:
            delete(write, tags, found)
        else:
            insert(write, tags, {"customer_id": owner, "tag": f"t{n}"})
    elif act == "edit":
        update(write, schema.customers, owner, {"city": f"city {n}", "name": "other"})
    elif act == "pay":
        update(write, schema.orders, bought, {"status": "completed", "note": number})
    elif act == "lines":
        here = schema.order_lines.c.order_id == bought
        journal_rows(write, schema.order_lines, here, "delete")
        write.connection.execute(sa.delete(schema.order_lines).where(here))
        line(write, bought, f"l{n}")
        update(write, schema.orders, bought, {"lines_hash": number})


@pytest.mark.parametrize("chunked", [True, False])
def test_products_go_unless_a_line_that_stays_names_them(database: Database, chunked: bool) -> None:
    with database.write("import", actor="Li", kind="import") as write:
        rows = [{"source": "taobao", "sku": sku} for sku in ("a", "b", "c")]
        products = insert_many(write, schema.products, rows)
        line(write, order(write, None, "1"), "x", product_id=products[0])
        change = write.change_id
    with database.write("next import", actor="Li", kind="import") as write:
        line(write, order(write, None, "2"), "x", product_id=products[1])
    report = undo_in_chunks(database, change, "Li") if chunked else take_back(database, change)
    assert kept(report) == {("products", products[1]): "lines of orders that stay name it"}
    assert one(database, schema.products, products[0]) is None
    assert one(database, schema.products, products[2]) is None
