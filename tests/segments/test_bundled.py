"""The bundled segments, loaded as plugins, over people who stand at every edge of their bands."""

from __future__ import annotations

import pytest

from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.manager import PluginManager
from crmcore.records.clock import Clock
from crmcore.store.database import Database
from tests.segments.conftest import Segmented, ago, bought, ordered, said

BUNDLED = ("purchase_frequency", "lapse", "order_value", "non_buyers", "key_customers")


def shop_with(database: Database, clock: Clock, settings: dict | None = None) -> Segmented:
    """A shop with the bundled segments at these settings."""
    manager = PluginManager.load(PluginConfig(settings=settings or {}, only=frozenset(BUNDLED)))
    rules = manager.segment_rules().values
    assert manager.failures == []
    return Segmented(database, clock, rules)


@pytest.fixture
def shop(database: Database, clock: Clock) -> Segmented:
    return shop_with(database, clock)


def names(shop: Segmented, customer_id: int) -> set[str]:
    """Every segment that the customer is in."""
    return {one.name for one in shop.segments.all() if customer_id in shop.ids(one.name)}


def test_frequency(shop: Segmented) -> None:
    """S119: once, twice, many times. G2: what is not paid, or refunded in full, is no purchase."""
    people = {
        n: shop.customer(str(n), *[bought(100, ago(5)) for _order in range(n)], ordered(100, ago(5)))
        for n in range(5)
    }
    refunded = shop.customer("r", bought(100, ago(5)), bought(0, ago(5), refunded_total=100))
    assert shop.ids("once") == [people[1], refunded]
    assert shop.ids("twice") == [people[2]]
    assert shop.ids("three_or_more") == [people[3], people[4]]


def test_lapse(shop: Segmented) -> None:
    """S121, G1: active, 90, 180, 365 days; every buyer is in exactly one band, a day belongs to the later."""
    edges = {
        days: shop.customer(str(days), bought(100, ago(days)))
        for days in (0, 89, 90, 179, 180, 364, 365, 900)
    }
    shop.customer("never")
    assert shop.ids("active") == [edges[0], edges[89]]
    assert shop.ids("lapsed_90") == [edges[90], edges[179]]
    assert shop.ids("lapsed_180") == [edges[180], edges[364]]
    assert shop.ids("lapsed_365") == [edges[365], edges[900]]


def test_order_value(shop: Segmented) -> None:
    """S120, G1: below 100, 100-300, 300-500, 500 and more; 300 belongs to 300-500."""
    amounts = (0, 9_999, 10_000, 29_999, 30_000, 49_999, 50_000, 10**9)
    edges = {amount: shop.customer(str(amount), bought(amount, ago(5))) for amount in amounts}
    shop.customer("never")
    assert shop.ids("aov_below_100") == [edges[0], edges[9_999]]
    assert shop.ids("aov_100_300") == [edges[10_000], edges[29_999]]
    assert shop.ids("aov_300_500") == [edges[30_000], edges[49_999]]
    assert shop.ids("aov_500_up") == [edges[50_000], edges[10**9]]


def test_non_buyers(shop: Segmented) -> None:
    """S131: enquiries, closed orders, refunds, disputes, bad reviews."""
    asked = said("inquiry", ago(3), state="open")
    closed = ordered(100, ago(9), status="closed", closed_at=ago(8))
    refunded = bought(0, ago(5), refunded_total=100)
    people = {
        "asked": shop.customer("asked", asked),
        "asked and bought": shop.customer("b", asked, bought(100, ago(2))),
        "unpaid": shop.customer("unpaid", ordered(100, ago(9))),
        "closed": shop.customer("closed", closed),
        "refunded": shop.customer("refunded", refunded, closed),
        "refunded and bought": shop.customer("rb", refunded, bought(100, ago(2))),
        "bad": shop.customer("bad", bought(100, ago(2)), said("review", ago(1), payload='{"rating": -1}')),
        "good": shop.customer("good", bought(100, ago(2)), said("review", ago(1), payload='{"rating": 1}')),
        "dispute": shop.customer("d", bought(100, ago(2)), said("complaint", ago(1), state="open")),
        "settled": shop.customer("s", bought(100, ago(2)), said("complaint", ago(1), state="closed")),
    }
    assert shop.ids("asked_never_bought") == [people["asked"]]
    assert shop.ids("unpaid_or_closed_only") == [people["unpaid"], people["closed"]]
    assert shop.ids("refunded_in_full") == [people["refunded"]]
    assert shop.ids("bad_review") == [people["bad"]]
    assert shop.ids("complaint_open") == [people["dispute"]]
    assert names(shop, people["good"]) - {"key_customers"} == {"once", "active", "aov_below_100"}


def test_key_customers(shop: Segmented) -> None:
    """S129, S127: the fewest who bring 80 % of the spending; here two of ten bring 82 %."""
    big = [shop.customer("big", bought(41_000, ago(5))) for _n in range(2)]
    for _n in range(8):
        shop.customer("small", bought(2_250, ago(5)))
    assert shop.ids("key_customers") == big


def test_bands_are_settings_and_the_names_follow(sqlite_database: Database, clock: Clock) -> None:
    """G1: every band is editable."""
    settings = {
        "lapse": {"bands": [30, 60]},
        "order_value": {"bands": [50]},
        "purchase_frequency": {"many": 5},
        "key_customers": {"share": 0.5},
    }
    shop = shop_with(sqlite_database, clock, settings)
    found = {one.name: one for one in shop.segments.all()}
    assert {"active", "lapsed_30", "lapsed_60", "aov_below_50", "aov_50_up", "twice"} <= found.keys()
    assert not {"lapsed_90", "aov_100_300"} & found.keys()
    assert found["twice"].en == "Bought 2–4 times"
    assert found["key_customers"].zh == "核心客户（贡献50%消费）"
    four = shop.customer("four", *[bought(6_000, ago(31)) for _n in range(4)])
    assert names(shop, four) == {"twice", "lapsed_30", "aov_50_up", "key_customers"}


@pytest.mark.parametrize(
    ("plugin", "values"),
    [
        ("lapse", {"bands": [180, 90]}),
        ("lapse", {"bands": []}),
        ("order_value", {"bands": [0, 100]}),
        ("purchase_frequency", {"many": 2}),
        ("key_customers", {"share": 80}),
        ("key_customers", {"share": "most"}),
    ],
)
def test_settings_that_make_no_bands_are_refused(plugin: str, values: dict) -> None:
    manager = PluginManager.load(PluginConfig(settings={plugin: values}, only=frozenset(BUNDLED)))
    (failure,) = manager.failures
    assert failure.plugin == plugin
    others = {name for name, _rule in manager.segment_rules().values}
    assert others == set(BUNDLED) - {plugin}


def test_every_segment_has_titles_in_both_languages() -> None:
    manager = PluginManager.load(PluginConfig(only=frozenset(BUNDLED)))
    assert [rule.name for rule in manager.segment_rules() if not (rule.zh and rule.en)] == []
