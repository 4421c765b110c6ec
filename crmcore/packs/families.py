"""The families of documents that a pack may hold, and what a document of each must look like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, get_args

from crmcore.analytics.tiles import What
from crmcore.campaigns.body import body_from
from crmcore.errors import CrmError, MappingError, RuleError, UsageError
from crmcore.i18n import gettext as _
from crmcore.importing.mapping import load_mapping
from crmcore.messages.words import NAME as BANNED_WORDS
from crmcore.packs.calendar_documents import CalendarShape
from crmcore.packs.faults import Faults, Path, spoken_of
from crmcore.packs.message_documents import TemplateShape, check_words
from crmcore.packs.rule_documents import RuleShape
from crmcore.packs.shapes import (
    LONGEST_TEXT,
    SLUG,
    YEARS,
    Bool,
    Choice,
    ListOf,
    MapOf,
    Number,
    Plain,
    Record,
    Shape,
    Slug,
    Text,
    Texts,
    plain,
)
from crmcore.regions.regions import TABLE as CITY_TIERS
from crmcore.regions.regions import read_tiers
from crmcore.rules.yaml_tree import load_tree

# What a setting is called that nobody should give to others.
SECRET = re.compile(
    r"(password|passwd|pwd|secret|token|api_?key|access_?key|private_?key|credential|cookie|密码|口令|密钥|令牌)",
    re.I,
)
# A plan in a pack is a draft; what would set it going is the shop's to say.
_SENDS = (
    "state",
    "status",
    "active",
    "enabled",
    "scheduled",
    "scheduled_at",
    "send_at",
    "start_at",
    "auto",
    "sent",
)
_LONG = Texts(Text(LONGEST_TEXT, line=False))
_TITLED = {"title": Texts(), "description": Texts(Text(2_000, line=False))}


@dataclass(frozen=True)
class MappingShape:
    """A mapping file's content (`crm import --mapping`)."""

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The mapping as JSON."""
        if not isinstance(value, Mapping):
            faults.add(path, _("a mapping belongs here, not {value}").format(value=value))
            return value
        try:
            load_mapping(value, str(path[-1]))
        except MappingError as error:
            faults.add(_named_in(str(error), value, path), str(error))
        return plain(value, path, faults)


@dataclass(frozen=True)
class SettingsShape:
    """Settings of one plugin: name -> value; nothing that should stay in the shop."""

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The settings as JSON."""
        checked = MapOf(Text(), Plain()).check(value, path, faults)
        if isinstance(value, Mapping):
            for key in value:
                if SECRET.search(str(key)):
                    text = _("{key} looks like a secret: a pack carries none, the shop sets it itself")
                    faults.add((*path, key), text.format(key=key))
        return checked


@dataclass(frozen=True)
class PlanShape:
    """A campaign's plan: a draft, which neither says when it goes out nor sets anything going."""

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The plan as JSON."""
        checked = _PLAN.check(value, path, faults)
        body = value.get("body") if isinstance(value, Mapping) else None
        if isinstance(body, Mapping):
            _check_plan(body, (*path, "body"), faults)
            check_words(body, (*path, "body"), faults)
        return checked


def _check_plan(body: Mapping[str, Any], path: Path, faults: Faults) -> None:
    for key in body:
        if key in _SENDS:
            text = _("{key} would set it going: a plan in a pack is a draft, the shop starts it itself")
            faults.add((*path, key), text.format(key=key))
            return
    values = plain(body, path, faults)
    node = values.get("node")
    if isinstance(node, str) and SLUG.match(node):
        values.pop("node")  # a day of the calendar by its name
    try:
        body_from(values)
        if isinstance(body.get("where"), Mapping):
            load_tree(body["where"])
    except (UsageError, RuleError) as error:
        place = spoken_of(str(error), body, path)
        if place == path:
            place = next(((*path, key) for key in body if key in str(error)), path)
        faults.add(place, str(error))


@dataclass(frozen=True)
class TextsShape:
    """Words of the house: a text in both languages, or the list of words that no message may hold."""

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The words as JSON."""
        if path[-1] == BANNED_WORDS:
            return _BANNED.check(value, path, faults)
        if path[-1] == "shop_name":
            faults.add(path, _("what a shop is called is its own to say"))
        return _WORDS.check(value, path, faults)


