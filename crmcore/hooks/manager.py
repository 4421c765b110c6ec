"""The plugins of one shop: loaded and asked one by one, so that a broken one costs nobody else anything.

Order. Plugins are loaded built-in ones first, then other packages by name, then the shop's files; of two
things with one name, the one loaded first keeps it. They are called the other way round: the shop's own files
first, built-in ones last.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any

from crmcore.errors import NotFoundError, PluginFailure
from crmcore.hooks import settings as plugin_settings
from crmcore.hooks.contributions import HOOKS, check_answers
from crmcore.hooks.discovery import Found, PluginConfig, find_plugins, unknown_plugin
from crmcore.hooks.failure_log import last_failures, write_failure
from crmcore.hooks.guard import guarded
from crmcore.hooks.registry import Registry
from crmcore.hooks.results import FAILED, OFF, PluginInfo, Results
from crmcore.hooks.slots import Slot
from crmcore.i18n import gettext as _
from crmcore.i18n import joined

if TYPE_CHECKING:
    from crmcore.hooks.actions import Action
    from crmcore.hooks.advice import Advice, Panel
    from crmcore.hooks.campaigns import CampaignKind
    from crmcore.hooks.channels import Channel
    from crmcore.hooks.facts import Fact, Fold, SegmentRule
    from crmcore.hooks.norms import Norm
    from crmcore.hooks.reports import Report
    from crmcore.hooks.screens import Screen, Tile
    from crmcore.hooks.segment_watchers import SegmentWatcher
    from crmcore.hooks.table_importer import TableImporter
    from crmcore.hooks.worker import Worker
    from crmcore.records.interaction import InteractionKind


class PluginManager:
    """The plugins of one shop. Make one with `load`; no method raises what a plugin raised."""

    def __init__(self, config: PluginConfig) -> None:
        self.config = config
        # Everything that went wrong so far, in order.
        self.failures: list[PluginFailure] = []
        self._registry = Registry()
        self._slots: list[Slot] = []
        self._asked: dict[str, Results[Any]] = {}
        self._lock = RLock()

    @classmethod
    def load(cls, config: PluginConfig | None = None) -> PluginManager:
        """Load the plugins that the config names; those that fail are listed as failed, the rest stands."""
        made = cls(config or PluginConfig())
        for found in find_plugins(made.config):
            made._load(found)
        return made

    # -- asking --------------------------------------------------------------------------------------------

    def call(self, hook: str) -> Results[Any]:
        """What the plugins bring for a hook, checked, in calling order; each is asked once and alone.

        Raises `NotFoundError` for a hook that does not exist.
        """
        if hook not in HOOKS:
            raise NotFoundError(
                _("there is no hook {hook!r}; there are: {known}").format(hook=hook, known=joined(HOOKS))
            )
        with self._lock:
            if hook not in self._asked:
                self._asked[hook] = self._ask_all(hook)
            return self._asked[hook]

    def importers(self) -> Results[TableImporter]:
        """The importers."""
        return self.call("crm_importers")

    def facts(self) -> Results[Fact]:
        """The Python facts: functions of one customer's history."""
        return self._segment_rules("Fact")

    def folds(self) -> Results[Fold]:
        """The declared facts: figures counted or added up from events."""
        return self._segment_rules("Fold")

    def norms(self) -> Results[Norm]:
        """What is usual over all customers; facts, advice and panels of the same plugin read it."""
        return self._segment_rules("Norm")

    def segment_rules(self) -> Results[SegmentRule]:
        """The segments."""
        return self._segment_rules("SegmentRule")

    def interaction_kinds(self) -> Results[InteractionKind]:
        """The kinds of interaction that plugins add to the core's own."""
        return self.call("crm_interaction_kinds")

    def actions(self) -> Results[Action]:
        """The actions for `crm run-plugin`."""
        return self.call("crm_actions")

    def segment_watchers(self) -> Results[SegmentWatcher]:
        """Who is told when customers come into kept segments, and when they leave."""
        return self.call("crm_segment_watchers")

    def advice(self) -> Results[Advice]:
        """What plugins have to say about a customer while she is writing."""
        return self.call("crm_advice")

    def panels(self) -> Results[Panel]:
        """The boxes that plugins put beside a customer's card."""
        return self.call("crm_panels")

    def screens(self) -> Results[Screen]:
        """The screens that plugins add to the terminal UI."""
        return self.call("crm_screens")

    def tiles(self) -> Results[Tile]:
        """The figures that plugins add to those of the shop."""
        return self.call("crm_tiles")

    def reports(self) -> Results[Report]:
        """The reports."""
        return self.call("crm_reports")

    def channels(self) -> Results[Channel]:
        """The channels that messages go out by."""
        return self.call("crm_channels")

    def campaign_kinds(self) -> Results[CampaignKind]:
        """The campaign plans that are ready to be used."""
        return self.call("crm_campaign_kinds")

    def plugins(self) -> list[PluginInfo]:
        """Every plugin in loading order, switched off and failed ones too. Asks every hook first."""
        for hook in HOOKS:
            self.call(hook)
        logged = last_failures(self.config.log_folder)
        return [slot.info(logged.get(slot.name)) for slot in self._slots]

    def info(self, plugin: str) -> PluginInfo:
        """One plugin; raises `NotFoundError` with the nearest name when there is none."""
        for one in self.plugins():
            if one.name == plugin:
                return one
        raise self._unknown(plugin)

    def require(self, plugin: str) -> None:
        """Raise `NotFoundError`, saying why, unless the plugin is loaded."""
        if not self._slot(plugin).used:
            raise self._not_used(self._slot(plugin))

    def loaded(self) -> list[str]:
        """The names of the plugins that were loaded, in loading order."""
        return [slot.name for slot in self._slots if slot.used]

    def worker(self) -> Worker:
        """Worker processes for these plugins; their failures are recorded here. Close it when done."""
        from crmcore.hooks.worker import Worker

        return Worker(self.config, self.record)

    # -- settings ------------------------------------------------------------------------------------------

    def settings_fields(self, plugin: str) -> list[plugin_settings.SettingField]:
        """What can be set for a plugin: its `Settings`, and the settings of its facts.

        A plugin that a wrong setting keeps from being used tells its `Settings` all the same, so that it can
        be mended. Raises `NotFoundError` for a plugin that does not exist, is switched off or cannot be
        imported.
        """
        slot = self._slot(plugin)
        fields = {one.name: one for one in slot.settings_fields()}
        for owner, fact in self.facts().values:
            if owner == plugin and getattr(fact, "settings", None):
                for one in plugin_settings.fields_of_function(fact.function, fact.settings):
                    fields.setdefault(one.name, one)
        return list(fields.values())

    def setting(self, plugin: str, name: str) -> Any:
        """The value in force of one of a plugin's `Settings`; `NotFoundError` where it is not in use."""
        slot = self._slot(plugin)
        if slot.settings is None:
            raise self._not_used(slot)
        return getattr(slot.settings, name)

    def check_settings(
        self,
        plugin: str,
        values: Mapping[str, object],
        *,
        text: bool = False,
        over: Mapping[str, object] | None = None,
    ) -> dict[str, object]:
        """The values as a shop keeps them (plain JSON), checked against the plugin's settings.

        `text`: they were typed (`--set K=V`). `over`: the values that they will stand over, by default those
        in force. Raises `SettingError`, `NotFoundError`.
        """
        slot = self._slot(plugin)
        fields = self.settings_fields(plugin)
        checked = plugin_settings.check(plugin, fields, values, text=text)
        if (own := getattr(slot.module, "Settings", None)) is not None:
            # The plugin's own check (__post_init__) has the last word, on all that will stand together.
            under = self._values(plugin) if over is None else over
            together = {**plugin_settings.fitting(fields, under), **checked}
            try:
                guarded(plugin, "Settings", plugin_settings.build, plugin, own, together)
            except PluginFailure as failure:
                raise plugin_settings.SettingError(failure.reason) from None
        return {name: plugin_settings.to_builtins(value) for name, value in checked.items()}

    def fact_settings(self, plugin: str, fact: Fact) -> dict[str, object]:
        """The settings a fact's function is called with: the shop's values over the fact's own defaults.

        A value that does not fit is reported and the default holds.
        """
        defaults: Mapping[str, object] = getattr(fact, "settings", None) or {}
        if not defaults:
            return {}
        known = {one.name: one for one in plugin_settings.fields_of_function(fact.function, defaults)}
        merged = dict(defaults)
        for name, value in self._values(plugin).items():
            if name in known:
                try:
                    merged[name] = known[name].convert(value, text=False)
                except ValueError as error:
                    self.record(PluginFailure(plugin, f"setting {name}", str(error)))
        return merged

    # -- failures ------------------------------------------------------------------------------------------

    def record(self, failure: PluginFailure, *, state: str | None = None) -> None:
        """Keep a failure: in `failures`, in the plugin's row, in the shop's `logs/plugins.log`."""
        self.failures.append(failure)
        write_failure(self.config.log_folder, failure)
        for slot in self._slots:
            if slot.name == failure.plugin and slot.state != OFF:
                slot.state = state or slot.state
                slot.error = slot.error or failure.reason
                break

    # -- inside --------------------------------------------------------------------------------------------

    def _load(self, found: Found) -> None:
        first = next((slot.found for slot in self._slots if slot.name == found.name), None)
        slot = Slot(found)
        self._slots.append(slot)
        if self.config.is_off(found):
            slot.state = OFF
            return
        if failure := slot.load(self._registry, self._values(found.name), first):
            self.failures.append(failure)
            write_failure(self.config.log_folder, failure)

    def _values(self, plugin: str) -> Mapping[str, object]:
        return self.config.settings.get(plugin, {})

    def _ask_all(self, hook: str) -> Results[Any]:
        answers: list[tuple[str, object]] = []
        failures: list[PluginFailure] = []
        for slot in self._slots:
            if hook not in slot.hooks:
                continue
            started = time.perf_counter()
            try:
                found = self._registry.ask(slot.name, hook, slot.settings)
                answers += [(slot.name, answer) for answer in found]
            except PluginFailure as raised:
                failures.append(raised)
                self.record(raised, state=FAILED)
            slot.seconds += time.perf_counter() - started
        checked = check_answers(hook, answers)
        useful = {plugin for plugin, _value in checked.values}
        for failure in checked.failures:
            self.record(failure, state=None if failure.plugin in useful else FAILED)
        order = {slot.name: -place for place, slot in enumerate(self._slots)}
        values = sorted(checked.values, key=lambda pair: order[pair[0]])
        return Results(values, failures + checked.failures)

    def _segment_rules(self, cls: str) -> Results[Any]:
        everything = self.call("crm_segment_rules")
        wanted = next(kind for kind in HOOKS["crm_segment_rules"] if kind.cls == cls).type()
        return Results(
            [(plugin, one) for plugin, one in everything.values if isinstance(one, wanted)],
            everything.failures,
        )

    def _slot(self, plugin: str) -> Slot:
        found = [slot for slot in self._slots if slot.name == plugin]
        for slot in found:
            if slot.module is not None:
                return slot
        raise self._not_used(found[0]) if found else self._unknown(plugin)

    def _not_used(self, slot: Slot) -> NotFoundError:
        name = slot.name
        if slot.state == OFF:
            return NotFoundError(
                _("plugin {name!r} is switched off: crm plugin enable {name}").format(name=name)
            )
        return NotFoundError(
            _("plugin {name!r} could not be loaded: {reason}").format(name=name, reason=slot.error)
        )

    def _unknown(self, plugin: str) -> NotFoundError:
        return unknown_plugin(plugin, [slot.name for slot in self._slots])
