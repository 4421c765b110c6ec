"""A customer's record as a form: what each field takes, and two who edit her at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmcore.desk import editing
from crmcore.errors import CrmError, UsageError
from crmcore.people import Changes, People
from crmcore.shop import Shop


@pytest.fixture
def shop(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shop]:
    monkeypatch.setenv("HOME", str(tmp_path))
    with Shop.open(sqlite_url, actor="Li") as found:
        yield found


def test_every_field_says_what_is_wrong_and_how_to_write_it(shop: Shop) -> None:
    fields = {one.name: one for one in editing.edit_fields(None, "CNY")}
    for name, wrong, told in (
        ("birthday", "1990-13-01", "1990-05-17"),
        ("phone", "12", "is not a phone number"),
        ("phone", "13800138000, 12", "'12'"),
        ("email", "nobody", "e-mail"),
        ("own", "dry skin", "NAME=VALUE"),
        ("own", "1x=2", "1x"),
    ):
        words = fields[name].check(wrong)
        assert words is not None, name
        assert told in words
    for name, right in (
        ("birthday", "05-17"),
        ("phone", "13800138000"),
        ("own", "skin=dry"),
        ("name", "王芳"),
    ):
        assert fields[name].check(right) is None


def test_what_was_typed_is_kept_own_fields_and_phones_too(shop: Shop) -> None:
    number = editing.add(shop, {"name": "王芳", "phone": "13800138000", "own": "skin=dry", "city": ""})
    card = editing.read_card(shop, number)
    shown = {one.name: one.value for one in editing.edit_fields(card, "CNY")}
    assert shown["name"] == "王芳"
    assert shown["extra.skin"] == "dry"
    assert "13800138000" in next(one.hint for one in editing.edit_fields(card, "CNY") if one.name == "phone")
    typed = {"extra.skin": "", "birthday": "1990-5-17", "phone": "13900139000"}
    assert editing.save(shop, card, typed) is None
    card = editing.read_card(shop, number)
    assert card.extra == {}
    assert card.birthday == "1990-05-17"
    assert [one.shown for one in card.identities if one.kind == "phone"] == ["13800138000", "13900139000"]


def test_somebody_else_edited_her_meanwhile_and_nothing_is_lost(shop: Shop) -> None:
    number, _maybe = People(shop).add(Changes({"name": "王芳", "city": "杭州", "extra.skin": "dry"}))
    seen = editing.read_card(shop, number)
    with Shop.open(shop.place.url, actor="Wang") as other:
        theirs = {"city": "宁波", "extra.skin": ""}
        assert editing.save(other, editing.read_card(other, number), theirs) is None
    conflict = editing.save(shop, seen, {"city": "温州"})
    assert conflict is not None
    assert conflict.actor == "Wang"
    assert conflict.theirs == {"city": "宁波", "extra.skin": ""}
    assert editing.read_card(shop, number).city == "宁波"  # nothing was written over it
    assert editing.save(shop, conflict.card, {"city": "温州"}) is None
    assert editing.read_card(shop, number).city == "温州"


def test_who_may_be_the_same_is_told_before_and_a_phone_of_somebody_elses_is_refused(shop: Shop) -> None:
    number = editing.add(shop, {"name": "王芳", "phone": "13800138000"})
    assert [(one.customer_id, one.reason) for one in editing.maybe_known(shop, {"name": "王芳"})] == [
        (number, "name")
    ]
    (found,) = editing.maybe_known(shop, {"phone": "138 0013 8000"})
    assert found.certain
    with pytest.raises(CrmError):
        editing.add(shop, {"name": "李娜", "phone": "13800138000"})
    with pytest.raises(UsageError):
        editing.add(shop, {"name": ""})