@dataclass(frozen=True)
class RegionsShape:
    """The table of cities by tier, `city_tiers`, in the place of the built-in one."""

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The table as JSON."""
        checked = _REGIONS.check(value, path, faults)
        if path[-1] != CITY_TIERS:
            faults.add(path, _("the table of regions is called {name}").format(name=CITY_TIERS))
        elif isinstance(value, Mapping):
            try:
                read_tiers(value)
            except CrmError as error:
                faults.add((*path, "tiers"), str(error))
        return checked


def _ascending(body: Mapping[str, Any], path: Path, faults: Faults) -> None:
    edges = body["edges"]
    if any(left >= right for left, right in pairwise(edges)):
        faults.add(
            (*path, "edges"), _("the edges contradict each other: each must be more than the one before")
        )
    if len(body.get("titles", edges)) not in (len(edges), len(edges) + 1):
        faults.add(
            (*path, "titles"),
            _("{edges} edges make {bands} bands: one title for each").format(
                edges=len(edges), bands=len(edges) + 1
            ),
        )


def _bounds(body: Mapping[str, Any], path: Path, faults: Faults) -> None:
    if "low" in body and "high" in body and body["low"] > body["high"]:
        faults.add((*path, "low"), _("the bounds contradict each other: low is more than high"))


_PLAN = Record(
    {"title": Texts(), "about": Texts(Text(2_000, line=False)), "body": Plain(), "ask": ListOf(Text(80))},
    needed=("title", "body"),
)
# A leading shop of the trade, as the report on repurchase shows it; shares in per cent.
_SHARE, _TOLD = Number(0, 100), ("services", "strong", "weak", "arrivals", "themes", "activities")
_TOP_SHOP = Record(
    {"shop": Text(80), "once": _SHARE, "twice": _SHARE, **{one: Text() for one in _TOLD}},
    needed=("shop", "once", "twice"),
)
_WORDS = Record({**_TITLED, "text": _LONG, "when": Texts()}, needed=("text",))
_BANNED = Record({"own": ListOf(Text(80)), "allowed": ListOf(Text(80))})
# `table` and `column` may be empty: the report's main table, no one column.
_TILE = Record(
    {"report": Slug(), "set": Plain(), "table": Plain(), "column": Plain(), "what": Choice(get_args(What))},
    needed=("report",),
)
_REGIONS = Record({**_TITLED, "tiers": MapOf(Text(2), ListOf(Text(80), most=5_000))}, needed=("tiers",))
SHAPES: dict[str, Shape] = {
    "segments": RuleShape(),
    "mappings": MappingShape(),
    "templates": TemplateShape(),
    "calendars": CalendarShape(),
    "bands": Record(
        {**_TITLED, "field": Slug(), "edges": ListOf(Number(), least=1, most=50), "titles": ListOf(Texts())},
        needed=("title", "field", "edges"),
        also=_ascending,
    ),
    "benchmarks": Record(
        {
            **_TITLED,
            "low": Number(),
            "high": Number(),
            "value": Number(),
            "unit": Choice(("share", "days", "money", "count", "score")),
            "report": Slug(),
            "source": Text(),
            "year": Number(YEARS[0], YEARS[-1], whole=True),
            "top_shops": ListOf(_TOP_SHOP, most=50),
        },
        needed=("title", "unit"),
        also=_bounds,
    ),
    "regions": RegionsShape(),
    "fields": Record(
        {
            **_TITLED,
            "type": Choice(("text", "int", "number", "money", "date", "bool", "list")),
            "choices": ListOf(Text(200), most=500),
        },
        needed=("title", "type"),
    ),
    "tags": Record({**_TITLED, "group": Text(80)}, needed=("title",)),
    "texts": TextsShape(),
    "presets": Record({**_TITLED, "report": Slug(), "set": Plain()}, needed=("title", "report")),
    "settings": SettingsShape(),
    "articles": Record(
        {
            **_TITLED,
            "text": _LONG,
            "tags": ListOf(Text(80)),
            "see": ListOf(Text(200)),
            "segments": ListOf(Slug()),
            "source": Text(),
        },
        needed=("title", "text"),
    ),
    "dashboards": Record(
        {**_TITLED, "tiles": ListOf(_TILE, most=100), "pinned": Bool()}, needed=("title", "tiles")
    ),
    "campaigns": PlanShape(),
}


def _named_in(message: str, body: Mapping[str, Any], path: Path) -> Path:
    """The place of the key that a message about a mapping speaks of."""
    columns = body.get("columns")
    for key in columns if isinstance(columns, Mapping) else ():
        if f"'{key}'" in message or f"columns.{key}" in message:
            return (*path, "columns", key)
    return next(((*path, key) for key in body if f"'{key}'" in message), path)
