"""What each hook may bring, and the checks on every thing brought: its type, its name, whose name it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from crmcore.errors import PluginFailure
from crmcore.hooks.guard import guarded
from crmcore.hooks.results import Results
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark

if TYPE_CHECKING:
    from crmcore.rules.fields import FieldType

# Facts become columns and all of these stand on command lines and in rules: plain ASCII words.
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True)
class Kind:
    """A class of things that plugins bring. `title` is for people; things of one `title` share names."""

    module: str
    cls: str
    title: str
    shared: bool = True  # False: the names are the plugin's own
    check: str = ""  # the module whose `validate` looks at what the class itself cannot check

    def type(self) -> type:
        """The class; imported when it is first needed."""
        found: type = getattr(import_module(self.module), self.cls)
        return found

    def validate(self, item: object) -> None:
        """Raise `CrmError` when the thing does not make sense."""
        if self.check:
            import_module(self.check).validate(item)


# The family modules, in the order in which the reference shows them; and what each hook's list may hold.
SPEC_MODULES = (
    "crmcore.hooks.importers",
    "crmcore.hooks.segment_rules",
    "crmcore.hooks.interactions",
    "crmcore.hooks.actions",
    "crmcore.hooks.reports",
    "crmcore.hooks.screens",
    "crmcore.hooks.advice",
    "crmcore.hooks.channels",
    "crmcore.hooks.campaigns",
    "crmcore.hooks.segment_watchers",
)
HOOKS: dict[str, tuple[Kind, ...]] = {
    "crm_importers": (
        Kind(
            "crmcore.hooks.table_importer",
            "TableImporter",
            mark("importer"),
            check="crmcore.hooks.importer_check",
        ),
    ),
    "crm_segment_rules": (
        Kind("crmcore.hooks.facts", "Fact", mark("fact")),
        Kind("crmcore.hooks.facts", "Fold", mark("fact"), check="crmcore.hooks.fold_check"),
        Kind("crmcore.hooks.facts", "SegmentRule", mark("segment")),
        Kind("crmcore.hooks.norms", "Norm", mark("norm"), shared=False),
    ),
    "crm_interaction_kinds": (
        Kind(
            "crmcore.records.interaction",
            "InteractionKind",
            mark("interaction kind"),
            check="crmcore.hooks.interaction_check",
        ),
    ),
    "crm_screens": (Kind("crmcore.hooks.screens", "Screen", mark("screen"), shared=False),),
    "crm_tiles": (Kind("crmcore.hooks.screens", "Tile", mark("tile"), shared=False),),
    "crm_reports": (Kind("crmcore.hooks.reports", "Report", mark("report")),),
    "crm_actions": (Kind("crmcore.hooks.actions", "Action", mark("action"), shared=False),),
    "crm_advice": (Kind("crmcore.hooks.advice", "Advice", mark("advice"), shared=False),),
    "crm_campaign_kinds": (Kind("crmcore.hooks.campaigns", "CampaignKind", mark("kind of campaign")),),
    "crm_panels": (Kind("crmcore.hooks.advice", "Panel", mark("panel"), shared=False),),
    "crm_channels": (
        Kind("crmcore.hooks.channels", "Channel", mark("channel"), check="crmcore.hooks.channel_check"),
    ),
    "crm_segment_watchers": (
        Kind("crmcore.hooks.segment_watchers", "SegmentWatcher", mark("watcher"), shared=False),
    ),
}


def check_answers(hook: str, answers: Iterable[tuple[str, object]]) -> Results[Any]:
    """The things in the plugins' answers that can be used, and a failure for each that cannot.

    `answers` come in loading order: of two things with one name the first keeps it.
    """
    kinds = [(kind, kind.type()) for kind in HOOKS[hook]]
    owners = _core_names(hook)
    values: list[tuple[str, Any]] = []
    failures: list[PluginFailure] = []
    for plugin, answer in answers:
        if not isinstance(answer, list | tuple):
            failures.append(PluginFailure(plugin, hook, _wrong_container(answer, kinds)))
            continue
        for item in answer:
            try:
                # Looking at a thing may run the plugin's code too: properties, and what they raise.
                reason = guarded(plugin, hook, _refusal, plugin, item, kinds, owners)
            except PluginFailure as failure:
                failures.append(failure)
                continue
            if reason:
                failures.append(PluginFailure(plugin, hook, reason))
            else:
                values.append((plugin, item))
    return Results(values, failures)


def _refusal(
    plugin: str, item: object, kinds: list[tuple[Kind, type]], owners: dict[tuple[str, str], str]
) -> str | None:
    """Why the thing cannot be used; None: it can, and its name is taken from now on."""
    kind = next((kind for kind, cls in kinds if isinstance(item, cls)), None)
    if kind is None:
        return _wrong_item(item, kinds)
    name = getattr(item, "name", None)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return _(
            "the {kind} is named {name!r}: a name is small letters, digits and _, first a letter"
        ).format(kind=_(kind.title), name=name)
    kind.validate(item)
    keys = _keys(plugin, kind, item)
    for key in keys:
        if key in owners:
            return _taken(plugin, kind, name, key[1], owners[key])
    owners.update(dict.fromkeys(keys, plugin))
    return None


def _keys(plugin: str, kind: Kind, item: Any) -> list[tuple[str, str]]:
    """The names that the thing takes: its own, and for a date fact the days that follow from it."""
    if not kind.shared:
        return [(f"{kind.title} of {plugin}", item.name)]
    names = [item.name]
    if kind.title == "fact":
        from crmcore.rules.fields import Field, derived

        names += [one.name for one in derived(Field(item.name, _fact_type(item)))]
    return [(kind.title, name) for name in names]


def _fact_type(item: Any) -> FieldType:
    from crmcore.hooks.facts import Fold
    from crmcore.hooks.fold_check import fold_type
    from crmcore.rules.fields import FieldType

    return fold_type(item) if isinstance(item, Fold) else FieldType(item.type)


def _taken(plugin: str, kind: Kind, name: str, key: str, owner: str) -> str:
    what = f"{name!r}" if key == name else f"{name!r} ({key})"
    if owner == plugin:
        return _("the {kind} {what} is there twice: rename one").format(kind=_(kind.title), what=what)
    return _("the {kind} {what} already comes from {owner}: rename one, or switch one plugin off").format(
        kind=_(kind.title), what=what, owner=_owner(owner)
    )


def _core_names(hook: str) -> dict[tuple[str, str], str]:
    """What nobody may take, because the core has it."""
    if hook == "crm_interaction_kinds":
        from crmcore.records.interaction import CORE_KINDS

        return {("interaction kind", kind.name): "" for kind in CORE_KINDS}
    if hook == "crm_segment_rules":
        from crmcore.rules.catalogue import Catalogue

        return {("fact", field.name): "" for field in Catalogue.core()}
    return {}


def _owner(plugin: str) -> str:
    return _("plugin {name!r}").format(name=plugin) if plugin else _("crmcore itself")


def _wrong_container(answer: object, kinds: list[tuple[Kind, type]]) -> str:
    expected = _expected(kinds)
    if any(isinstance(answer, cls) for _kind, cls in kinds):
        return _("it returned one {name} without a list: write return [ … ]").format(
            name=type(answer).__name__
        )
    return _("it returned {name}; a list of {expected} is expected").format(
        name=type(answer).__name__, expected=expected
    )


def _wrong_item(item: object, kinds: list[tuple[Kind, type]]) -> str:
    if isinstance(item, type) and any(issubclass(item, cls) for _kind, cls in kinds):
        return _("the list holds the class {name}; make one: {name}()").format(name=item.__name__)
    return _("the list holds {name}; {expected} is expected").format(
        name=type(item).__name__, expected=_expected(kinds)
    )


def _expected(kinds: list[tuple[Kind, type]]) -> str:
    return joined(kind.cls for kind, _cls in kinds)
