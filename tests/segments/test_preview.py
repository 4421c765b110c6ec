"""What an editor shows while a rule is written: exact in a small shop, an honest estimate where time is short."""

from __future__ import annotations

from threading import Thread

import pytest

from crmcore.errors import RuleError
from crmcore.hooks.facts import SegmentRule
from crmcore.rules.where import where
from crmcore.rules.yaml import RuleDocument, load_rule
from crmcore.segments.completion import fitting
from crmcore.segments.preview import Previews
from crmcore.store.stopping import Stop, StoppedError
from tests.segments.conftest import TODAY, Segmented, ago, bought, said
from tests.waiting import until


def rule(text: str) -> RuleDocument:
    return load_rule(f"name: draft\nwhere: {text}")


@pytest.fixture
def ten(shop: Segmented) -> list[int]:
    """Ten customers, of whom three bought a dress."""
    return [
        shop.customer(f"c{n}", *([bought(10_000, ago(5), "连衣裙")] if n < 3 else []), province="浙江")
        for n in range(10)
    ]


def test_a_small_shop_is_counted(shop: Segmented, ten: list[int]) -> None:
    found = Previews(shop.segments).look(rule("{orders: {gte: 1}}"), sample=2)
    assert found.as_json() | {"milliseconds": 0} == {
        "segment": "draft", "as_of": "2026-03-05", "count": 3, "share": 0.3, "everybody": 10, "exact": True,
        "margin": 0, "sample": [{"id": ten[0], "name": "c0"}, {"id": ten[1], "name": "c1"}], "milliseconds": 0,
    }  # fmt: skip
    assert found.milliseconds > 0
    assert Previews(shop.segments).look(rule("{orders: {gte: 1}}"), ago_days(9)).count == 0


def ago_days(days: int):
    from datetime import timedelta

    return TODAY - timedelta(days=days)


@pytest.mark.parametrize("text", ["{orders: {gte: 1}}", "{lines: {any: [{category: {eq: 连衣裙}}]}}"])
def test_where_time_is_short_chance_decides_and_the_rest_is_told(
    shop: Segmented, ten: list[int], text: str
) -> None:
    previews = Previews(shop.segments, chosen=5)
    hasty = previews.look(rule(text), patience=0)
    assert not hasty.exact
    assert abs(hasty.count - 3) <= hasty.margin
    assert {one.id for one in hasty.sample} <= set(ten[:3])
    again = previews.look(rule(text), patience=0)
    assert again.count == hasty.count  # numbers do not flicker
    patient = previews.look(rule(text), patience=30)
    assert (patient.count, patient.exact, patient.margin) == (3, True, 0)
    assert previews.look(rule(text), patience=None).exact


def test_the_estimate_of_nothing_admits_that_there_may_be_some(shop: Segmented, ten: list[int]) -> None:
    found = Previews(shop.segments, chosen=5).look(rule("{orders: {gte: 9}}"), patience=0)
    assert found.count == 0
    assert found.margin > 0


def test_the_estimate_of_a_part_is_told_of_everybody(shop: Segmented, ten: list[int]) -> None:
    found = Previews(shop.segments, chosen=5).look(rule("{orders: {gte: 0}}"), patience=0)
    assert (found.count, found.exact) == (10, False)


def test_what_changed_since_is_seen(shop: Segmented, ten: list[int]) -> None:
    previews = Previews(shop.segments)
    assert previews.look(rule("{orders: {gte: 0}}")).everybody == 10
    shop.customer("new")
    assert previews.look(rule("{orders: {gte: 0}}")).everybody == 11


def test_what_is_asked_of_everybody_is_asked_of_everybody(shop: Segmented, ten: list[int]) -> None:
    text = "name: draft\nparams: {top: {top_share: {field: total_spent, share: 0.5}}}\nwhere: {total_spent: {gte: $top}}"
    found = Previews(shop.segments, chosen=5).look(load_rule(text), patience=30)
    assert [one.id for one in found.sample] == ten[:2]


def test_a_rule_that_cannot_be_asked_says_why(shop: Segmented) -> None:
    with pytest.raises(RuleError, match="did you mean 'orders'"):
        Previews(shop.segments).look(rule("{order: {gte: 1}}"))
    with pytest.raises(RuleError, match="circle"):
        Previews(shop.segments).look(rule("{segment: draft}"))


def test_who_types_on_stops_it(shop: Segmented, ten: list[int]) -> None:
    stop = Stop()
    stop.ask()
    with pytest.raises(StoppedError):
        Previews(shop.segments).look(rule("{orders: {gte: 1}}"), stop=stop)


def test_who_types_on_while_everybody_is_asked_gets_no_estimate(shop: Segmented, ten: list[int]) -> None:
    stop = Stop()

    class TypingOn:
        """The segments; the next key is pressed when everybody is asked."""

        def __getattr__(self, name: str) -> object:
            return getattr(shop.segments, name)

        def question(self, *args: object, ids: object = None, **rest: object) -> object:
            if ids is None:
                stop.ask()
            return shop.segments.question(*args, ids=ids, **rest)

    with pytest.raises(StoppedError):
        Previews(TypingOn(), chosen=5).look(rule("{orders: {gte: 1}}"), stop=stop, patience=30)


def test_a_running_question_ends_when_it_is_asked_to(shop: Segmented) -> None:
    """A question that would take for ever: the database itself is stopped."""
    from crmcore.store.stopping import stoppable

    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    stop, ended = Stop(), []

    def ask() -> None:
        with shop.database.read() as connection:
            try:
                with stoppable(connection, stop):
                    connection.exec_driver_sql(endless).scalar()
            except StoppedError:
                ended.append(True)

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(0.05)
    until(lambda: stop.ask() or ended)  # the first time it may not have begun
    thread.join()
    with (
        shop.database.read() as connection,
        pytest.raises(StoppedError),
        stoppable(connection, Stop(), 0.02),
    ):
        connection.exec_driver_sql(endless).scalar()


def test_the_catalogue_says_what_fields_hold(shop: Segmented, ten: list[int]) -> None:
    shop.customer("talks", said("chat", ago(1), text="电话 13812345678"))
    shop.brings(SegmentRule("any", where("orders") >= 0))
    fields = {one.path: one for one in Previews(shop.segments).fields()}
    assert fields["total_spent"].fill == 1.0
    assert fields["total_spent"].samples == (0.0, 100.0)
    assert fields["province"].samples == ("浙江",)
    assert fields["province"].fill == pytest.approx(10 / 11)
    assert fields["categories"].as_json() == {
        "name": "categories", "stream": None, "type": "list", "title": {"zh": "购买类目", "en": "Categories bought"},
        "description": "categories of bought lines", "source": "crmcore",
        "operators": ["has", "any", "all", "exists"], "fill": 0.2727, "samples": ["连衣裙"],
    }  # fmt: skip
    assert fields["days_since_last_order"].samples == (5,)
    assert fields["lines.category"].samples == ("连衣裙",)
    assert fields["orders.at"].samples == ("2026-02-28",)
    assert fields["interactions.text"].fill == 1.0
    assert fields["interactions.text"].samples == ()  # what people wrote is nobody's sample


def test_typing_finds_fields_by_name_and_title(shop: Segmented) -> None:
    fields = Previews(shop.segments).fields(looked_at=False)
    assert fitting(fields, "省份")[0].path == "province"
    assert fitting(fields, "total_s")[0].path == "total_spent"
    assert fitting(fields, "orders.status")[0].path == "orders.status"
    assert fitting(fields, "zzz") == []
