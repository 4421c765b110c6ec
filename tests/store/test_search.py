from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcore.records.identity import buyer_identity, email_identity, phone_identity
from crmcore.regions.china import PARTS, province_forms
from crmcore.store import customers, schema, search, search_index
from crmcore.store.changes import delete
from crmcore.store.database import Database
from crmcore.store.merging import merge, split
from tests.examples import examples
from tests.store.dossier import customer, order

Finder = Callable[[str], list[tuple[str | None, str]]]


@pytest.fixture
def shop(database: Database) -> Database:
    database.refreshers.append(search.refresh)
    return database


@pytest.fixture
def found(shop: Database) -> Finder:
    """What a search finds: (name, match) of each hit, `?` after the match where it is not certain."""

    def find(text: str) -> list[tuple[str | None, str]]:
        with shop.read() as connection:
            hits = search.find(connection, text)
        return [(hit.name, hit.match + ("" if hit.certain else "?")) for hit in hits]

    return find


def add(shop: Database, name: str | None, *known: Any, **values: Any) -> int:
    with shop.write("add", actor="Li") as write:
        return customers.add(write, {"name": name, **values}, known, at=1)


def test_any_part_of_a_name_finds_her(shop: Database, found: Finder) -> None:
    for name in ("王子轩", "李子轩", "王子", "欧阳娜娜", "赵敏"):
        add(shop, name)
    assert found("王子轩") == [("王子轩", "name")]
    assert found("子轩") == [("王子轩", "name"), ("李子轩", "name")]
    assert {name for name, _match in found("子")} == {"王子轩", "李子轩", "王子"}
    assert found("轩") == [("王子轩", "name"), ("李子轩", "name")]
    assert found("王") == [("王子", "name"), ("王子轩", "name")]
    assert found("王子") == [("王子", "name"), ("王子轩", "name")]  # the whole name first
    assert found("阳娜") == [("欧阳娜娜", "name")]
    assert found("阳敏") == []
    assert found("子王") == []  # both characters are there, not in this order
    assert found(" ") == found("") == []


def test_a_phone_is_found_however_it_is_written(shop: Database, found: Finder) -> None:
    add(shop, "王芳", phone_identity("+86 138 0013 8000"))
    add(shop, "李娜", phone_identity("13900138001"))
    for text in ("13800138000", "+8613800138000", "138 0013 8000", "+86 138-0013-8000", "8000", "1380013"):
        assert found(text) == [("王芳", "phone")], text
    assert found("0013 8001") == [("李娜", "handle")]
    assert found("38000") == [("王芳", "handle")]
    assert found("9999") == []


def test_handles_and_addresses_are_found_by_parts(shop: Database, found: Finder) -> None:
    add(shop, "王芳", buyer_identity("TB_花开88", "taobao"), email_identity("Fang.Wang@qq.com"))
    add(shop, "李娜", nickname="小辣椒", city="杭州", address="西湖区文一路12号翠苑新村3幢")
    assert found("tb_花开88") == [("王芳", "buyer")]
    assert found("花开") == [("王芳", "handle")]
    assert found("fang.wang@QQ.com") == [("王芳", "email")]
    assert found("fang.w") == [("王芳", "email")]
    assert found("wang@qq") == [("王芳", "handle")]
    assert found("辣椒") == [("李娜", "name")]
    assert found("文一路12号") == found("翠苑") == found("杭州 翠苑") == [("李娜", "address")]
    assert found("李娜 杭州") == [("李娜", "name")]


def test_an_address_in_one_piece_is_found_in_city_and_street(shop: Database, found: Finder) -> None:
    add(shop, "李娜", province="浙江", city="杭州市", address="西湖区文一路12号翠苑新村3幢")
    add(shop, "王芳", province="四川", city="成都市", address="四川省 成都市 武侯区样例路1号")
    add(shop, "赵敏", province="浙江", city="杭州市", address="拱墅区文一路12号")
    for text in ("浙江省杭州市西湖区文一路12号", "杭州市西湖区", "杭州市翠苑新村"):
        assert found(text) == [("李娜", "address")], text
    assert found("四川省成都市武侯区样例路1号") == [("王芳", "address")]
    assert found("杭州市江干区文一路12号") == []


