"""What the files say: the same every time, ending yesterday, adding up, and about nobody real."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import phonenumbers
import pytest

from crmcore.demo.files import DemoFile, make_files
from crmcore.demo.known import Totals, expected
from crmcore.demo.story import NICKNAME, PHONE
from crmcore.demo.world import World, make_world
from tests.demo.reading import cents, everything_in, moments_in, rows_of

Files = dict[str, DemoFile]


def bytes_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_same_day_and_seed_give_the_same_bytes(tmp_path: Path, today: date) -> None:
    make_files(tmp_path / "a", today, seed=3)
    make_files(tmp_path / "b", today, seed=3)
    make_files(tmp_path / "c", today, seed=4)
    first = bytes_in(tmp_path / "a")
    assert first == bytes_in(tmp_path / "b")
    assert first["orders_export.csv"] != bytes_in(tmp_path / "c")["orders_export.csv"]


@pytest.mark.parametrize(
    "today", [date(2028, 3, 1), date(2027, 3, 1), date(2027, 1, 1), date(2026, 7, 31), date(2028, 2, 17)]
)
def test_history_ends_yesterday_whatever_the_day(tmp_path: Path, today: date) -> None:
    yesterday = today - timedelta(days=1)
    last = (yesterday.year, yesterday.month, yesterday.day, 23, 59, 59)
    newest = {}
    for file in make_files(tmp_path, today):
        found = moments_in(everything_in(file.path))
        if file.kind == "interactions":  # due times may lie ahead, what happened may not
            found = moments_in("\n".join(row["时间"] for row in rows_of(file.path)))
        if found:
            newest[f"{file.batch}/{file.kind}"] = max(found)
    assert max(newest.values()) <= last
    assert newest["taobao_2022/orders"][:3] == last[:3]
    assert newest["mall/orders"][:3] == last[:3]


def test_the_shape_does_not_depend_on_the_day() -> None:
    one, other = make_world(date(2026, 11, 22)), make_world(date(2028, 3, 1))
    shift = other.today - one.today
    assert [order.placed + shift for order in one.orders] == [order.placed for order in other.orders]
    assert expected(one) == expected(other)


def test_files_add_up_to_the_known_totals(demo_files: Files, world: World) -> None:
    known = expected(world).platforms
    assert taobao_totals(demo_files) == known["taobao"]
    assert shopify_totals(demo_files["mall/orders"].path) == known["mall"]
    assert shopify_totals(demo_files["overseas/orders"].path) == known["overseas"]
    assert group_totals(demo_files["group/orders"].path) == known["group"]


def taobao_totals(demo_files: Files) -> Totals:
    orders: dict[str, dict[str, str]] = {}
    items: dict[str, list[dict[str, str]]] = {}
    for batch in ("taobao_2018", "taobao_2019", "taobao_2022"):  # newer files win
        orders |= {row["订单编号"]: row for row in rows_of(demo_files[f"{batch}/orders"].path)}
        fresh: dict[str, list[dict[str, str]]] = {}
        for row in rows_of(demo_files[f"{batch}/items"].path):
            fresh.setdefault(row.get("主订单编号") or row["订单编号"], []).append(row)
        items |= fresh
    rows = orders.values()
    refunded = sum(cents(row["退款金额"]) for row in rows)
    return Totals(
        len(orders),
        sum(len(lines) for lines in items.values()),
        sum(cents(row["总金额"]) for row in rows),
        sum(cents(row["买家实际支付金额"]) for row in rows) + refunded,
        refunded,
    )


def shopify_totals(path: Path) -> Totals:
    rows = rows_of(path)
    heads = [row for row in rows if row["Total"]]
    return Totals(
        len(heads),
        len(rows),
        sum(cents(row["Total"]) for row in heads),
        sum(cents(row["Total"]) for row in heads if row["Paid at"]),
        sum(cents(row["Refunded Amount"]) for row in heads),
    )


def group_totals(path: Path) -> Totals:
    rows = rows_of(path)
    heads = {row["单号"]: row for row in rows}.values()
    return Totals(
        len(heads),
        len(rows),
        sum(cents(row["订单金额"]) for row in heads),
        sum(cents(row["实付"]) for row in heads),
        sum(cents(row["退款"]) for row in heads),
    )


def test_every_amount_follows_from_its_lines(demo_files: Files) -> None:
    goods: dict[str, int] = {}
    rows = rows_of(demo_files["mall/orders"].path)
    for row in rows:
        amount = int(row["Lineitem quantity"]) * cents(row["Lineitem price"])
        goods[row["Name"]] = goods.get(row["Name"], 0) + amount
    for row in rows:
        if row["Total"]:
            assert cents(row["Subtotal"]) == goods[row["Name"]] - cents(row["Discount Amount"])
            assert cents(row["Total"]) == cents(row["Subtotal"]) + cents(row["Shipping"])
            assert cents(row["Refunded Amount"]) <= cents(row["Total"])
    for batch in ("taobao_2018", "taobao_2019", "taobao_2022"):
        for row in rows_of(demo_files[f"{batch}/orders"].path):
            assert cents(row["总金额"]) == cents(row["买家应付货款"]) + cents(row["买家应付邮费"])
            paid = cents(row["买家实际支付金额"]) + cents(row["退款金额"])
            assert paid == (cents(row["总金额"]) if row["订单付款时间 "] else 0)
    for row in rows_of(demo_files["taobao_2022/items"].path):
        if row["订单付款时间"]:
            assert cents(row["买家应付货款"]) == cents(row["买家实际支付金额"]) + cents(row["退款金额"])


def test_accounts_tell_what_the_orders_come_to(demo_files: Files) -> None:
    spent: dict[str, list[int]] = {}
    for row in rows_of(demo_files["mall/orders"].path):
        if row["Paid at"]:
            spent.setdefault(row["Email"], []).append(cents(row["Total"]) - cents(row["Refunded Amount"]))
    accounts = rows_of(demo_files["mall_accounts/customers"].path)
    for row in accounts:
        assert cents(row["Total Spent"]) == sum(spent.get(row["Email"], []))
        assert int(row["Total Orders"]) == len(spent.get(row["Email"], []))
    assert any(row["Total Orders"] == "0" for row in accounts)


def test_overlapping_exports_show_orders_growing_older(demo_files: Files) -> None:
    before = {row["订单编号"]: row["订单状态"] for row in rows_of(demo_files["taobao_2019/orders"].path)}
    after = {row["订单编号"]: row["订单状态"] for row in rows_of(demo_files["taobao_2022/orders"].path)}
    both = before.keys() & after.keys()
    assert len(both) > 10
    assert any(before[number] != after[number] for number in both)
    assert any(before[number] == after[number] for number in both)


def test_the_old_customer_has_a_masked_twin(demo_files: Files) -> None:
    full = [row for row in rows_of(demo_files["taobao_2019/orders"].path) if row["买家会员名"] == NICKNAME]
    masked = [row for row in rows_of(demo_files["taobao_2022/orders"].path) if row["买家会员名"] == "小**7"]
    assert full
    assert any(row["联系手机"] == f"1******{PHONE[-4:]}" for row in masked)
    assert NICKNAME not in everything_in(demo_files["taobao_2022/orders"].path)
    assert any(row["Billing Phone"] == PHONE for row in rows_of(demo_files["mall/orders"].path))


def test_nobody_in_the_files_can_be_reached(demo_files: Files) -> None:
    emails, phones = set(), set()
    for file in demo_files.values():
        text = everything_in(file.path)
        emails |= set(re.findall(r"[\w.+-]+@[\w-]+\.[\w.]+", text))
        phones |= set(re.findall(r"(?<![\d.])(1[3-9]\d{9})(?!\d)", text))
    assert len(emails) > 100
    assert {address.partition("@")[2] for address in emails} == {"example.com", "example.net", "example.org"}
    assert len(phones) > 500
    assert not [p for p in phones if phonenumbers.is_valid_number(phonenumbers.parse(p, "CN"))]
    dollars = rows_of(demo_files["overseas/orders"].path)
    assert all(re.fullmatch(r"(\+1 212 555 01\d\d)?", row["Billing Phone"]) for row in dollars)


def test_a_row_says_what_was_known_at_its_export(demo_files: Files) -> None:
    for batch in ("taobao_2018", "taobao_2019"):
        path = demo_files[f"{batch}/orders"].path
        made = datetime.strptime(path.stem[-12:], "%Y%m%d%H%M") + timedelta(seconds=59)
        assert max(moments_in(everything_in(path))) <= made.timetuple()[:6]
