"""The templates of a real shop: kept in its playbook, checked on its customers, written out for them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from crmcore.errors import NotFoundError
from crmcore.messages.people import read_contacts, read_people, sample_ids
from crmcore.messages.template import Template, TemplateError, load_template
from crmcore.messages.words import Words
from crmcore.shop import Shop
from crmcore.store.database import Database
from crmcore.store.schema import cards, customers


def template(text: str, **keys: object) -> Template:
    return load_template({"name": "hello", "purpose": "promotion", "text": text, **keys})


def test_templates_are_kept_listed_and_forgotten(shop: Shop) -> None:
    made = shop.templates.save(template("#客户昵称#您好", title={"zh": "问好"}))
    assert shop.templates.get("hello") == made
    assert [(one.name, one.source, one.error) for one in shop.templates.all()] == [("hello", "shop", "")]
    with pytest.raises(NotFoundError, match="did you mean 'hello'"):
        shop.templates.get("helo")
    shop.templates.remove("hello")
    assert shop.templates.all() == []
    with pytest.raises(NotFoundError):
        shop.templates.remove("hello")


def test_one_that_cannot_be_read_is_not_kept_and_one_that_lies_there_is_named(shop: Shop) -> None:
    with pytest.raises(TemplateError, match="assign is not allowed"):
        shop.templates.save(template("{% set a = 1 %}"))
    assert shop.templates.all() == []
    shop.documents.table("templates").insert({"name": "old", "purpose": "spam", "text": "x"})
    [listed] = shop.templates.all()
    assert (listed.template, "its purpose is needed" in listed.error) == (None, True)


def test_everybody_gets_hers(shop: Shop) -> None:
    made = template(
        "{{ called or '亲' }}：{{ city or '?' }} {{ tags }} {{ extra.wechat or '' }} {{ salutation or '' }} {{ gift }}"
    )
    written = shop.templates.write_out(made, [3, 1, 99], values={"gift": "茶"}, theirs={1: {"gift": "杯子"}})
    assert {one: (found.text, found.problem) for one, found in written.items()} == {
        3: ("", "she has no Tags"),
        1: ("小雨：杭州 VIP、老客 rain77 林女士 杯子", ""),
    }


def test_a_name_that_the_platform_hid_is_no_name(shop: Shop) -> None:
    written = shop.templates.write_out(template("{{ called or '亲' }}"), [2])
    assert written[2].text == "亲"


def test_the_shop_and_today_can_be_said(shop: Shop) -> None:
    made = template("{{ shop }} {{ today }}")
    assert (
        shop.templates.write_out(made, [1])[1].problem
        == "she has no name of the shop: crm template words shop NAME"
    )
    shop.templates.save_shop_name(" 小林茶铺 ")
    today = shop.clock().today
    assert shop.templates.write_out(made, [1])[1].text == f"小林茶铺 {today.month}月{today.day}日"


def test_the_report_tells_who_lacks_what_and_the_most_it_costs(shop: Shop) -> None:
    report = shop.templates.check(template("#客户昵称#您好{{ city }}"), "board")
    assert (report.tried, report.usable, report.parts, report.cost) == (3, True, 1, Decimal("0.045"))
    assert report.missing == {"she has no nickname or name": 2}
    assert [one.code for one in report.findings] == ["missing"]
    assert "(2 of 3 customers tried)" in report.findings[0].text
    long = shop.templates.check(template("#客户昵称#您好" + "茶" * 20), "board", ids=[1])
    assert (long.parts, [one.code for one in long.findings]) == (3, ["length"])
    empty = shop.templates.check(
        template("{% if city == '火星' %}x{% endif %}#城市#" + "{{ '' }}"), "board", ids=[1]
    )
    assert empty.usable


def test_a_channel_s_own_errors_count(shop: Shop) -> None:
    report = shop.templates.check(template("{% if called == '火星' %}x{% endif %}"), "board", ids=[1])
    assert ("message", True) in [(one.code, one.error) for one in report.findings]
    assert not report.usable


def test_a_preview_says_where_it_would_go(shop: Shop) -> None:
    found = shop.templates.preview(template("您好"), "board", [1, 2, 3])
    assert [(one.address.value, one.address.problem) for one in found if one.address] == [
        ("rain@example.com", ""),
        ("", "the platform hides a part of it"),
        ("c@example.com", ""),
    ]
    assert [one.address for one in shop.templates.preview(template("您好"), "letters", [1])] == [None]


def test_the_shop_s_own_words_are_kept_and_checked(shop: Shop) -> None:
    shop.templates.save_words(Words(own=("清仓",), allowed=("发票",)))
    assert shop.templates.words == Words(("清仓",), ("发票",))
    codes = {one.code for one in shop.templates.check(template("#昵称# 清仓"), ids=[]).findings}
    assert codes == {"word"}


def test_the_day_of_sending_is_what_counts(shop: Shop) -> None:
    tomorrow = shop.clock().today + timedelta(days=1)
    made = template("#昵称#", offer_ends=tomorrow.isoformat())
    assert shop.templates.check(made, ids=[]).usable
    assert not shop.templates.check(made, ids=[], sent=tomorrow + timedelta(days=1)).usable


def test_people_are_read_alike_from_both_databases(database: Database) -> None:
    from crmcore.records.clock import Clock
    from crmcore.rules.catalogue import Catalogue
    from crmcore.store.facts import Facts

    facts = Facts(database, "CNY", "Asia/Shanghai")
    facts.install()
    database.refreshers.append(facts.refresh)
    values = {"name": "欧阳雪", "gender": "female", "nickname": "雪\r\nBcc: x@y.z", "birthday": "--02-29"}
    with database.write("test", actor="t") as write:
        for _number in range(30):
            done = write.connection.execute(customers.insert().values(**values, created_by=1))
            write.touch([done.inserted_primary_key[0]])
    clock = Clock("Asia/Shanghai", 1_772_676_000)
    with database.read() as connection:
        ids = sample_ids(connection, cards, 10)
        assert len(ids) == 10
        found = read_people(
            connection,
            facts.cards,
            ids,
            Catalogue.core(),
            {"birthday", "orders", "total_spent"},
            clock,
            "CNY",
        )
        assert read_contacts(connection, ids[:1]) == {ids[0]: []}
    assert found[ids[0]] == {
        "name": "欧阳雪",
        "nickname": "雪 Bcc: x@y.z",
        "called": "雪 Bcc: x@y.z",
        "gender": "female",
        "salutation": "欧阳女士",
        "birthday": date(2000, 2, 29),
        "orders": 0,
        "total_spent": Decimal(0),
    }