def test_a_place_is_found_as_cards_and_lists_write_it(shop: Database, found: Finder) -> None:
    add(shop, "李娜", province="浙江", city="杭州市", address="西湖区文一路12号")
    add(shop, "王芳", province="江西省", city="南昌市", address="西湖区站前路3号")
    add(shop, "赵敏", province="河北", city="石家庄", address="长安区中山东路9号")
    add(shop, "孙丽", province="吉林省", city="吉林市", address="船营区松江路1号")
    for text in ("浙江杭州", "浙江省杭州市", "杭州西湖", "浙江杭州市西湖区文一路12号", "杭州文一路12号"):
        assert found(text) == [("李娜", "address")], text
    for text in ("河北石家庄", "石家庄长安区"):
        assert found(text) == [("赵敏", "address")], text
    for text in ("吉林市船营区", "吉林船营"):
        assert found(text) == [("孙丽", "address")], text
    assert found("杭州江干") == found("江西杭州西湖区站前路") == []


def test_every_province_may_stand_before_the_city(shop: Database, found: Finder) -> None:
    add(shop, "李娜", city="样例市")
    provinces = [name for part in PARTS.values() for name in part.split()]
    cities = {"北京", "上海", "天津", "重庆", "香港", "澳门"}
    assert {name for name in provinces if not found(f"{name}样例")} == cities
    assert [found(f"{form}样例") for form in province_forms("新疆")[:2]] == [[("李娜", "address")]] * 2
    assert found("广西壮族自治区样例") == [("李娜", "address")]


def test_an_order_number_finds_its_buyer(shop: Database, found: Finder) -> None:
    with shop.write("import", actor="Li") as write:
        order(write, customer(write, "王芳"), "20260305001234")
        order(write, customer(write, "李娜"), "#1001", source="shopify")
        order(write, None, "20260305009999")
    assert found("20260305001234") == found("202603") == [("王芳", "order")]
    assert found("20260") == []  # too short to mean an order
    assert found("#1001") == [("李娜", "order")]
    assert found("20260305009999") == []


def test_pinyin_finds_chinese_names(shop: Database, found: Finder) -> None:
    add(shop, "张小明")
    add(shop, "单雄信")
    assert found("zxm") == [("张小明", "pinyin")]
    assert found("ZhangXiaoMing") == [("张小明", "pinyin")]
    assert found("sxx") == [("单雄信", "pinyin")]
    assert found("xm") == [("张小明", "pinyin")]


def test_western_names_are_found_in_any_case_and_with_any_accents(shop: Database, found: Finder) -> None:
    add(shop, "José O'Brien")
    for text in ("jose", "José O'Brien", "OBRIEN", "o'brien jose", "ＪＯＳＥ", "bri"):
        assert found(text) == [("José O'Brien", "name")], text


def test_hidden_values_are_found_as_possibly(shop: Database, found: Finder) -> None:
    add(shop, "王女士", buyer_identity("小***7", "taobao"))
    add(shop, "李先生", phone_identity("138****8000"))
    add(shop, "陈某", email_identity("zh***@qq.com"))
    assert found("小***7") == [("王女士", "buyer")]  # typed as it stands
    assert found("小辣椒7") == [("王女士", "buyer?")]
    assert found("小*7") == [("王女士", "handle")]
    assert found("13812348000") == found("+86 138 1234 8000") == [("李先生", "phone?")]
    assert found("8000") == [("李先生", "phone")]
    assert found("zhang3@qq.com") == [("陈某", "email?")]
    assert found("小辣椒8") == []


def test_the_full_value_comes_before_a_hidden_one(shop: Database, found: Finder) -> None:
    add(shop, "李先生", phone_identity("138****8000"))
    add(shop, "王芳", phone_identity("13812348000"))
    assert found("13812348000") == [("王芳", "phone"), ("李先生", "phone?")]


def test_somebody_merged_is_found_under_the_one_that_is_kept(shop: Database, found: Finder) -> None:
    keep = add(shop, "王芳", phone_identity("13800138000"))
    gone = add(shop, "芳芳小号", phone_identity("13900139000"), nickname="辣椒")
    with shop.write("merge", actor="Li", kind="merge") as write:
        merge(write, keep, gone)
    for text in ("芳芳小号", "芳芳", "小号", "辣椒", "13900139000", "9000"):
        assert [name for name, _match in found(text)] == ["王芳"], text
    with shop.write("split", actor="Li", kind="split") as write:
        split(write, gone)
    assert found("小号") == [("芳芳小号", "name")]


