"""What each plugin offers to a script: `crm run-plugin NAME [ARG…] [--set K=V]…`.

An importer imports files, a segment counts its customers, a report is worked out, an `Action` runs its
function. A plugin alone (`crm run-plugin lapse`) lists what it offers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field
from enum import StrEnum

from crmcore.errors import NotFoundError, UsageError
from crmcore.hooks import settings as plugin_settings
from crmcore.hooks.actions import Action
from crmcore.hooks.manager import PluginManager
from crmcore.hooks.reports import Report
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, title_of


class OfferKind(StrEnum):
    """What running an offer means."""

    IMPORT = "import"
    COUNT = "count"
    RUN = "run"
    REPORT = "report"
    SHOW = "show"  # facts and interaction kinds: nothing to run, but the plugin brings them


@dataclass(frozen=True)
class Offer:
    """One thing a plugin offers. `name` is the importer's, segment's, fact's, kind's or action's."""

    plugin: str
    kind: OfferKind
    name: str
    title: str
    description: str = ""
    # What `--set` takes: "days: int = 30".
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """What a command line asks of a plugin: what is to be done with which arguments.

    `kind` IMPORT: `arguments` are files, `name` an importer or "" (whichever knows the file). COUNT:
    `arguments` are segments. REPORT: `name` is the report, `typed` its parameters as people type them.
    RUN: `name` is the action, `parameters` what it is given. SHOW: list the offers.
    """

    plugin: str
    kind: OfferKind
    name: str = ""
    arguments: tuple[str, ...] = ()
    parameters: Mapping[str, object] | None = None
    typed: Mapping[str, str] = field(default_factory=dict)


def offers(manager: PluginManager, plugin: str) -> list[Offer]:
    """What the plugin offers, its main action first.

    Raises `NotFoundError` for a plugin that does not exist, is switched off or could not be loaded.
    """
    manager.require(plugin)
    found = [
        Offer(
            plugin,
            OfferKind.RUN,
            one.name,
            title_of(one.zh, one.en) or one.name,
            one.description,
            tuple(_shown(parameter) for parameter in parameter_fields(one)),
        )
        for owner, one in manager.actions().values
        if owner == plugin
    ]
    found += [
        Offer(plugin, OfferKind.IMPORT, one.name, title_of(one.title.get("zh", ""), one.title.get("en", "")))
        for owner, one in manager.importers().values
        if owner == plugin
    ]
    for kind, results in (
        (OfferKind.COUNT, manager.segment_rules()),
        (OfferKind.REPORT, manager.reports()),
        (OfferKind.SHOW, manager.folds()),
        (OfferKind.SHOW, manager.facts()),
        (OfferKind.SHOW, manager.norms()),
        (OfferKind.SHOW, manager.interaction_kinds()),
        (OfferKind.SHOW, manager.advice()),
        (OfferKind.SHOW, manager.panels()),
        (OfferKind.SHOW, manager.screens()),
        (OfferKind.SHOW, manager.tiles()),
        (OfferKind.SHOW, manager.channels()),
    ):
        found += [
            Offer(
                plugin,
                kind,
                one.name,
                title_of(one.zh, one.en) or one.name,
                getattr(one, "description", ""),
                tuple(_shown(parameter) for parameter in report_fields(one))
                if isinstance(one, Report)
                else (),
            )
            for owner, one in results.values
            if owner == plugin
        ]
    return found


