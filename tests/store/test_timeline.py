from __future__ import annotations

import pytest

from crmcore.errors import NotFoundError
from crmcore.records.interaction import CORE_KINDS
from crmcore.store import consents, schema
from crmcore.store.changes import insert
from crmcore.store.database import Database
from crmcore.store.orders import find_order, happened_at, orders_of
from crmcore.store.timeline import timeline
from tests.store.dossier import customer, line, note, order

KINDS = {kind.name: kind for kind in CORE_KINDS}


def dossier(database: Database) -> int:
    with database.write("add", actor="Li") as write:
        who, other = customer(write, "王芳"), customer(write, "李娜")
        bought = order(write, who, "1001", placed_at=100, paid_at=110)
        line(write, bought, "连衣裙")
        line(write, bought, "T恤", 1, quantity=2)
        order(write, who, "1002", placed_at=None, paid_at=None, status="unpaid")
        order(write, who, "1003", placed_at=300, status_text="交易成功")
        note(write, who, "likes red", at=300)
        note(write, who, "called", kind="call", at=200, state="done")
        refund = {"customer_id": who, "source": "uci", "number": "C1", "currency": "CNY", "amount": 5}
        insert(write, schema.refunds, {**refund, "at": 300, "reason": "broken"})
        consents.record(write, who, channel="sms", purpose="promotion", state="denied", at=300, source="chat")
        note(write, other, "not hers", at=300)
    return who


def test_everything_stands_on_one_timeline_newest_first(database: Database) -> None:
    who = dossier(database)
    with database.read() as connection:
        page = timeline(connection, who, KINDS)
    assert [(e.at, e.kind, e.title) for e in page.entries] == [
        (300, "note", "Note"),
        (300, "consent", "refused text messages for promotion"),
        (300, "refund", "refund C1"),
        (300, "order", "order 1003, paid"),
        (200, "call", "Call"),
        (100, "order", "order 1001, paid"),
        (None, "order", "order 1002, unpaid"),
    ]
    assert page.next is None
    assert page.entries[5].text == "连衣裙, T恤 × 2"
    assert page.entries[5].as_json()["data"]["lines"][1]["quantity"] == 2


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_follow_one_another_without_gap_or_double(database: Database, size: int) -> None:
    who = dossier(database)
    with database.read() as connection:
        whole = timeline(connection, who, KINDS).entries
        seen, before = [], None
        for _page in range(10):
            page = timeline(connection, who, KINDS, limit=size, before=before)
            seen += page.entries
            before = page.next
            if before is None:
                break
    assert tuple(seen) == whole


def test_a_kind_whose_plugin_is_gone_still_reads(sqlite_database: Database) -> None:
    who = dossier(sqlite_database)
    with sqlite_database.read() as connection:
        page = timeline(connection, who, {})
    assert page.entries[0].title == "note"


def test_orders_read_newest_first_page_by_page(database: Database) -> None:
    who = dossier(database)
    with database.read() as connection:
        everything = orders_of(connection, who)
        assert [o.number for o in everything] == ["1003", "1001", "1002"]
        assert [o.bought for o in everything] == [True, True, False]
        first = orders_of(connection, who, limit=1)[0]
        rest = orders_of(connection, who, before=(happened_at(first), first.id))
        assert [o.number for o in rest] == ["1001", "1002"]


def test_an_order_is_found_by_its_number(database: Database) -> None:
    dossier(database)
    with database.write("other platform", actor="Li") as write:
        order(write, None, "1001", source="jd")
    with database.read() as connection:
        assert [line.title for line in find_order(connection, "1001", "taobao").lines] == ["连衣裙", "T恤"]
        with pytest.raises(NotFoundError, match="exists in jd, taobao"):
            find_order(connection, "1001")
        with pytest.raises(NotFoundError, match="no order 7"):
            find_order(connection, "7")
