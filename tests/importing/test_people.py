"""Who is who: joined by what identifies for sure, never by what may be shared or hidden."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmcore.shop import Shop
from crmcore.store import search
from tests.importing.shops import (
    check,
    content,
    customer_of,
    import_one,
    mapping,
    orders,
    postgresql_under_stress,
    rows,
    table,
)

COLUMNS = [
    "order_ref",
    "buyer_ref",
    "nickname",
    "name",
    "phone",
    "email",
    "address",
    "placed_at",
    "order_total",
]


def order(number: str, **who: object) -> dict[str, object]:
    return {
        "order_ref": number,
        **who,
        "placed_at": f"2026-01-{int(number[1:]):02d} 10:00:00",
        "order_total": "50.00",
    }


def imported(shop: Shop, folder: Path, records: list[dict[str, object]], source: str = "corner") -> Path:
    file = table(folder, records)
    said = mapping(folder, record="order", columns=COLUMNS, currency="CNY")
    import_one(shop, file, mapping=said, source=source)
    return file


def owners(shop: Shop) -> dict[str, int]:
    return orders(shop, "customer_id")


def test_one_person_on_two_platforms_is_joined_by_phone_or_mail(shop: Shop, tmp_path: Path) -> None:
    imported(
        shop,
        tmp_path,
        [
            order("A1", buyer_ref="li", phone="138-0013-8000"),
            order("A2", buyer_ref="han", email="Han.Meimei@example.com"),
        ],
    )
    imported(
        shop,
        tmp_path,
        [
            order("B1", phone="+86 13800138000", name="李雷"),
            order("B2", email="han.meimei@EXAMPLE.com", buyer_ref="h.m."),
        ],
        source="mall",
    )
    found = owners(shop)
    assert found["A1"] == found["B1"]
    assert found["A2"] == found["B2"]
    assert len(set(found.values())) == 2
    assert rows(shop, "candidates", "id") == []
    assert rows(shop, "cards", "platforms", order="customer_id") == ["\x1fcorner\x1fmall\x1f"] * 2
    check(shop)


@postgresql_under_stress
def test_the_same_buyer_id_at_another_source_is_another_person(shop: Shop, tmp_path: Path) -> None:
    imported(shop, tmp_path, [order("A1", buyer_ref="li")], source="mall:north")
    imported(shop, tmp_path, [order("A1", buyer_ref="li")], source="mall:south")
    found = rows(shop, "orders", "source", "customer_id")
    assert [one[0] for one in found] == ["mall:north", "mall:south"]
    assert found[0][1] != found[1][1]


@postgresql_under_stress
def test_within_one_file_a_phone_joins_orders_with_and_without_a_login(shop: Shop, tmp_path: Path) -> None:
    imported(
        shop,
        tmp_path,
        [
            order("A1", phone="13800138000"),
            order("A2", buyer_ref="li", phone="13800138000", email="li@example.com"),
            order("A3", email="li@example.com"),
        ],
    )
    assert len(set(owners(shop).values())) == 1
    check(shop)


def test_two_logins_with_one_phone_stay_two_and_become_candidates(shop: Shop, tmp_path: Path) -> None:
    first = [order("A1", buyer_ref="li", phone="13800138000")]
    second = [order("A2", buyer_ref="han", phone="13800138000")]
    imported(shop, tmp_path, first)
    imported(shop, tmp_path, second)
    found = owners(shop)
    assert found["A1"] != found["A2"]
    assert customer_of(shop, "phone", "+8613800138000") == found["A1"]
    pair = sorted(found.values())
    assert rows(shop, "candidates", "a_id", "b_id", "reason", "state") == [(*pair, "phone", "open")]
    before = content(shop)
    imported(shop, tmp_path, second)
    assert content(shop) == before
    check(shop)


@postgresql_under_stress
def test_two_logins_with_one_phone_in_one_file_stay_two(shop: Shop, tmp_path: Path) -> None:
    imported(
        shop,
        tmp_path,
        [order("A1", buyer_ref="li", phone="13800138000"), order("A2", buyer_ref="han", phone="13800138000")],
    )
    found = owners(shop)
    assert found["A1"] != found["A2"]
    assert len(rows(shop, "candidates", "id")) == 1
    check(shop)


@postgresql_under_stress
def test_a_phone_of_one_and_a_mail_of_another_merge_nobody(shop: Shop, tmp_path: Path) -> None:
    imported(
        shop,
        tmp_path,
        [
            order("A1", buyer_ref="li", phone="13800138000"),
            order("A2", buyer_ref="han", email="han@example.com"),
        ],
    )
    imported(shop, tmp_path, [order("B1", phone="13800138000", email="han@example.com")], source="mall")
    found = owners(shop)
    assert len(set(found.values())) >= 2
    assert found["A1"] != found["A2"]
    assert rows(shop, "candidates", "state") != []
    assert rows(shop, "customers", "merged_into") == [None] * len(rows(shop, "customers", "id"))
    check(shop)


MASKED = {"buyer_ref": "小***7", "phone": "138****8000", "name": "李*"}


def test_masked_values_never_identify_but_are_found_as_possibly(shop: Shop, tmp_path: Path) -> None:
    imported(shop, tmp_path, [order("A1", **MASKED), order("A2", **MASKED)])
    found = owners(shop)
    assert found["A1"] != found["A2"]
    assert rows(shop, "identities", "strong") == [False] * 4
    with shop.database.read() as connection:
        hits = search.find(connection, "13800138000", 10)
    assert {hit.customer_id for hit in hits} == set(found.values())
    assert {hit.certain for hit in hits} == {False}
    before = content(shop)
    imported(shop, tmp_path, [order("A1", **MASKED), order("A2", **MASKED)])
    assert content(shop) == before
    check(shop)


def test_a_masked_order_that_comes_again_in_full_is_absorbed(shop: Shop, tmp_path: Path) -> None:
    imported(shop, tmp_path, [order("A1", **MASKED), order("A2", **MASKED)])
    imported(shop, tmp_path, [order("A1", buyer_ref="小明7", phone="13800138000", name="李雷")])
    found = owners(shop)
    assert found["A1"] == customer_of(shop, "buyer", "小明7") == customer_of(shop, "phone", "+8613800138000")
    assert found["A2"] != found["A1"]
    living = rows(shop, "customers", "id", "merged_into")
    assert sum(into is None for _id, into in living) == 2
    assert rows(shop, "cards", "orders", order="customer_id") == [1, 1]
    before = content(shop)
    # And the masked file once more takes nothing away from her.
    imported(shop, tmp_path, [order("A1", **MASKED), order("A2", **MASKED)])
    assert owners(shop) == found
    assert content(shop) == before
    check(shop)


@postgresql_under_stress
def test_a_masked_order_of_a_known_customer_goes_to_nobody_else(shop: Shop, tmp_path: Path) -> None:
    imported(shop, tmp_path, [order("A1", buyer_ref="小明7", phone="13800138000", name="李雷")])
    imported(shop, tmp_path, [order("A2", **MASKED)])
    found = owners(shop)
    assert found["A1"] != found["A2"]
    assert rows(shop, "customers", "name") == ["李雷", "李*"]


def test_name_and_address_alone_know_a_buyer_again_but_join_nobody_else(shop: Shop, tmp_path: Path) -> None:
    at_home = {"name": "李雷", "address": "浙江省 杭州市 西湖区 文三路1号"}
    imported(
        shop, tmp_path, [order("A1", **at_home), order("A2", name="李雷", address="上海 上海市 南京西路2号")]
    )
    imported(shop, tmp_path, [order("A3", **at_home)])
    found = owners(shop)
    assert found["A1"] == found["A3"] != found["A2"]
    check(shop)


@pytest.mark.parametrize("field", ["first_name", "last_name"])
def test_either_half_of_a_name_with_an_address_tells_who_it_is(
    sqlite_shop: Shop, tmp_path: Path, field: str
) -> None:
    home = {field: "王小明", "address": "浙江省 杭州市 西湖区 文三路1号"}
    said = mapping(tmp_path, record="customer", columns=[*home, "nickname"])
    import_one(sqlite_shop, table(tmp_path, [{**home, "nickname": "小明"}]), mapping=said)
    assert rows(sqlite_shop, "customers", "name") == ["王小明"]


@postgresql_under_stress
def test_orders_without_any_buyer_belong_to_nobody_until_a_file_knows(shop: Shop, tmp_path: Path) -> None:
    imported(shop, tmp_path, [order("A1"), order("A2", name="李雷")])
    assert owners(shop) == {"A1": None, "A2": None}
    imported(shop, tmp_path, [order("A1", phone="13800138000", name="李雷")])
    assert owners(shop)["A1"] == customer_of(shop, "phone", "+8613800138000")
    assert rows(shop, "cards", "orders", order="customer_id") == [1]
    check(shop)


@postgresql_under_stress
def test_an_order_stays_with_its_owner_when_a_file_names_another(shop: Shop, tmp_path: Path) -> None:
    imported(shop, tmp_path, [order("A1", buyer_ref="li")])
    before = owners(shop)
    imported(shop, tmp_path, [order("A1", buyer_ref="han")])
    assert owners(shop) == before


def test_order_files_fill_what_is_empty_and_customer_files_overlay(shop: Shop, tmp_path: Path) -> None:
    imported(shop, tmp_path, [order("A1", buyer_ref="li", name="李雷")])
    imported(shop, tmp_path, [order("A2", buyer_ref="li", name="雷雷", address="杭州市文三路1号")])
    assert rows(shop, "customers", "name", "address") == [("李雷", "杭州市文三路1号")]
    people = mapping(
        tmp_path, "people", record="customer", columns=["buyer_ref", "name", "birthday", "tags", "note"]
    )
    records = [
        {"buyer_ref": "li", "name": "李磊", "birthday": "1990-05-01", "tags": "VIP, 老客", "note": "喜欢红色"}
    ]
    result = import_one(shop, table(tmp_path, records), mapping=people)
    assert (result.counts.changed, result.counts.customers_changed, result.counts.new) == (1, 1, 0)
    assert rows(shop, "customers", "name", "birthday", "note") == [("李磊", "1990-05-01", "喜欢红色")]
    assert rows(shop, "cards", "tags", "birthday", order="customer_id") == [
        ("\x1fVIP\x1f老客\x1f", "1990-05-01")
    ]
    before = content(shop)
    again = import_one(shop, table(tmp_path, records), mapping=people)
    assert (again.counts.same, again.counts.changed) == (1, 0)
    assert content(shop) == before
    masked = table(tmp_path, [{"buyer_ref": "li", "name": "李*", "birthday": "", "tags": "", "note": ""}])
    import_one(shop, masked, mapping=people)
    assert rows(shop, "customers", "name", "birthday") == [("李磊", "1990-05-01")]
    check(shop)


@postgresql_under_stress
def test_a_customer_list_with_hidden_values_alone_is_set_aside(shop: Shop, tmp_path: Path) -> None:
    said = mapping(tmp_path, "people", record="customer", columns=["buyer_ref", "name", "phone"])
    file = table(
        tmp_path, [MASKED, {"buyer_ref": "", "name": "李雷", "phone": ""}, {**MASKED, "buyer_ref": "li"}]
    )
    result = import_one(shop, file, mapping=said)
    assert (result.counts.new, result.counts.rejected) == (1, 2)
    reasons = [one.reason for one in shop.imports.rejects(result.id or 0)]
    assert "hidden in part" in reasons[0]
    assert "nothing here tells who this is" in reasons[1]
