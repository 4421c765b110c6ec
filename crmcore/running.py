"""Doing what a plugin offers on request: `crm run-plugin`, and the palette of the terminal UI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from crmcore.access import Access
from crmcore.errors import RuleError, UsageError
from crmcore.hooks.offers import Choice, Offer, OfferKind, choose, offers
from crmcore.hooks.settings import SettingError
from crmcore.shop import Shop

if TYPE_CHECKING:
    from crmcore.analytics.results import Result


@dataclass(frozen=True)
class Offered:
    """One thing a plugin offers; `count` is how many customers a segment has, `error` why it has none."""

    offer: Offer
    count: int | None = None
    error: str | None = None

    def as_json(self) -> dict[str, object]:
        """Plain data for `--json`."""
        named = {"name": self.offer.name, "kind": self.offer.kind.value, "title": self.offer.title}
        more = {"description": self.offer.description, "parameters": list(self.offer.parameters)}
        return {**named, **more, "count": self.count, "error": self.error}


@dataclass(frozen=True)
class Done:
    """What a plugin did: plain JSON, sentences for people, and whether something waits for somebody.

    `report` is the report that was worked out, for whoever shows it as tables.
    """

    plugin: str
    action: str
    result: object
    warnings: list[str] = field(default_factory=list)
    set_aside: bool = False
    report: Result | None = None


def offered(shop: Shop, plugin: str) -> list[Offered]:
    """What the plugin offers, with counts; raises `NotFoundError` for one that is not there or not on."""
    return [_counted(shop, offer) for offer in offers(shop.plugins, plugin)]


def run(shop: Shop, plugin: str, arguments: Sequence[str], sets: Mapping[str, str]) -> Done:
    """Run what the arguments choose; without any, tell what the plugin offers.

    Raises `NotFoundError` for what is not offered, `UsageError` for arguments that do not fit,
    `PluginFailure` when the plugin's code fails.
    """
    shop.permit("run-plugin")
    choice = choose(shop.plugins, plugin, arguments, sets)
    if choice.kind is OfferKind.IMPORT:
        return _import(shop, choice)
    if choice.kind is OfferKind.COUNT:
        counts = [shop.segments.count(name).as_json() for name in choice.arguments]
        return Done(plugin, choice.kind.value, counts)
    if choice.kind is OfferKind.SHOW:
        return Done(plugin, choice.kind.value, [one.as_json() for one in offered(shop, plugin)])
    if choice.kind is OfferKind.REPORT:
        return _report(shop, choice)
    before = len(shop.plugins.failures)
    result = shop.worker.action(plugin, choice.name, dict(choice.parameters or {}), Access(shop))
    warnings = [str(failure) for failure in shop.plugins.failures[before:]]
    return Done(plugin, choice.name, result, warnings, bool(warnings))


def _counted(shop: Shop, offer: Offer) -> Offered:
    if offer.kind is not OfferKind.COUNT:
        return Offered(offer)
    try:
        return Offered(offer, shop.segments.count(offer.name).count)
    except RuleError as error:
        return Offered(offer, error=str(error))


def _report(shop: Shop, choice: Choice) -> Done:
    from crmcore.analytics import show  # actions and imports need no analytics

    try:
        result = shop.reports.run(choice.name, choice.typed)
    except SettingError as error:
        raise UsageError(str(error)) from None
    return Done(choice.plugin, choice.kind.value, show.document(result), report=result)


def _import(shop: Shop, choice: Choice) -> Done:
    results = shop.imports.run([Path(name) for name in choice.arguments], as_name=choice.name or None)
    warnings = [warning for one in results for warning in one.warnings]
    waiting = bool(warnings) or any(one.counts.rejected for one in results)
    return Done(choice.plugin, choice.kind.value, [one.as_json() for one in results], warnings, waiting)
