"""A campaign's form: what it asks, what the typed words mean, what is refused and why."""

from __future__ import annotations

from typing import Any

import pytest

from crmcore.desk import campaign_edit, campaign_view
from crmcore.errors import CrmError, UsageError
from crmcore.shop import Shop

TYPED = {
    "name": "spring", "title": "Spring", "segment": "once", "channels": "phone", "text": "#客户昵称# hello",
    "purpose": "promotion", "node": "2026-11-11", "ahead": "phone=3", "control": "20", "budget": "100",
}  # fmt: skip


def test_a_campaign_is_made_of_typed_words_and_changed(sqlite_url: str) -> None:
    with Shop.open(sqlite_url, actor="Ann") as shop:
        assert "one_off" in [one.name for one in campaign_edit.kinds(shop)]
        asked = campaign_edit.questions(shop, "one_off", None)
        assert [one.name for one in asked][:4] == ["name", "title", "segment", "channels"]
        assert campaign_edit.make(shop, "one_off", TYPED) == "spring"
        body = shop.campaigns.get("spring").body
        assert (body.segment, body.channels, body.ahead, body.control) == (
            "once",
            ["phone"],
            {"phone": 3},
            0.2,
        )
        assert body.words("phone").text == "#客户昵称# hello"
        assert ("Goes out", "Phone call from 2026-11-08") in campaign_view.standing(shop, "spring").says
        values = {one.name: one.value for one in campaign_edit.questions(shop, None, "spring")}
        assert values["ahead"] == "phone=3"
        assert values["control"] == "20"
        assert "name" not in values
        campaign_edit.change(shop, "spring", {"segment": "Bought 2 times", "text": "hi"})
        body = shop.campaigns.get("spring").body
        assert (body.segment, body.words("phone").text) == ("twice", "hi")
        [line] = campaign_view.campaigns(shop)
        assert (line.title, line.shown_state, line.purpose) == ("Spring", "draft", "promotion")
        says = dict(campaign_view.standing(shop, "spring").says)
        assert says["For whom"] == "Bought 2 times"
        assert says["Control group"] == "20%"


def test_its_first_follow_up_is_typed_into_the_form(sqlite_url: str) -> None:
    then = {
        "then_after": "5",
        "then_channels": "email",
        "then_text": "#客户昵称# again",
        "then_subject": "Again",
    }
    with Shop.open(sqlite_url, actor="Ann") as shop:
        campaign_edit.make(shop, "one_off", {**TYPED, **then})
        further = {"after": 9, "messages": {"*": {"text": "last"}}}
        shop.campaigns.edit("spring", {"follow_ups": [*follow_ups(shop), further]})
        values = {one.name: one.value for one in campaign_edit.questions(shop, None, "spring")}
        assert {name: values[name] for name in then} == then
        campaign_edit.change(shop, "spring", {"then_after": "7"})
        assert [(one["after"], one["channels"]) for one in follow_ups(shop)] == [(7, ["email"]), (9, [])]
        says = dict(campaign_view.standing(shop, "spring").says)
        assert says["Follow-up 1"].endswith(": #客户昵称# again")
        campaign_edit.change(shop, "spring", {"then_after": "", "then_text": "", "then_channels": ""})
        assert [one["after"] for one in follow_ups(shop)] == [9]
        with pytest.raises(UsageError, match="after how many days"):
            campaign_edit.make(shop, "one_off", {**TYPED, "name": "two", "then_text": "again"})
        assert "from 1 to 365" in str(campaign_edit.wrong(shop, "then_after", "soon"))


def follow_ups(shop: Shop) -> list[dict[str, Any]]:
    return list(shop.campaigns.get("spring").body.as_json().get("follow_ups", []))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("segment", "onc", "there is no segment 'onc': did you mean"),
        ("channels", "pigeon", "there is no channel 'pigeon'"),
        ("ahead", "phone", "write CHANNEL=DAYS"),
        ("control", "95", "0 to 90"),
        ("control", "some", "is not a number"),
    ],
)
def test_what_is_wrong_with_a_field_is_said(sqlite_url: str, name: str, text: str, said: str) -> None:
    with Shop.open(sqlite_url, actor="Ann") as shop:
        assert said in str(campaign_edit.wrong(shop, name, text))
        with pytest.raises(CrmError):
            campaign_edit.make(shop, "one_off", {**TYPED, name: text})
        assert not shop.campaigns.all()


def test_days_ahead_without_the_day_are_refused(sqlite_url: str) -> None:
    with Shop.open(sqlite_url, actor="Ann") as shop, pytest.raises(UsageError, match="ahead need the day"):
        campaign_edit.make(shop, "one_off", {**TYPED, "node": ""})


@pytest.mark.parametrize(
    ("state", "can"), [("draft", True), ("paused", True), ("done", False), ("cancelled", False)]
)
def test_what_is_over_is_not_offered_an_end(state: str, can: bool) -> None:
    line = campaign_view.CampaignLine("spring", "Spring", "one_off", "promotion", state, "", "", "")
    assert line.can_end is can
