"""`crm run-plugin`: what a plugin offers, what a command line means, and actions that use the shop."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from crmcore import Action
from crmcore.errors import CrmError, NotFoundError, PluginFailure, UsageError
from crmcore.hooks.offers import Choice, OfferKind, choose, offers
from crmcore.hooks.shop_view import About, Member


class Access:
    """A shop of 600 customers, as small as it can be: the store's own is tested with the store."""

    def __init__(self) -> None:
        self.logged: list[tuple[int, str, str, object]] = []

    def about(self) -> About:
        return About(date(2026, 3, 5), "CNY", "Asia/Shanghai", "zh")

    def segments(self) -> list[str]:
        return ["all", "few"]

    def count(self, segment: str) -> int:
        return len(self._ids(segment))

    def members(self, segment: str, after: int, limit: int) -> list[Member]:
        return [Member(i, f"客户{i}") for i in self._ids(segment) if i > after][:limit]

    def facts(self, customer_id: int) -> dict[str, object]:
        return {"total_spent": f"{customer_id}.50"}

    def log(self, customer_id: int, kind: str, text: str, due: datetime | date | None) -> int:
        self.logged.append((customer_id, kind, text, due))
        return len(self.logged)

    def _ids(self, segment: str) -> range:
        if segment not in self.segments():
            raise NotFoundError(f"there is no segment {segment!r}")
        return range(1, 601) if segment == "all" else range(1, 4)


def test_an_action_reads_and_writes_through_the_view(worker) -> None:
    shop = Access()
    result = worker("odd_actions").action("odd_actions", "thank", {"segment": "few", "days": 2}, shop)
    assert result == {"thanked": [1, 2, 3], "spent": "7.50", "until": "2026-03-07"}
    assert shop.logged == [(i, "note", f"thanked 客户{i}", date(2026, 3, 7)) for i in (1, 2, 3)]


def test_a_big_segment_comes_page_by_page(worker) -> None:
    shop = Access()
    result = worker("odd_actions").action("odd_actions", "thank", {"segment": "all"}, shop)
    assert result["thanked"] == list(range(1, 601))
    assert len({customer for customer, *_rest in shop.logged}) == 600


def test_a_refusal_of_the_shop_reaches_the_action_and_the_person(worker) -> None:
    one = worker("odd_actions")
    assert one.action("odd_actions", "recovers", {}, Access()) == "there is no segment 'no_such_segment'"
    with pytest.raises(
        PluginFailure, match="failed in action refuses: there is no segment 'no_such_segment'"
    ):
        one.action("odd_actions", "refuses", {}, Access())


def test_nothing_but_the_views_questions_is_answered(worker) -> None:
    one, shop = worker("odd_actions"), Access()
    with pytest.raises(PluginFailure, match="the shop cannot be asked for '__class__' with these arguments"):
        one.action("odd_actions", "sneaks", {}, shop)
    with pytest.raises(PluginFailure, match="the shop cannot be asked for 'log' with these arguments"):
        one.action("odd_actions", "mistakes", {}, shop)
    assert shop.logged == []


def test_a_silent_action_is_ended_and_a_wrong_result_is_told(worker) -> None:
    one = worker("odd_actions")
    with pytest.raises(PluginFailure, match=r"it gave no answer within 0\.5 s"):
        one.action("odd_actions", "waits", {}, Access(), timeout=0.5)
    with pytest.raises(PluginFailure, match="it returned object; text, numbers, days"):
        one.action("odd_actions", "returns_object", {}, Access())


def test_what_a_plugin_offers_with_its_main_action_first(manager) -> None:
    found = offers(manager("good"), "good")
    assert [(one.kind, one.name) for one in found] == [
        (OfferKind.RUN, "count"),
        (OfferKind.IMPORT, "good"),
        (OfferKind.COUNT, "quiet"),
        (OfferKind.REPORT, "order_count"),
        (OfferKind.SHOW, "id_squared"),
        (OfferKind.SHOW, "visit"),
        (OfferKind.SHOW, "segments"),
        (OfferKind.SHOW, "segments"),
    ]
    assert found[0].parameters == ("days: int = 7",)
    [thank, *_rest] = offers(manager("odd_actions"), "odd_actions")
    assert (thank.title, thank.description) == ("Thank", "Thank the customers of a segment.")
    assert thank.parameters == ("segment: str", "days: int = 7")


def test_a_plugin_alone_lists_what_it_offers(manager) -> None:
    assert choose(manager("good"), "good", []) == Choice("good", OfferKind.SHOW)


def test_arguments_go_to_the_named_action_or_the_main_one(manager) -> None:
    plugins = manager("good", "odd_actions")
    assert choose(plugins, "good", ["count", "3"]) == Choice(
        "good", OfferKind.RUN, "count", parameters={"days": 3}
    )
    assert choose(plugins, "good", ["3"]).parameters == {"days": 3}
    assert choose(plugins, "good", [], {"days": "4"}).parameters == {"days": 4}
    assert choose(plugins, "good", ["count"]).parameters == {}
    chosen = choose(plugins, "odd_actions", ["few"], {"days": "2"})
    assert (chosen.name, chosen.parameters) == ("thank", {"segment": "few", "days": 2})


@pytest.mark.parametrize(
    ("arguments", "sets", "reason"),
    [
        (["thank"], {}, "action 'thank' needs segment: --set segment=…"),
        (["thank", "few", "3", "4"], {}, "takes 2 arguments, there are 3"),
        (["thank", "few"], {"segment": "all"}, "'segment' is given twice"),
        (["thank", "few"], {"dayz": "1"}, "has no setting 'dayz'; did you mean 'days'"),
        (["thank", "few", "soon"], {}, "setting 'days': 'soon' does not fit: a whole number"),
        (["recovers"], {"days": "1"}, "it has none at all"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(manager, arguments, sets, reason: str) -> None:
    with pytest.raises(UsageError, match=reason.replace("(", r"\(")):
        choose(manager("odd_actions"), "odd_actions", arguments, sets)


def test_segments_and_importers_take_arguments_too(manager) -> None:
    plugins = manager("lapsed_two", "odd_importers", "core_kind")
    assert choose(plugins, "lapsed_two", ["long_lapsed"]) == Choice(
        "lapsed_two", OfferKind.COUNT, arguments=("long_lapsed",)
    )
    assert choose(plugins, "odd_importers", ["a.csv"]).name == ""  # whichever knows the file
    chosen = choose(plugins, "odd_importers", ["slow", "a.csv", "b.csv"])
    assert (chosen.name, chosen.arguments) == ("slow", ("a.csv", "b.csv"))
    with pytest.raises(NotFoundError, match="no segment 'long_lapse'; did you mean 'long_lapsed'"):
        choose(plugins, "lapsed_two", ["long_lapse"])
    with pytest.raises(UsageError, match="has no action that takes --set"):
        choose(plugins, "lapsed_two", ["lapsed"], {"days": "3"})
    with pytest.raises(UsageError, match="offers nothing that takes arguments"):
        choose(plugins, "core_kind", ["tea"])


def test_an_action_is_checked_when_it_is_made() -> None:
    with pytest.raises(CrmError, match="action x: its function is none"):
        Action("x", "not a function")  # type: ignore[arg-type]
    with pytest.raises(CrmError, match="action x: its parameters must be a dataclass"):
        Action("x", print, parameters=dict)
    with pytest.raises(CrmError, match="action x: its function takes `shop`, or"):
        Action("x", lambda shop, segment: None)
    with pytest.raises(CrmError, match="action x: its function takes `shop`, or"):
        Action("x", lambda shop: None, parameters=Choice)
