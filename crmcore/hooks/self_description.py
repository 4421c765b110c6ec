"""What a plugin is and brings, as plain values: made in a worker process, sent back to the shop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmcore.errors import CrmError, NotFoundError
from crmcore.hooks.contributions import HOOKS, Kind
from crmcore.hooks.results import PluginInfo
from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.hooks.manager import PluginManager
    from crmcore.rules.fields import Field


@dataclass(frozen=True)
class Brought:
    """One thing the plugin brings: `cls` names its class, `title` says it for people.

    `methods`: an importer's computed columns and how many cells each takes. `problem`: why a rule cannot be
    used.
    """

    cls: str
    title: str
    name: str
    methods: tuple[tuple[str, int], ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Description:
    """A plugin, what went wrong with it (what, reason, detail), and what it brings."""

    info: PluginInfo | None
    failures: tuple[tuple[str, str, str], ...]
    brought: tuple[Brought, ...]


def describe(manager: PluginManager, plugin: str, other_fields: tuple[Field, ...]) -> Description:
    """Look at a plugin, and try its rules against the facts of the core, its own, and the `other_fields`."""
    try:
        info = manager.info(plugin)
    except NotFoundError:
        info = None
    brought = []
    for hook, kinds in HOOKS.items():
        for owner, item in manager.call(hook).values:
            if owner == plugin:
                brought.append(_brought(manager, item, kinds, other_fields))
    failures = tuple((one.what, one.reason, one.detail) for one in manager.failures)
    return Description(info, failures, tuple(brought))


def _brought(
    manager: PluginManager, item: Any, kinds: tuple[Kind, ...], other_fields: tuple[Field, ...]
) -> Brought:
    kind = next(kind for kind in kinds if isinstance(item, kind.type()))
    methods: tuple[tuple[str, int], ...] = ()
    problem = ""
    if kind.cls == "TableImporter":
        methods = tuple((one.method, len(one.theirs)) for one in item.computed())
    if kind.cls == "SegmentRule":
        problem = _problem(manager, item, other_fields)
    if missing := sorted(set(getattr(item, "norms", ())) - {norm.name for norm in manager.norms()}):
        problem = _("it names the norm {name!r}, which the plugin does not bring").format(name=missing[0])
    return Brought(kind.cls, kind.title, item.name, methods, problem)


def _problem(manager: PluginManager, rule: Any, other_fields: tuple[Field, ...]) -> str:
    from crmcore.hooks.samples import CURRENCY
    from crmcore.rules.bind import Definition, bind
    from crmcore.rules.catalogue import Catalogue

    try:
        catalogue = Catalogue.core([*other_fields, *declared_fields(manager)])
        segments = {one.name: Definition(one.rule.tree, one.params) for one in manager.segment_rules()}
        bind(rule.rule.tree, catalogue, currency=CURRENCY, params=rule.params, segments=segments)
    except CrmError as error:
        return str(error)
    return ""


def declared_fields(manager: PluginManager) -> list[Field]:
    """The facts and folds of the plugins, as fields that rules may name."""
    from crmcore.hooks.fold_check import fold_type
    from crmcore.rules.fields import Field

    found = [Field(one.name, one.type, one.zh, one.en) for one in manager.facts() if one.type]
    return found + [Field(one.name, fold_type(one), one.zh, one.en) for one in manager.folds()]