def test_what_was_edited_or_removed_is_not_found_any_more(shop: Database, found: Finder) -> None:
    who = add(shop, "王芳", phone_identity("13800138000"))
    with shop.write("edit", actor="Li") as write:
        customers.edit(write, who, {"name": "王小芳"})
        delete(write, schema.identities, customers.show(write.connection, who).identities[0].id)
    assert found("王芳") == found("8000") == found("13800138000") == []
    assert found("小芳") == [("王小芳", "name")]
    with shop.write("remove", actor="Li") as write:
        delete(write, schema.customers, who)
    assert found("小芳") == []
    with shop.read() as connection:
        assert connection.execute(sa.select(schema.search_texts)).all() == []


def test_no_text_upsets_the_search(shop: Database, found: Finder) -> None:
    add(shop, "王芳")
    texts = [
        "'", '"', "a'b", 'a"b', "AND", "OR 1", "NOT", "NEAR(", "*", "a*", "%", "_", "\\", "a\\b", "(",
        "-x", "^a", "a & b", "a:*", "!", "\x00", "子\x1f轩", "a\nb", "🙂", "𠮷", "tokens:", ":", "()", "' | 'a",
    ]  # fmt: skip
    for text in texts:
        assert found(text) in ([], [("王芳", "name")]), text


def test_at_most_as_many_as_asked_for(shop: Database) -> None:
    for n in range(30):
        add(shop, f"王{n}")
    with shop.read() as connection:
        assert len(search.find(connection, "王", 7)) == 7
        assert len(search.find(connection, "王", 0)) == 0


def test_rebuilding_gives_the_same_index(shop: Database, found: Finder) -> None:
    ids = [add(shop, f"王{c}") for c in "芳敏静"]
    shop.refreshers.clear()
    with shop.write("behind its back", actor="Li") as write:
        write.connection.execute(sa.update(schema.customers).values(name="李娜"))
    with shop.read() as connection:
        assert search_index.stale_ids(connection, ids) == ids
    assert search_index.rebuild(shop) == 3
    with shop.read() as connection:
        assert search_index.stale_ids(connection, ids) == []
    assert [name for name, _match in found("娜")] == ["李娜"] * 3
    assert found("王") == found("芳") == []


NAMES = st.text(alphabet="王李张子轩小明芳ab1 ", min_size=1, max_size=6).filter(str.strip)


@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    names=st.lists(NAMES, min_size=1, max_size=6),
    asked=st.text(alphabet="王李张子轩小明芳ab1", min_size=2, max_size=3),
)
def test_search_finds_exactly_the_names_that_hold_the_text(
    sqlite_database: Database, names: list[str], asked: str
) -> None:
    sqlite_database.refreshers[:] = [search.refresh]
    with sqlite_database.write("clean", actor="Li") as write:
        for who in list(write.connection.scalars(sa.select(schema.customers.c.id))):
            delete(write, schema.customers, who)
    ids = [add(sqlite_database, name) for name in names]
    expected = {i for i, name in zip(ids, names, strict=True) if asked in name.lower()}
    with sqlite_database.read() as connection:
        hits = [hit for hit in search.find(connection, asked) if hit.match == "name"]
    assert {hit.customer_id for hit in hits} == expected


@pytest.mark.parametrize(
    "text", ["王芳", "子", "13800138000", "8000", "20260305001234", "a@b.com", "小***7", "文一路"]
)
def test_no_search_reads_a_whole_table(sqlite_database: Database, text: str) -> None:
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        statements.append((statement, parameters))

    with sqlite_database.read() as connection:
        sa.event.listen(connection, "before_cursor_execute", note)
        search.find(connection, text)
        sa.event.remove(connection, "before_cursor_execute", note)
        for statement, parameters in statements:
            plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)
            for step in [row.detail for row in plan]:
                assert not re.search(r"SCAN (customers|identities|orders|search_texts|t)\b", step), statement
