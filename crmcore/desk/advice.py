"""What to say now: the core's own lines, and what plugins add; and the plugins' panels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from crmcore.desk.brief import Alert, Brief
from crmcore.errors import PluginFailure
from crmcore.i18n import gettext as _
from crmcore.i18n import in_words, title_of
from crmcore.records.clock import zone
from crmcore.records.money import to_major
from crmcore.rules.fields import FieldType
from crmcore.shop import Shop

# Plugins are asked once the card is painted; what that takes is imported then, too.
if TYPE_CHECKING:
    from crmcore.hooks.advice import Advice, Panel
    from crmcore.records.history import History

# How long one plugin may take for one card, and how often it may fail before it is left alone.
SECONDS = 2.0
_LOSSES = 3


@dataclass(frozen=True)
class Line:
    """One thing to say now, why, and who says so: "crmcore" or a plugin's name."""

    text: str
    reason: str
    source: str = "crmcore"


def core_advice(brief: Brief) -> tuple[Line, ...]:
    """What complaints, promises and call-backs that are due ask for, in this order."""
    return tuple(_lines(brief))


def _lines(brief: Brief) -> Iterator[Line]:
    for one in brief.alerts:
        text = _text(one)
        if text:
            yield Line(text, f"{one.title} #{one.id}")


def _text(alert: Alert) -> str:
    if alert.kind == "complaint":
        return _("tell her first how her complaint stands: {text}").format(text=alert.text)
    if alert.kind == "promise":
        return _("make good what was promised: {text}").format(text=alert.text)
    if alert.kind == "call" and alert.today:
        return _("the call-back is due: {text}").format(text=alert.text)
    if alert.kind == "inquiry":
        return _("she had asked: {text}").format(text=alert.text)
    return ""


@dataclass(frozen=True)
class Box:
    """A plugin's panel: its lines, or why there are none (`failed`)."""

    title: str
    lines: tuple[str, ...]
    source: str
    failed: str = ""


@dataclass(frozen=True)
class Added:
    """What the plugins add to a card; `failures` are sentences about those whose advice is missing."""

    lines: tuple[Line, ...] = ()
    boxes: tuple[Box, ...] = ()
    failures: tuple[str, ...] = ()


class Adviser:
    """Asks the plugins of one open shop about a customer; nothing that they do is raised.

    One that fails or hangs too often is left alone from then on: every card would wait for it.
    """

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._losses: Counter[tuple[str, str]] = Counter()

    @property
    def has_plugins(self) -> bool:
        """Whether any plugin has something for cards."""
        plugins = self.shop.plugins
        return bool(len(plugins.advice()) or len(plugins.panels()))

    def about(self, brief: Brief) -> Added:
        """What the plugins say about her; runs in worker processes and may take seconds."""
        shop = self.shop
        if not self.has_plugins:
            return Added()
        from crmcore.store.events import streams
        from crmcore.store.histories import load_histories

        with shop.database.read() as connection:
            kinds = tuple(shop.kinds.values())
            found = load_histories(
                connection, [brief.id], streams(None, kinds=kinds), shop.clock(), shop.settings.currency
            )
        if not found:
            return Added()
        facts = facts_for_plugins(shop, brief)
        lines: list[Line] = []
        boxes: list[Box] = []
        failures: list[str] = []
        for plugin, advice in shop.plugins.advice().values:
            said = self._ask(plugin, "crm_advice", advice, "say", found[0], facts)
            if isinstance(said, str):
                failures.append(said)
            else:
                lines += [Line(one.shown, one.because, plugin) for one in said]
        for plugin, panel in shop.plugins.panels().values:
            title = title_of(panel.zh, panel.en) or panel.name
            said = self._ask(plugin, "crm_panels", panel, "lines", found[0], facts)
            if isinstance(said, str):
                boxes.append(Box(title, (), plugin, said))
            elif said:
                boxes.append(Box(title, tuple(map(in_words, said)), plugin))
        return Added(tuple(lines), tuple(boxes), tuple(failures))

    def _ask(
        self,
        plugin: str,
        hook: str,
        item: Advice | Panel,
        method: str,
        history: History,
        facts: dict[str, Any],
    ) -> list[Any] | str:
        """What it says, or the sentence about its failure."""
        name, norms = item.name, self.shop.norms.tables(plugin, item.norms) if item.norms else {}
        if self._losses[plugin, name] >= _LOSSES:
            words = _("{plugin}: {name} failed {count} times and is left out until crm is started anew")
            return words.format(plugin=plugin, name=name, count=_LOSSES)
        try:
            said: list[Any] = self.shop.worker.call(
                plugin, hook, name, method, history, facts, norms, timeout=SECONDS
            )
        except PluginFailure as failure:
            self._losses[plugin, name] += 1
            return f"{plugin}: {failure.reason}"
        return said


def facts_for_plugins(shop: Shop, brief: Brief) -> dict[str, Any]:
    """Her facts as plugins read them, the days that follow from dates among them; absent ones are missing."""
    from crmcore.rules.memory import value_of

    clock, currency = shop.clock(), shop.settings.currency
    found = {}
    for field in shop.catalogue:
        value = value_of(field, brief.card.facts, clock)
        if value is None:
            continue
        if field.type is FieldType.MONEY:
            value = to_major(value, currency)
        elif field.type is FieldType.INSTANT:
            value = datetime.fromtimestamp(value, zone(clock.zone))
        elif field.type is FieldType.DATE:
            value = date.fromisoformat(value)
        found[field.name] = value
    return found
