"""What a plugin is and brings, as plain values: made in a worker process, sent back to the shop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmcore.errors import CrmError, NotFoundError
from crmcore.hooks.contributions import HOOKS, Kind
from crmcore.hooks.norms import CALENDAR
from crmcore.hooks.results import PluginInfo
from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.hooks.manager import PluginManager
    from crmcore.rules.around import Around
    from crmcore.rules.fields import Field


@dataclass(frozen=True)
class Brought:
    """One thing the plugin brings: `cls` names its class, `title` says it for people.

    `methods`: an importer's computed columns and how many cells each takes. `problem`: why a rule cannot be
    used. `norms`: those that it reads.
    """

    cls: str
    title: str
    name: str
    methods: tuple[tuple[str, int], ...] = ()
    problem: str = ""
    norms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Description:
    """A plugin, what went wrong with it (what, reason, detail), and what it brings."""

    info: PluginInfo | None
    failures: tuple[tuple[str, str, str], ...]
    brought: tuple[Brought, ...]


def describe(
    manager: PluginManager, plugin: str, other_fields: tuple[Field, ...], around: Around | None = None
) -> Description:
    """Look at a plugin, and try its rules against the facts of the core, its own, and the `other_fields`.

    `around` is what the shop's rules know beside: its calendar.
    """
    try:
        info = manager.info(plugin)
    except NotFoundError:
        info = None
    brought = []
    for hook, kinds in HOOKS.items():
        for owner, item in manager.call(hook).values:
            if owner == plugin:
                brought.append(_brought(manager, item, kinds, other_fields, around))
    failures = tuple((one.what, one.reason, one.detail) for one in manager.failures)
    return Description(info, failures, tuple(brought))


def _brought(
    manager: PluginManager,
    item: Any,
    kinds: tuple[Kind, ...],
    other_fields: tuple[Field, ...],
    around: Around | None,
) -> Brought:
    kind = next(kind for kind in kinds if isinstance(item, kind.type()))
    methods: tuple[tuple[str, int], ...] = ()
    problem = ""
    if kind.cls == "TableImporter":
        methods = tuple((one.method, len(one.theirs)) for one in item.computed())
    if kind.cls == "SegmentRule":
        problem = _problem(manager, item, other_fields, around)
    if missing := sorted(
        set(getattr(item, "norms", ())) - {CALENDAR, *(norm.name for norm in manager.norms())}
    ):
        problem = _("it names the norm {name!r}, which the plugin does not bring").format(name=missing[0])
    return Brought(kind.cls, kind.title, item.name, methods, problem, tuple(getattr(item, "norms", ())))


def _problem(
    manager: PluginManager, rule: Any, other_fields: tuple[Field, ...], around: Around | None
) -> str:
    from crmcore.hooks.samples import CURRENCY
    from crmcore.rules.bind import Definition, bind
    from crmcore.rules.catalogue import Catalogue

    try:
        catalogue = Catalogue.core([*other_fields, *declared_fields(manager)], around)
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
