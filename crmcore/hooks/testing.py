"""`crm plugin test NAME`: load a plugin in a worker process, run all it brings on samples, report.

The plugin is never loaded in this process, so that even one that hangs while it is imported can be tested.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from crmcore.errors import PluginFailure
from crmcore.hooks import samples
from crmcore.hooks.advice import Say
from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.frames import Broken, Request
from crmcore.hooks.manager import PluginManager
from crmcore.hooks.results import ON
from crmcore.hooks.self_description import declared_fields
from crmcore.hooks.worker import Worker
from crmcore.i18n import gettext as _
from crmcore.i18n import in_words, joined
from crmcore.records.interaction import BAD_RATING

if TYPE_CHECKING:
    from crmcore.hooks.norms import NormTable
    from crmcore.hooks.self_description import Brought, Description
    from crmcore.records.history import History
    from crmcore.rules.around import Around
    from crmcore.rules.fields import Field

    NormsOf = Callable[[Sequence[str]], Mapping[str, NormTable]]

OK, WARNING, ERROR = "ok", "warning", "error"
_CARD_SECONDS = 2.0  # for one customer, as on a card
_ON_CARDS = {"Advice": ("crm_advice", "say"), "Panel": ("crm_panels", "lines")}
_CHANNEL_JOBS = "crmcore.hooks.channel_jobs"
_LOAD_SECONDS = 10.0  # somebody is waiting for the report


@dataclass(frozen=True)
class Finding:
    """One line of the report. `level`: ok, warning, error; `what` was tried; `detail`: a traceback."""

    level: str
    what: str
    message: str
    detail: str = ""


class Card:
    """A customer that a plugin is tried on, with what is known of her facts so far."""

    def __init__(self, history: History) -> None:
        self.history = history
        bad = [one for one in history.interactions("review") if (one.rating or 0) <= BAD_RATING]
        self.facts: dict[str, Any] = {
            "orders": len(history.orders()),
            "orders_refunded": len({line.order_id for line in history.returned()}),
            "complaints_open": sum(one.open for one in history.interactions("complaint")),
            "reviews_bad": len(bad),
            "tags": history.tags,
            **history.profile,
        }

    def note(self, name: str, value: object) -> None:
        """Keep a fact of the plugin's, and the days that follow from a date."""
        if value is None or isinstance(value, Broken):
            return
        self.facts[name] = value
        day = value.date() if isinstance(value, datetime) else value
        if isinstance(day, date):
            self.facts[f"days_since_{name}"] = (self.history.today - day).days
            self.facts[f"days_until_{name}"] = (day - self.history.today).days


def test_plugin(
    config: PluginConfig,
    name: str,
    *,
    histories: Sequence[History] | None = None,  # noqa: PT028 - it tests plugins; pytest has no part in it
    other_fields: Sequence[Field] | None = None,  # noqa: PT028
    around: Around | None = None,  # noqa: PT028
    norms: NormsOf | None = None,  # noqa: PT028
) -> list[Finding]:
    """Try everything a plugin brings; the findings, errors included, in the order of trying.

    `histories`: customers to try facts on, made-up ones by default. `other_fields`: facts of other plugins
    that its segments may name, by default those that are switched on here. `around`: the calendar that they
    may name. `norms`: the tables that facts and advice read, by name; by default empty ones. Actions are
    listed and not run: they may write. A plugin that is switched off can be tried too. Raises nothing that a
    plugin raises.
    """
    found: list[Finding] = []
    others = _others(config, name) if other_fields is None else tuple(other_fields)
    alone = replace(config.narrowed(name), disabled=config.disabled - {name})
    with Worker(alone, load_seconds=_LOAD_SECONDS) as worker:
        try:
            description = worker.describe(name, others, around)
        except PluginFailure as failure:
            return [Finding(ERROR, failure.what, failure.reason, failure.detail), *_printed(worker)]
        found += _loading(description)
        cards = [Card(one) for one in (samples.histories() if histories is None else histories)]
        for one in description.brought:
            try:
                found += _try(worker, name, one, cards, norms(one.norms) if norms and one.norms else {})
            except PluginFailure as failure:
                found.append(Finding(ERROR, failure.what, failure.reason, failure.detail))
    return found + _printed(worker)


# pytest takes every function called test_… for one of its own.
test_plugin.__test__ = False  # type: ignore[attr-defined]


def _others(config: PluginConfig, name: str) -> tuple[Field, ...]:
    manager = PluginManager.load(replace(config, disabled=config.disabled | {name}, write_log=False))
    return tuple(declared_fields(manager))


