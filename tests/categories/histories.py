"""Made-up histories: a customer in a few words, and what a category plugin says about her."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from crmcore import Advice, Fact, History, Line, NormTable, OrderView, Panel, Say, SegmentRule
from crmcore.calendar.calendar import _built_in
from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.fact_values import checked_value
from crmcore.hooks.manager import PluginManager
from crmcore.records.history import InteractionView

ZONE = "Asia/Shanghai"
TODAY = date(2026, 3, 5)
D = timedelta(days=1)


def seconds(day: date) -> int:
    """Noon of the day in the shop's zone."""
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(ZONE)).timestamp())


def goods(title: str, category: str | None = None, pieces: int = 1, options: str = "") -> dict[str, Any]:
    """A line of an order; its SKU is its title."""
    return {"title": title, "sku": title, "category": category, "quantity": pieces, "options": options}


@dataclass
class She:
    """A customer in the making; every method returns her."""

    today: date = TODAY
    profile: dict[str, str] = field(default_factory=dict)
    orders: list[OrderView] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    back: list[Line] = field(default_factory=list)
    said: list[InteractionView] = field(default_factory=list)

    def bought(self, day: date, *what: Mapping[str, Any] | str, returned: bool = False, **order: Any) -> She:
        """An order of that day, paid; with `returned` refunded in full."""
        number = len(self.orders) + 1
        at = seconds(day)
        amount = 10_000 * max(len(what), 1)
        minor = {"ordered_total": amount, "paid_total": amount, "refunded_total": 0, "net_total": amount}
        if returned:
            minor |= {"refunded_total": amount, "net_total": 0}
        base = {"id": number, "number": str(number), "status": "completed", "bought": not returned}
        base |= {"source": "t", "channel": None, "source_tag": None, "currency": "CNY", "zone": ZONE}
        base |= {"province": None, "city": None, "minor": minor}
        at_seconds = {"at": at, "placed_at": at, "paid_at": at, "closed_at": None, "refunded_at": None}
        self.orders.append(OrderView(**(base | {"seconds": at_seconds} | order)))
        lines = self.back if returned else self.lines
        for one in what:
            row = goods(one) if isinstance(one, str) else dict(one)
            row |= {"currency": "CNY", "source": "t", "source_tag": None, "order_id": number, "zone": ZONE}
            row |= {"at_seconds": at, "paid_seconds": at, "unit_price_minor": 10_000, "total_minor": 10_000}
            lines.append(Line(**row))
        return self

    def told(self, day: date, kind: str, text: str = "", **more: Any) -> She:
        """An interaction of that day."""
        base = {"id": len(self.said) + 1, "kind": kind, "text": text, "state": None, "open": False}
        base |= {"owner": None, "channel": None, "rating": None, "zone": ZONE, "at_seconds": seconds(day)}
        base |= {"due_seconds": None, "payload_json": None}
        self.said.append(InteractionView(**(base | more)))
        return self

    def history(self, today: date | None = None) -> History:
        """Her history, newest first."""
        return History(
            7,
            today or self.today,
            "CNY",
            self.profile,
            (),
            tuple(sorted(self.orders, key=lambda one: -one.seconds["at"])),  # type: ignore[operator]
            tuple(sorted(self.lines, key=lambda one: -one.paid_seconds)),
            tuple(sorted(self.said, key=lambda one: -one.at_seconds)),
            tuple(sorted(self.back, key=lambda one: -one.paid_seconds)),
        )


class Category:
    """A bundled plugin as shops have it, with settings of theirs: asked in this process."""

    def __init__(self, name: str, settings: Mapping[str, object] | None = None) -> None:
        self.name = name
        config = PluginConfig(settings={name: settings or {}}, only=frozenset([name]))
        self.manager = PluginManager.load(config)
        assert self.manager.failures == []
        self.module: ModuleType = self.manager._slot(name).module  # type: ignore[assignment]

    def fact(self, name: str, she: She | History, norms: Mapping[str, NormTable] | None = None) -> Any:
        """The fact as a card would keep it."""
        fact: Fact = next(one for one in self.manager.facts() if one.name == name)
        history = she.history() if isinstance(she, She) else replace(she, _once={})
        given = self.manager.fact_settings(self.name, fact)
        given |= {norm: (norms or {}).get(norm, NormTable()) for norm in fact.norms}
        return checked_value(str(fact.type), fact.function(history, **given))

    def facts(self, she: She | History, norms: Mapping[str, NormTable] | None = None) -> dict[str, Any]:
        """All facts that she has."""
        found = {one.name: self.fact(one.name, she, norms) for one in self.manager.facts()}
        return {name: value for name, value in found.items() if value is not None}

    def says(
        self,
        she: She,
        norms: Mapping[str, NormTable] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> list[Say]:
        """What its advice says, with her facts and the days that follow from dates."""
        known = self._known(she, norms) | dict(facts or {})
        advice: list[Advice] = list(self.manager.advice())
        return [said for one in advice for said in one.say(she.history(), known, norms)]

    def panel(self, she: She, norms: Mapping[str, NormTable] | None = None) -> list[Any]:
        """The lines of its panels."""
        panels: list[Panel] = list(self.manager.panels())
        known = self._known(she, norms)
        return [line for one in panels for line in one.lines(she.history(), known, norms)]

    def segments(self) -> dict[str, SegmentRule]:
        """Its segments by name."""
        return {one.name: one for one in self.manager.segment_rules()}

    def _known(self, she: She, norms: Mapping[str, NormTable] | None) -> dict[str, Any]:
        found = self.facts(she, norms)
        for name, value in list(found.items()):
            if isinstance(value, date) and not isinstance(value, datetime):
                found[f"days_since_{name}"] = (she.today - value).days
                found[f"days_until_{name}"] = (value - she.today).days
        counts = dict.fromkeys(("complaints_open", "reviews_bad", "orders_refunded"), 0)  # on every card
        return found | counts | {"orders": len(she.history().orders())}


def zh(said: Sequence[Say]) -> list[str]:
    """The Chinese texts of what is said."""
    return [one.text if isinstance(one.text, str) else one.text["zh"] for one in said]


def china() -> dict[str, NormTable]:
    """The calendar as shops have it, as the norm that plugins name."""
    occasions = [occasion for _name, occasion in _built_in(2026)]
    rows: dict[str, dict[str, str]] = {
        one.name: {"zh": one.zh, "en": one.en, "kind": one.kind}
        | {str(year): period.main.isoformat() for year, period in one.periods.items()}
        for one in occasions
    }
    return {"calendar": NormTable(rows, TODAY)}
