"""Times, money, consents, interactions, tags: what cells mean in the shop."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from crmcore.shop import Shop
from crmcore.store import stats
from crmcore.store.consents import state_of
from crmcore.store.schema import consents
from tests.importing.shops import (
    check,
    content,
    import_one,
    lines,
    mapping,
    orders,
    postgresql_under_stress,
    rows,
    table,
)


def moment(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize(
    ("zone", "written", "meant"),
    [
        ("Asia/Shanghai", "2026-01-31 23:59:59", "2026-01-31 23:59:59"),
        ("Asia/Shanghai", "2026-02-01 00:00:00", "2026-02-01 00:00:00"),
        ("Asia/Shanghai", "2026-02-01", "2026-02-01 00:00:00"),
        ("Asia/Shanghai", "2026/2/1 7:05", "2026-02-01 07:05:00"),
        ("Asia/Shanghai", "2026年2月1日 07:05", "2026-02-01 07:05:00"),
        ("Europe/London", "2026-03-29 00:59:59", "2026-03-29 00:59:59"),
        ("Europe/London", "2026-03-29 02:00:00", "2026-03-29 02:00:00"),
        ("Europe/London", "2026-10-25 00:30:00", "2026-10-25 00:30:00"),
        ("Europe/London", "2026-10-25 02:30:00", "2026-10-25 02:30:00"),
        ("America/New_York", "2026-07-31 23:30:00", "2026-07-31 23:30:00"),
        ("America/New_York", "2026-12-31 23:30:00", "2026-12-31 23:30:00"),
        ("Asia/Kolkata", "2026-07-01 00:15:00", "2026-07-01 00:15:00"),
        ("Asia/Kathmandu", "1985-12-31 23:50:00", "1985-12-31 23:50:00"),
    ],
)
def test_local_times_become_the_right_instant(
    sqlite_shop: Shop, tmp_path: Path, zone: str, written: str, meant: str
) -> None:
    said = mapping(
        tmp_path,
        record="order",
        columns=["order_ref", "placed_at", "order_total"],
        currency="CNY",
        time_zone=zone,
    )
    # A second order half a year away, so that the file holds more than one offset.
    others = [
        {"order_ref": f"B{i}", "placed_at": f"2026-{i + 1:02d}-15 12:00:00", "order_total": 1}
        for i in range(12)
    ]
    file = table(tmp_path, [{"order_ref": "A1", "placed_at": written, "order_total": 1}, *others])
    import_one(sqlite_shop, file, mapping=said)
    found = orders(sqlite_shop, "placed_at")
    assert found["A1"] == moment(meant, zone)
    for i in range(12):
        assert found[f"B{i}"] == moment(f"2026-{i + 1:02d}-15 12:00:00", zone)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-29 01:30:00", "2026-03-29 01:30:00+00:00"),  # the clock skips it: the time before the jump
        ("2026-10-25 01:30:00", "2026-10-25 00:30:00+00:00"),  # the clock shows it twice: the first
        ("2026-07-01 10:00:00 +0200", "2026-07-01 08:00:00+00:00"),
        ("2026-07-01T10:00:00Z", "2026-07-01 10:00:00+00:00"),
    ],
)
def test_hours_that_are_skipped_or_come_twice_and_times_with_an_offset(
    sqlite_shop: Shop, tmp_path: Path, written: str, meant: str
) -> None:
    said = mapping(
        tmp_path, record="order", columns=["order_ref", "placed_at", "order_total"], currency="GBP",
        time_zone="Europe/London",
    )  # fmt: skip
    import_one(
        sqlite_shop,
        table(tmp_path, [{"order_ref": "A1", "placed_at": written, "order_total": 1}]),
        mapping=said,
    )
    assert orders(sqlite_shop, "placed_at") == {"A1": int(datetime.fromisoformat(meant).timestamp())}


@postgresql_under_stress
def test_currencies_stay_apart_in_their_own_units(shop: Shop, tmp_path: Path) -> None:
    said = mapping(
        tmp_path, record="order", columns=["order_ref", "buyer_ref", "placed_at", "order_total", "currency"]
    )
    records = [
        {"order_ref": number, "buyer_ref": "li", "placed_at": "2026-01-05", "order_total": total, "currency": code}
        for number, total, code in (
            ("A1", "10.00", "CNY"), ("A2", "1200", "JPY"), ("A3", "19.99", "usd"), ("A4", "1.234", "KWD"), ("A5", "0.005", "CNY"),
        )
    ]  # fmt: skip
    import_one(shop, table(tmp_path, records), mapping=said)
    assert orders(shop, "ordered_total", "currency") == {
        "A1": [1000, "CNY"], "A2": [1200, "JPY"], "A3": [1999, "USD"], "A4": [1234, "KWD"], "A5": [1, "CNY"],
    }  # fmt: skip
    assert rows(shop, "cards", "orders", "total_spent", order="customer_id") == [(5, 1001)]
    with shop.database.read() as connection:
        found = stats.count(connection, "CNY")
    assert found.totals.ordered_total == 1001
    assert {code: one.ordered_total for code, one in found.other_currencies.items()} == {
        "JPY": 1200, "USD": 1999, "KWD": 1234,
    }  # fmt: skip
    check(shop)


@postgresql_under_stress
def test_a_currency_stands_for_the_whole_order_and_the_shops_where_there_is_none(
    shop: Shop, tmp_path: Path
) -> None:
    said = mapping(
        tmp_path,
        order_amounts="first_line",
        columns=["order_ref", "currency", "order_total", "sku", "quantity", "unit_price"],
    )
    records = [
        {
            "order_ref": "A1",
            "currency": "JPY",
            "order_total": "3000",
            "sku": "S1",
            "quantity": 1,
            "unit_price": "1000",
        },
        {
            "order_ref": "A1",
            "currency": "",
            "order_total": "",
            "sku": "S2",
            "quantity": 2,
            "unit_price": "1000",
        },
        {
            "order_ref": "A2",
            "currency": "",
            "order_total": "10.00",
            "sku": "S1",
            "quantity": 1,
            "unit_price": "10.00",
        },
    ]
    import_one(shop, table(tmp_path, records), mapping=said)
    assert orders(shop, "currency", "ordered_total") == {"A1": ["JPY", 3000], "A2": ["CNY", 1000]}
    assert lines(shop) == {"A1": [("S1", 1, 1000), ("S2", 2, 2000)], "A2": [("S1", 1, 1000)]}


@pytest.mark.parametrize(
    ("written", "cents"),
    [("1,240.50", 124050), ("¥88", 8800), ("$ 3.10", 310), ("88.00元", 8800), ("１２．５０", 1250), ("0", 0)],
)
def test_amounts_as_people_write_them(sqlite_shop: Shop, tmp_path: Path, written: str, cents: int) -> None:
    said = mapping(
        tmp_path, record="order", columns=["order_ref", "placed_at", "order_total"], currency="CNY"
    )
    file = table(tmp_path, [{"order_ref": "A1", "placed_at": "2026-01-05", "order_total": written}])
    import_one(sqlite_shop, file, mapping=said)
    assert orders(sqlite_shop, "ordered_total") == {"A1": cents}


@postgresql_under_stress
def test_a_no_denies_and_a_yes_is_only_claimed(shop: Shop, tmp_path: Path) -> None:
    said = mapping(tmp_path, record="customer", columns=["email", "name", "consent.email", "consent.sms"])

    def people(*answers: tuple[str, str, str]) -> Path:
        return table(
            tmp_path,
            [
                {"email": f"{who}@example.com", "name": who, "consent.email": mail, "consent.sms": sms}
                for who, mail, sms in answers
            ],
        )

    def held() -> list[tuple[str, str]]:
        return rows(shop, "consents", "channel", "state")

    import_one(shop, people(("ann", "yes", "no"), ("bob", "no", ""), ("cat", "", "")), mapping=said)
    assert sorted(held()) == [("email", "claimed"), ("email", "denied"), ("sms", "denied")]
    assert set(rows(shop, "consents", "purpose")) == {"promotion"}
    before = content(shop)
    again = import_one(shop, people(("ann", "yes", "no"), ("bob", "no", ""), ("cat", "", "")), mapping=said)
    assert (again.counts.same, again.counts.changed) == (3, 0)
    assert content(shop) == before
    # Bob's next export says yes: that is a claim, and a refusal outweighs it.
    import_one(shop, people(("bob", "yes", "")), mapping=said)
    with shop.database.read() as connection:
        (bob,) = connection.scalars(
            sa.select(consents.c.customer_id).where(
                consents.c.state == "denied", consents.c.channel == "email"
            )
        )
        assert state_of(connection, [bob], "email", "promotion") == {bob: "denied"}
    check(shop)


def test_the_channel_that_somebody_wishes_comes_in_by_any_name(sqlite_shop: Shop, tmp_path: Path) -> None:
    said = mapping(tmp_path, record="customer", columns=["email", "name", "contact_by"])

    def people(*wishes: tuple[str, str]) -> Path:
        rows_ = [{"email": f"{who}@example.com", "name": who, "contact_by": wish} for who, wish in wishes]
        return table(tmp_path, rows_)

    told = (
        ("ann", "短信"),
        ("bob", "E-Mail"),
        ("cat", ""),
        ("dan", "sms_aliyun"),
        ("eve", "by carrier pigeon!"),
    )
    import_one(sqlite_shop, people(*told), mapping=said)
    wished = dict(rows(sqlite_shop, "customers", "name", "contact_by"))
    assert wished == {"ann": "sms", "bob": "email", "cat": None, "dan": "sms_aliyun", "eve": None}
    import_one(sqlite_shop, people(("bob", "微信"), ("ann", "")), mapping=said)
    wished = dict(rows(sqlite_shop, "customers", "name", "contact_by"))
    assert (wished["ann"], wished["bob"]) == ("sms", "wechat")
    kept = rows(sqlite_shop, "cards", "contact_by", order="customer_id")
    assert sorted(one for one in kept if one) == ["sms", "sms_aliyun", "wechat"]
    check(sqlite_shop)


def test_interactions_come_in_once_and_change_their_state(shop: Shop, tmp_path: Path) -> None:
    said = mapping(
        tmp_path, record="interaction", kind="complaint", key=["buyer_ref", "at"],
        columns=["buyer_ref", "name", "at", "text", "state", "due_at", "rating", "order_ref"],
    )  # fmt: skip

    def visit(**values: object) -> dict[str, object]:
        return {
            "buyer_ref": "li", "name": "李雷", "at": "2026-01-05 10:00:00", "text": "第一行\n第二行 ＊", "state": "open",
            "due_at": "2026-01-09", **values,
        }  # fmt: skip

    first = [visit(), visit(buyer_ref="han", text="坏了", rating="-1"), visit(at="2026-01-06 10:00:00")]
    result = import_one(shop, table(tmp_path, first), mapping=said)
    assert (result.counts.new, result.counts.customers_new) == (3, 2)
    assert rows(shop, "cards", "complaints_open", order="customer_id") == [2, 1]
    before = content(shop)
    assert import_one(shop, table(tmp_path, first), mapping=said).counts.same == 3
    assert content(shop) == before
    later = import_one(
        shop, table(tmp_path, [visit(state="resolved"), visit(at="2026-01-06 10:00:00")]), mapping=said
    )
    assert (later.counts.changed, later.counts.same) == (1, 1)
    assert sorted(rows(shop, "interactions", "state")) == ["open", "open", "resolved"]
    assert rows(shop, "cards", "complaints_open", order="customer_id") == [1, 1]
    assert rows(shop, "interactions", "text")[0] == "第一行\n第二行 ＊"
    check(shop)


@postgresql_under_stress
def test_an_interaction_of_nobody_is_set_aside(shop: Shop, tmp_path: Path) -> None:
    said = mapping(tmp_path, record="interaction", kind="chat", columns=["buyer_ref", "at", "text"])
    records = [
        {"buyer_ref": "", "at": "2026-01-05", "text": "hello"},
        {"buyer_ref": "li", "at": "2026-01-05", "text": "hi"},
        {"buyer_ref": "li", "at": "", "text": "when?"},
    ]
    result = import_one(shop, table(tmp_path, records), mapping=said)
    assert (result.counts.new, result.counts.rejected) == (1, 2)
    assert rows(shop, "interactions", "text") == ["hi"]
    check(shop)


def test_refunds_without_an_order_are_the_buyers(shop: Shop, tmp_path: Path) -> None:
    said = mapping(
        tmp_path,
        columns=["order_ref", "buyer_ref", "placed_at", "sku", "quantity", "unit_price"],
        currency="CNY",
    )
    records = [
        {
            "order_ref": "A1",
            "buyer_ref": "li",
            "placed_at": "2026-01-05",
            "sku": "S1",
            "quantity": 3,
            "unit_price": "10.00",
        },
        {
            "order_ref": "C1",
            "buyer_ref": "li",
            "placed_at": "2026-01-06",
            "sku": "S1",
            "quantity": -1,
            "unit_price": "10.00",
        },
        {
            "order_ref": "A2",
            "buyer_ref": "han",
            "placed_at": "2026-01-05",
            "sku": "S1",
            "quantity": 2,
            "unit_price": "10.00",
        },
        {
            "order_ref": "A2",
            "buyer_ref": "han",
            "placed_at": "2026-01-05",
            "sku": "S2",
            "quantity": -1,
            "unit_price": "5.00",
        },
    ]
    result = import_one(shop, table(tmp_path, records), mapping=said)
    assert (result.counts.new, result.counts.orders_new) == (4, 2)
    assert rows(shop, "refunds", "number", "amount") == [("C1", 1000)]
    assert orders(shop, "ordered_total", "refunded_total", "net_total") == {
        "A1": [3000, 0, 3000],
        "A2": [2000, 500, 1500],
    }
    assert rows(shop, "cards", "total_spent", "refunds_total", order="customer_id") == [
        (2000, 1000),
        (1500, 500),
    ]
    again = import_one(shop, table(tmp_path, records), mapping=said)
    assert again.counts.same == 4
    check(shop)


def test_states_that_the_mapping_says_nothing_of_are_kept_as_they_are(
    sqlite_shop: Shop, tmp_path: Path
) -> None:
    said = mapping(
        tmp_path,
        record="order",
        columns=["order_ref", "placed_at", "order_total", "status"],
        currency="CNY",
        time_zone="Asia/Shanghai",
    )
    day = {"placed_at": "2026-03-01", "order_total": 9}
    records = [{"order_ref": "1", **day, "status": "已完成"}, {"order_ref": "2", **day}]
    import_one(sqlite_shop, table(tmp_path, records), mapping=said)
    assert orders(sqlite_shop, "status", "status_text") == {"1": ["unpaid", "已完成"], "2": ["unpaid", None]}