def _loading(description: Description) -> list[Finding]:
    info = description.info
    if info is None:
        return [Finding(ERROR, "loading", _("there is no such plugin"))]
    found = [Finding(ERROR, what, reason, detail) for what, reason, detail in description.failures]
    if info.state != ON and not found:
        found.append(Finding(ERROR, "loading", info.error or _("it is switched off")))
    if not found:
        hooks = joined(info.hooks)
        found.append(
            Finding(OK, "loading", _("loaded from {source}: {hooks}").format(source=info.source, hooks=hooks))
        )
    if info.seconds > 1:
        text = _("loading took {seconds:.1f} s; every start of crm waits for it").format(seconds=info.seconds)
        found.append(Finding(WARNING, "loading", text))
    return found


def _try(
    worker: Worker, plugin: str, one: Brought, cards: Sequence[Card], norms: Mapping[str, NormTable]
) -> list[Finding]:
    if one.problem:
        return [Finding(ERROR, f"{one.title} {one.name}", one.problem)]
    if one.cls == "Fact":
        return [_fact(worker, plugin, one.name, cards, norms)]
    if one.cls == "TableImporter":
        found = [_column(worker, plugin, one.name, method, count) for method, count in one.methods]
        hint = _("try it on a file: crm import FILE --as {name} --dry-run").format(name=one.name)
        return [*found, Finding(OK, f"importer {one.name}", hint)]
    if one.cls in _ON_CARDS:
        return [_on_cards(worker, plugin, one, cards, norms)]
    if one.cls == "Channel":
        return [_channel(worker, plugin, one.name)]
    if one.cls == "Action":
        hint = _("not run: it may write. Try it: crm run-plugin {plugin} {name}").format(
            plugin=plugin, name=one.name
        )
        return [Finding(OK, f"action {one.name}", hint)]
    return [Finding(OK, f"{one.title} {one.name}", _("fits"))]


def _fact(
    worker: Worker, plugin: str, name: str, cards: Sequence[Card], norms: Mapping[str, NormTable]
) -> Finding:
    what = f"fact {name}"
    values = worker.facts(plugin, name, [card.history for card in cards], norms=norms)
    for card, value in zip(cards, values, strict=True):
        card.note(name, value)
    if broken := _broken(what, values):
        return broken
    given = [value for value in values if value is not None]
    text = _("{given} of {all} customers have a value").format(given=len(given), all=len(values))
    if not given:
        return Finding(WARNING, what, text)
    return Finding(OK, what, _("{text}, such as {example}").format(text=text, example=given[0]))


def _on_cards(
    worker: Worker, plugin: str, one: Brought, cards: Sequence[Card], norms: Mapping[str, NormTable]
) -> Finding:
    """Advice and panels, asked about every customer with the plugin's facts and what needs no database."""
    hook, method = _ON_CARDS[one.cls]
    what = f"{one.title} {one.name}"
    given: list[str] = []
    for card in cards:
        said = worker.call(
            plugin, hook, one.name, method, card.history, card.facts, norms, timeout=_CARD_SECONDS
        )
        given += [item.shown if isinstance(item, Say) else in_words(item) for item in said[:1]]
    text = _("{given} of {all} customers have lines").format(given=len(given), all=len(cards))
    if not given:
        return Finding(WARNING, what, text)
    return Finding(OK, what, _("{text}, such as {example}").format(text=text, example=given[0]))


def _channel(worker: Worker, plugin: str, name: str) -> Finding:
    """A channel, asked where it would send to and how messages would go out; nothing is sent."""
    what = f"channel {name}"
    addresses, checks = (
        [
            one
            for part in worker.run(Request(f"{_CHANNEL_JOBS}:{job}", plugin, (name, things), 5.0), what)
            for one in part
        ]
        for job, things in (("address", samples.CONTACTS), ("check", samples.messages()))
    )
    reached = [one for one in addresses if one is not None and not one.problem]
    text = _("reaches {reached} of {all} made-up customers; messages go in up to {parts} parts").format(
        reached=len(reached), all=len(addresses), parts=max(one.parts for one in checks)
    )
    return Finding(OK if reached else WARNING, what, text)


def _column(worker: Worker, plugin: str, importer: str, method: str, count: int) -> Finding:
    what = f"importer {importer}, column {method}"
    values = worker.column(plugin, importer, method, samples.cells(count))
    return _broken(what, values) or Finding(OK, what, _("{count} values tried").format(count=len(values)))


def _broken(what: str, values: list[Any]) -> Finding | None:
    broken = [value for value in values if isinstance(value, Broken)]
    if not broken:
        return None
    text = _("{reason} (for {count} of {all})").format(
        reason=broken[0].reason, count=len(broken), all=len(values)
    )
    return Finding(ERROR, what, text)


def _printed(worker: Worker) -> list[Finding]:
    """What the plugin printed: nobody sees it in daily work, its author does here."""
    worker.close()
    text = worker.printed.strip()
    return [Finding(WARNING, "output", _("it prints; nobody will see that"), text)] if text else []