def choose(
    manager: PluginManager, plugin: str, arguments: Sequence[str], sets: Mapping[str, str] | None = None
) -> Choice:
    """What `crm run-plugin PLUGIN ARGUMENTS… --set K=V…` asks for.

    The first argument may name one of the plugin's actions; else they go to the main one: the first `Action`,
    else importing files, else counting segments, else the first report. A report can be named too, and of
    these alone takes `--set`. Raises `NotFoundError`, `UsageError`.
    """
    found = offers(manager, plugin)
    actions = {one.name: one for owner, one in manager.actions().values if owner == plugin}
    if not arguments and not sets:
        return Choice(plugin, OfferKind.SHOW)
    if actions:
        named = bool(arguments) and arguments[0] in actions
        action = actions[arguments[0]] if named else next(iter(actions.values()))
        given = arguments[1:] if named else arguments
        parameters = parse_parameters(plugin, action, given, sets or {})
        return Choice(plugin, OfferKind.RUN, action.name, parameters=parameters)
    reports = [one.name for one in found if one.kind is OfferKind.REPORT]
    others = not sets and any(one.kind in (OfferKind.IMPORT, OfferKind.COUNT) for one in found)
    if reports and (not others or arguments[0] in reports):
        return _report(plugin, reports, arguments, sets or {})
    if sets:
        raise UsageError(_("plugin {plugin!r} has no action that takes --set").format(plugin=plugin))
    importers = [one.name for one in found if one.kind is OfferKind.IMPORT]
    if importers:
        if arguments[0] in importers:
            return Choice(plugin, OfferKind.IMPORT, arguments[0], tuple(arguments[1:]))
        return Choice(plugin, OfferKind.IMPORT, importers[0] if len(importers) == 1 else "", tuple(arguments))
    segments = [one.name for one in found if one.kind is OfferKind.COUNT]
    if not segments:
        raise UsageError(_("plugin {plugin!r} offers nothing that takes arguments").format(plugin=plugin))
    for name in arguments:
        if name not in segments:
            raise NotFoundError(_no_segment(plugin, name, segments))
    return Choice(plugin, OfferKind.COUNT, arguments=tuple(arguments))


def _report(plugin: str, reports: list[str], arguments: Sequence[str], sets: Mapping[str, str]) -> Choice:
    name = arguments[0] if arguments else reports[0]
    if name not in reports:
        raise NotFoundError(
            _("plugin {plugin!r} has no report {name!r}; it has: {known}").format(
                plugin=plugin, name=name, known=joined(reports)
            )
        )
    if arguments[1:]:
        raise UsageError(_("too much was said: {words}").format(words=" ".join(arguments[1:])))
    return Choice(plugin, OfferKind.REPORT, name, typed=dict(sets))


def report_fields(report: Report) -> list[plugin_settings.SettingField]:
    """What a report's parameters are; each has a default."""
    return [] if report.parameters is None else plugin_settings.fields_of_class(report.parameters)


def parameter_fields(action: Action) -> list[plugin_settings.SettingField]:
    """What an action's parameters are; a field without a default must be given."""
    if action.parameters is None:
        return []
    return plugin_settings.fields_of_class(action.parameters, need_defaults=False)


def parse_parameters(
    plugin: str, action: Action, arguments: Sequence[str], sets: Mapping[str, str]
) -> dict[str, object]:
    """An action's parameters from a command line: `arguments` fill its fields in order, `sets` by name.

    Raises `UsageError` for one too many, a missing one, an unknown one, or a value that does not fit.
    """
    known = parameter_fields(action)
    if len(arguments) > len(known):
        raise UsageError(
            _("action {action!r} takes {count} arguments, there are {given}").format(
                action=action.name, count=len(known), given=len(arguments)
            )
        )
    typed = dict(zip((one.name for one in known), arguments, strict=False))
    if twice := next((name for name in sets if name in typed), None):
        raise UsageError(_("{name!r} is given twice").format(name=twice))
    try:
        checked = plugin_settings.check(plugin, known, {**typed, **sets}, text=True)
    except plugin_settings.SettingError as error:
        raise UsageError(str(error)) from None
    required = [one.name for one in known if one.default is MISSING and one.name not in checked]
    if required:
        raise UsageError(
            _("action {action!r} needs {name}: --set {name}=…").format(action=action.name, name=required[0])
        )
    return checked


def _shown(parameter: plugin_settings.SettingField) -> str:
    text = f"{parameter.name}: {parameter.type_name}"
    return text if parameter.default is MISSING else f"{text} = {parameter.default}"


def _no_segment(plugin: str, name: str, segments: list[str]) -> str:
    near = plugin_settings.nearest(name, segments)
    if near:
        return _("plugin {plugin!r} has no segment {name!r}; did you mean {near!r}?").format(
            plugin=plugin, name=name, near=near
        )
    return _("plugin {plugin!r} has no segment {name!r}; it has: {known}").format(
        plugin=plugin, name=name, known=joined(segments)
    )
