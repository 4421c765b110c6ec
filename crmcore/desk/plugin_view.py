"""The plugins of a shop as people look at them: state, what each brings, settings, failures, actions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, replace
from datetime import date
from typing import Any

from crmcore.errors import NotFoundError
from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.failure_log import Logged, read_failures
from crmcore.hooks.manager import PluginManager
from crmcore.hooks.offers import parameter_fields
from crmcore.hooks.results import FAILED, OFF, ON, PluginInfo, Results
from crmcore.hooks.setting_types import bare, choices_of
from crmcore.hooks.settings import SettingField, to_builtins
from crmcore.i18n import gettext as _
from crmcore.i18n import mark, title_of
from crmcore.shop import Shop
from crmcore.shown import plugin_word, word

# The sorts of things that plugins bring, as JSON names them, and in words.
SORTS = {
    "importers": mark("importers"),
    "facts": mark("facts"),
    "folds": mark("figures"),
    "norms": mark("what is usual"),
    "segments": mark("segments"),
    "reports": mark("reports"),
    "channels": mark("channels"),
    "campaign_kinds": mark("campaign plans"),
    "interaction_kinds": mark("kinds of interaction"),
    "actions": mark("actions"),
}
# What can be chosen in several plugins' forms, in words; a plugin's own choices stand as they are.
_CHOICES = {
    "day": mark("a day"),
    "week": mark("a week"),
    "month": mark("a month"),
    "quarter": mark("a quarter"),
    "year": mark("a year"),
    "weekday": mark("day of the week"),
    "source": mark("source"),
    "platform": mark("platform"),
    "channel": mark("channel"),
    "source_tag": mark("campaign tag"),
    "category": mark("category"),
    "province": mark("province"),
    "city": mark("city"),
    "city_tier": mark("tier of the city"),
    "fifths": mark("fifths of all buyers"),
    "fixed": mark("fixed bounds"),
    "none": mark("none"),
}
_KINDS = {int: "int", float: "decimal", bool: "bool", date: "date"}


@dataclass(frozen=True)
class Asked:
    """One setting or parameter as a form asks for it.

    `label` is what people read, `name` what `--set` knows. `kind` is text, int, decimal, bool, date or choice
    (one of `choices`); what is none of these is typed as JSON. `value` is its text, `default` that of the
    plugin's own value. `optional`: blank is no value.
    """

    name: str
    label: str
    kind: str
    value: str
    default: str
    hint: str
    choices: tuple[str, ...] = ()
    optional: bool = False
    needed: bool = False
    field: SettingField | None = None

    def wrong(self, text: str) -> str | None:
        """What is wrong with the typed text; None where nothing is."""
        assert self.field is not None
        try:
            self.field.convert(self.typed(text), text=True)
        except ValueError as error:
            return str(error)
        return None

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """What can be chosen, each with its words."""
        return tuple((one, _(_CHOICES[one]) if one in _CHOICES else one) for one in self.choices)

    def typed(self, text: str) -> str:
        """The text as settings take it: a blank optional value is none."""
        return "null" if self.optional and not text.strip() else text


@dataclass(frozen=True)
class PluginAction:
    """Something a plugin does when it is asked to, and what it asks for."""

    plugin: str
    name: str
    title: str
    sentence: str
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True)
class Failure:
    """Something that went wrong in a plugin: when (this computer's time), at what, why, the traceback."""

    plugin: str
    logged: Logged
    detail: str


@dataclass(frozen=True)
class PluginView:
    """A plugin and what it brings, by sort in words."""

    info: PluginInfo
    brings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    actions: tuple[PluginAction, ...] = ()
    has_settings: bool = False

    @property
    def state(self) -> str:
        """Its state in words: on, on but a part of it left out, off, failed."""
        if self.info.state == ON and self.info.error:
            return _("on, in part")
        return word(self.info.state)

    @property
    def family(self) -> str:
        """What it is for, in words; its family where there is no word for that."""
        return plugin_word(self.info.family)

    @property
    def source(self) -> str:
        """Where it comes from, in words."""
        return plugin_word(self.info.source)


def plugins(shop: Shop) -> list[PluginView]:
    """Every plugin in loading order, with what it brings."""
    manager = shop.plugins
    brought: dict[str, dict[str, tuple[str, ...]]] = {}
    for sort, results in sorts_brought(manager).items():
        for plugin, one in results.values:
            sorts = brought.setdefault(plugin, {})
            sorts[_(SORTS[sort])] = (*sorts.get(_(SORTS[sort]), ()), _title(one))
    offered = actions(shop)
    return [
        PluginView(
            info,
            brought.get(info.name, {}),
            tuple(one for one in offered if one.plugin == info.name),
            bool(settings(shop, info.name)) if info.state in (ON, FAILED) else False,
        )
        for info in manager.plugins()
    ]


def sorts_brought(manager: PluginManager) -> dict[str, Results[Any]]:
    """What the plugins bring, by sort: the keys of `SORTS`."""
    return {
        "importers": manager.importers(),
        "facts": manager.facts(),
        "folds": manager.folds(),
        "norms": manager.norms(),
        "segments": manager.segment_rules(),
        "reports": manager.reports(),
        "channels": manager.channels(),
        "campaign_kinds": manager.campaign_kinds(),
        "interaction_kinds": manager.interaction_kinds(),
        "actions": manager.actions(),
    }


def settings(shop: Shop, plugin: str) -> list[Asked]:
    """What can be set, with the values in force; empty for a plugin that cannot be asked."""
    try:
        fields = shop.plugins.settings_fields(plugin)
    except NotFoundError:
        return []
    kept = shop.plugin_config.settings.get(plugin, {})
    return [_asked(one, kept.get(one.name, one.default)) for one in fields]


def asked_for(fields: Sequence[SettingField], typed: Mapping[str, str]) -> list[Asked]:
    """What a report (or whatever declares parameters) asks for, with what was typed last time."""
    found = [_asked(one, one.default) for one in fields]
    return [replace(one, value=typed.get(one.name, one.value)) for one in found]


def change_settings(shop: Shop, plugin: str, typed: Mapping[str, str], *, reset: bool = False) -> None:
    """Keep the settings; raises `SettingError`. What is worked out from them is worked out now."""
    shop.change_plugin_settings(plugin, typed, reset=reset)
    shop.facts  # noqa: B018 - fitted to the plugins at its first use


def switch(shop: Shop, plugin: str, *, on: bool, anyway: bool = False) -> PluginInfo:
    """Switch a plugin on or off and tell how it fares.

    Raises `StillUsedError` where something would not work any more, unless it is to be done `anyway`.
    """
    shop.switch_plugin(plugin, on=on, anyway=anyway)
    shop.facts  # noqa: B018 - fitted to the plugins at its first use
    return shop.plugins.info(plugin)


def take_over(shop: Shop, config: PluginConfig) -> str:
    """Load the plugins as another process has set them (`Shop.plugins_elsewhere`); what is new, in words."""
    before = shop.plugin_config
    shop.plugins_changed()
    shop.facts  # noqa: B018 - fitted to the plugins at its first use
    off = config.disabled - before.disabled | before.enabled - config.enabled
    on = config.enabled - before.enabled | before.disabled - config.disabled
    said = [_("{name} is {state}.").format(name=one, state=word(ON)) for one in sorted(on - config.disabled)]
    said += [_("{name} is {state}.").format(name=one, state=word(OFF)) for one in sorted(off - on)]
    return " ".join(said) or _("settings, or files of the shop's own")


def failures(shop: Shop, plugin: str | None = None) -> list[Failure]:
    """What went wrong lately, from the shop's log, the newest first."""
    found = read_failures(shop.plugin_config.log_folder, plugin)
    return [Failure(name, logged, detail) for name, logged, detail in found]


def actions(shop: Shop) -> list[PluginAction]:
    """What the plugins can do when somebody asks them to."""
    return [
        PluginAction(
            plugin,
            one.name,
            _title(one),
            one.description or _("what plugin {name} offers").format(name=plugin),
            tuple(
                _asked(parameter, "" if parameter.default is MISSING else parameter.default)
                for parameter in parameter_fields(one)
            ),
        )
        for plugin, one in shop.plugins.actions().values
    ]


def result_lines(result: object, depth: int = 0) -> list[str]:
    """Plain data that an action returned, as indented lines."""
    blanks = "  " * depth
    if isinstance(result, dict):
        found: list[str] = []
        for key, value in result.items():
            if isinstance(value, dict | list):
                found += [f"{blanks}{key}:", *result_lines(value, depth + 1)]
            else:
                found.append(f"{blanks}{key}: {value}")
        return found
    if isinstance(result, list):
        return [line for value in result for line in result_lines(value, depth)]
    return [] if result is None else [f"{blanks}{result}"]


def _title(item: Any) -> str:
    titles = getattr(item, "title", None)
    if isinstance(titles, Mapping):
        return title_of(titles.get("zh", ""), titles.get("en", "")) or str(item.name)
    return title_of(getattr(item, "zh", ""), getattr(item, "en", "")) or str(item.name)


def _asked(one: SettingField, value: object) -> Asked:
    declared, _notes, optional = bare(one.type)
    choices = choices_of(declared)
    kind = "choice" if choices else _KINDS.get(declared, "text")
    words = one.doc or ("" if kind != "text" or declared is str else one.type_name)
    needed = one.default is MISSING or (kind != "text" and not optional)
    default = "" if one.default is MISSING else _text(one.default)
    if default and one.default != value:
        words = f"{words} " + _("(by itself: {default})").format(default=default)
    return Asked(
        one.name, one.label, kind, _text(value), default, words.strip(), choices, optional, needed, one
    )


def _text(value: object) -> str:
    """A value as it is typed: texts as they are, lists and tables as JSON."""
    plain = to_builtins(value)
    if plain is None:
        return ""
    if isinstance(plain, str):
        return plain
    return json.dumps(plain, ensure_ascii=False)
