"""Fields of the shop's own: declared in the playbook, filled in in forms and files, asked for by rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmcore.desk import editing
from crmcore.errors import UsageError
from crmcore.people import Changes, People
from crmcore.rules.yaml import load_rule
from crmcore.shop import Shop
from tests.playbook.test_playbook import lay

FIELDS = {
    "skin": {"title": {"zh": "肤质", "en": "Skin"}, "type": "text", "choices": ["干性", "油性"]},
    "credit": {"title": {"zh": "信用分", "en": "Credit"}, "type": "int"},
    "height": {"title": {"zh": "身高", "en": "Height"}, "type": "number"},
    "budget": {"title": {"zh": "预算", "en": "Budget"}, "type": "money"},
    "joined": {"title": {"zh": "入会日", "en": "Joined"}, "type": "date"},
    "verified": {"title": {"zh": "实名", "en": "Verified"}, "type": "bool"},
    "hobbies": {"title": {"zh": "爱好", "en": "Hobbies"}, "type": "list"},
    "orders": {"title": {"zh": "撞名", "en": "Clash"}, "type": "int"},
}


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shop]:
    monkeypatch.setenv("CRM_PLUGINS", "general")
    monkeypatch.setenv("HOME", str(tmp_path))
    with Shop.open(request.getfixturevalue(f"{request.param}_url"), actor="Ann") as opened:
        yield opened


def declare(shop: Shop) -> None:
    lay(shop.playbook, "tea", 1, "fields", **FIELDS)
    shop.plugins_changed()


def found(shop: Shop, where: str, everybody: tuple[int, ...] = (1, 2, 3)) -> list[int]:
    shop.segments.save(load_rule(f"name: asked\nwhere: {where}"))
    members = [one.id for one in shop.segments.members("asked").customers]
    assert members == [  # one by one, in memory
        one for one in everybody if shop.segments.explain("asked", one).member
    ]
    return members


def test_rules_ask_for_them_by_type_those_told_before_they_were_declared_too(shop: Shop) -> None:
    people = People(shop)
    old = {
        "skin": "干性",
        "credit": "007",
        "height": "1e2",
        "budget": "about 5",
        "joined": "soon",
        "verified": "maybe",
    }
    people.add(Changes({"name": "甲", **{f"extra.{key}": value for key, value in old.items()}}))
    declare(shop)
    told = {"skin": "干性", "credit": "1,200", "height": "1.680", "budget": "¥199.5", "joined": "2026/3/5", "verified": "是",
            "hobbies": "茶, 书；茶"}  # fmt: skip
    people.add(Changes({"name": "乙", **{f"extra.{key}": value for key, value in told.items()}}))
    people.add(Changes({"name": "丙"}))
    kept = people.show(2)[0].extra
    assert kept == {"skin": "干性", "credit": "1200", "height": "1.68", "budget": "199.5", "joined": "2026-03-05",
                    "verified": "true", "hobbies": "茶、书"}  # fmt: skip
    for where, wanted in {
        "{skin: {eq: 干性}}": [1, 2],
        "{credit: {gte: 1000}}": [2],  # what is junk is absent
        "{credit: {exists: false}}": [1, 3],
        "{height: {between: [1.6, 1.7]}}": [2],
        "{budget: {eq: 199.5}}": [2],
        "{joined: {gte: '2026-03-05'}}": [2],
        "{days_since_joined: {gte: 0}}": [2],
        "{verified: {eq: true}}": [2],
        "{hobbies: {has: 书}}": [2],
        "{orders: {eq: 0}}": [1, 2, 3],  # core's fact, not the field that is called like it
    }.items():
        assert found(shop, where) == wanted, where
    people.edit(2, Changes({"extra.credit": "900", "extra.verified": ""}))
    assert found(shop, "{any: [{credit: {gte: 1000}}, {verified: {eq: true}}]}") == []
    assert shop.facts.check() == []


def test_a_form_asks_for_them_and_refuses_what_does_not_fit(shop: Shop) -> None:
    declare(shop)
    fields = {one.name: one for one in editing.edit_fields(None, "CNY", shop.facts.own)}
    assert (fields["extra.skin"].title, fields["extra.skin"].choices) == (
        "Skin",
        (("", "-"), ("干性", "干性"), ("油性", "油性")),
    )
    for name, typed, reason in (
        ("skin", "油", "Skin takes one of 油性, not '油'"),
        ("credit", "many", "Credit takes a whole number"),
        ("height", "tall", "Height takes a number"),
        ("joined", "2026-02-30", "Joined takes a day"),
        ("joined", "99999999999-1-1", "Joined takes a day"),
        ("verified", "perhaps", "Verified takes yes or no"),
    ):
        assert reason in (fields[f"extra.{name}"].check(typed) or "")
        with pytest.raises(UsageError, match=reason):
            People(shop).add(Changes({"name": "甲", f"extra.{name}": typed}))
    number = editing.add(shop, {"name": "乙", "extra.credit": "12", "extra.skin": ""})
    card = editing.read_card(shop, number)
    assert card.extra == {"credit": "12"}
    shown = {one.name: one.value for one in editing.edit_fields(card, "CNY", shop.facts.own)}
    assert (shown["extra.credit"], shown["extra.skin"]) == ("12", "")


def test_a_customer_list_brings_them_by_their_titles_and_keeps_what_it_does_not_say(
    shop: Shop, tmp_path: Path
) -> None:
    declare(shop)
    columns = {"phone": "电话", "name": "姓名"}
    lay(
        shop.playbook,
        "shed",
        2,
        "mappings",
        people={"platform": "shed", "record": "customer", "columns": columns},
    )
    file = tmp_path / "people.csv"
    file.write_text("电话,姓名,肤质,Credit\n13800138000,王小明,干性,1200\n", "utf-8")
    (first,) = shop.imports.run([file])  # known by its header, not by its name
    assert (first.importer, first.counts.new) == ("people", 1)
    (number,) = found(shop, "{all: [{skin: {eq: 干性}}, {credit: {eq: 1200}}]}", (1,))
    People(shop).edit(number, Changes({"extra.height": "1.7", "extra.own": "x"}))
    (again,) = shop.imports.run([file])
    assert (again.counts.same, again.counts.changed) == (1, 0)
    file.write_text("电话,姓名,肤质,Credit\n13800138000,王小明,油性,\n", "utf-8")
    shop.imports.run([file])
    assert People(shop).show(number)[0].extra == {
        "skin": "油性",
        "credit": "1200",
        "height": "1.7",
        "own": "x",
    }
