"""One open shop: its database, plugins, settings and services; what faces, scripts and actions hold."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from crmcore import config, opening
from crmcore.errors import CrmError, PluginFailure
from crmcore.i18n import gettext as _
from crmcore.records.clock import Clock
from crmcore.records.interaction import CORE_KINDS, InteractionKind
from crmcore.records.settings import ShopSettings

# The services are imported where they are made: looking a customer up needs neither plugins nor segments, and
# half of what `crm customer find` took was importing them.
if TYPE_CHECKING:
    from tinydb import TinyDB

    from crmcore.analytics.dashboards import Dashboards
    from crmcore.analytics.norms import Norms
    from crmcore.analytics.reports import Reports
    from crmcore.calendar.calendar import Calendar
    from crmcore.campaigns.campaigns import Campaigns
    from crmcore.hooks.discovery import PluginConfig
    from crmcore.hooks.manager import PluginManager
    from crmcore.hooks.worker import Worker
    from crmcore.importing.imports import Imports
    from crmcore.messages.channels import Channels
    from crmcore.messages.templates import Templates
    from crmcore.packs.faults import Fault
    from crmcore.packs.packs import Packs
    from crmcore.playbook.playbook import Playbook
    from crmcore.records.own_field import OwnField
    from crmcore.rules.around import Around
    from crmcore.rules.catalogue import Catalogue
    from crmcore.segments.question import Sources
    from crmcore.segments.register import Register
    from crmcore.segments.segments import Segments
    from crmcore.store.database import Write
    from crmcore.store.facts import Facts
    from crmcore.store.python_facts import PythonFacts

SYSTEM = "system"  # the actor of what no person asked for
Gate = Callable[[str, str], bool]  # actor, action -> allowed
# What of an open shop is built from its plugins.
_OF_PLUGINS = (
    "plugin_config", "plugins", "worker", "kinds", "facts", "python_facts", "norms", "segments", "register",
    "imports", "reports", "channels", "campaigns", "dashboards",
)  # fmt: skip


class Shop:
    """One open shop. Make one with `Shop.open` or `Shop.create`; close it, or use it as a context manager.

    `place` says where it is, `settings` what it is set to, `actor` who is at work (it stands beside every
    change). `gate` is asked before each act: it says yes until roles come.
    """

    def __init__(self, opened: opening.Opened, actor: str | None = None) -> None:
        self.place = opened.place
        self.database = opened.database
        self.settings = opened.settings
        self.actor = actor or _user()
        self.gate: Gate = lambda _actor, _action: True
        # Told about long work that opening a shop may need: (done, in all).
        self.on_progress: Callable[[int, int], None] | None = None
        self._as_if: PluginManager | None = None  # the plugins as somebody asked what they would be
        self.database.refreshers.append(self._refresh)
        self.database.gate = self._before_write

    @classmethod
    def open(cls, path_or_url: str | Path, actor: str | None = None) -> Self:
        """Open the shop in a folder or behind a database URL; raises what `opening.open_shop` raises."""
        return cls(opening.open_shop(str(path_or_url)), actor)

    @classmethod
    def create(
        cls,
        folder: Path | None,
        settings: ShopSettings,
        database: str | None = None,
        actor: str | None = None,
    ) -> Self:
        """Make a shop in a folder or in a database; raises what `opening.create_shop` raises."""
        return cls(opening.create_shop(folder, settings, database), actor)

    # --- plugins ------------------------------------------------------------------------------------------

    @cached_property
    def documents(self) -> TinyDB:
        """The shop's playbook: TinyDB documents inside its database."""
        from crmcore.store.documents import documents

        return documents(self.database, self.actor)

    @property
    def playbook(self) -> Playbook:
        """What the shop has learned: its own documents over those of its packs.

        What others could not do without is neither removed nor changed: `PackError` names them.
        """
        from crmcore.playbook.playbook import Playbook

        return Playbook(self.documents, self._before_document, self._document_changed)

    def _before_document(self, family: str, name: str, body: Mapping[str, object] | None) -> None:
        """Before a document of the shop's own is kept or forgotten (None): raise where others need it."""
        self.packs.refuse_breaking(family, name, body)

    def _document_changed(self, family: str) -> None:
        """What cards hold follows from the own fields: it is looked up anew when it is asked for next."""
        if family == "fields":
            for built in ("facts", "python_facts"):
                self.__dict__.pop(built, None)

    @cached_property
    def plugin_config(self) -> PluginConfig:
        """What it takes to load this shop's plugins here or in a worker process."""
        return self._plugin_config()

    def plugins_elsewhere(self) -> PluginConfig | None:
        """What the plugins would be loaded by now, where another process has changed that since; else None.

        A plugin was switched or set, or a file of the shop's own was written: see `plugins_changed`.
        """
        loaded, now = self.__dict__.get("plugin_config"), self._plugin_config()
        return None if loaded is None or now == loaded else now

    def _plugin_config(self) -> PluginConfig:
        from crmcore import plugin_choices
        from crmcore.hooks.discovery import PluginConfig, shop_files

        folder = self.place.folder
        files = tuple((one.name, one.changed_at()) for one in shop_files(folder)) if folder else ()
        there = PluginConfig(folder=folder, logs=self.log_folder, files=files)
        return plugin_choices.over(there, self.documents)

    @cached_property
    def plugins(self) -> PluginManager:
        """The plugins of this shop, loaded at the first use."""
        from crmcore.hooks.manager import PluginManager

        return PluginManager.load(self.plugin_config)

    def plugins_over(self, playbook: Playbook) -> PluginManager:
        """The plugins if this was the shop's playbook: switched and set otherwise; to be looked at only."""
        from crmcore import plugin_choices
        from crmcore.hooks.manager import PluginManager

        config = plugin_choices.over(self.plugin_config, playbook.documents)
        if config == self.plugin_config:
            return self.plugins
        config = replace(config, write_log=False)
        asked = self._as_if  # another thread may ask for others meanwhile, or forget these
        if asked is None or asked.config != config:
            asked = self._as_if = PluginManager.load(config)
        return asked

    @cached_property
    def worker(self) -> Worker:
        """The process in which plugins' code runs that may be slow or hang; started at the first call."""
        return self.plugins.worker()

    def switch_plugin(self, name: str, *, on: bool, anyway: bool = False) -> list[Fault]:
        """Switch a plugin on or off, from now on; returns what does not work any more.

        Raises `NotFoundError` and, unless it is to be done `anyway`, `StillUsedError` naming what would not.
        """
        from crmcore import plugin_choices

        self.permit("plugin.switch")
        loaded = "plugins" in self.__dict__
        stopped = plugin_choices.switch(self, name, on=on, anyway=anyway, loaded=loaded)
        self.plugins_changed()
        return stopped

    def change_plugin_settings(self, name: str, typed: Mapping[str, str], *, reset: bool = False) -> None:
        """Set a plugin's settings from typed text; raises what `plugin_choices.set_up` raises."""
        from crmcore import plugin_choices

        self.permit("plugin.settings")
        plugin_choices.set_up(self, name, typed, reset=reset)
        self.plugins_changed()

    def plugins_changed(self) -> None:
        """Forget everything that was built from the plugins as they were."""
        self._close_worker()
        self._as_if = None
        for name in _OF_PLUGINS:
            self.__dict__.pop(name, None)

    # --- services -----------------------------------------------------------------------------------------

    @cached_property
    def kinds(self) -> dict[str, InteractionKind]:
        """Every kind of interaction by name: core's, then the plugins'."""
        return {kind.name: kind for kind in (*CORE_KINDS, *self.plugins.interaction_kinds())}

    @cached_property
    def facts(self) -> Facts:
        """The customers' cards; fitted to the plugins' facts at the first use."""
        from crmcore.playbook.own_fields import own_fields

        facts = self._facts_of(self.plugins, self.kinds.values(), own_fields(self.playbook))
        facts.install(self.on_progress)
        if facts.python_facts:  # before the first customer comes: nobody need be worked out twice then
            from crmcore.store.python_facts import PythonFacts

            PythonFacts(facts).install()
        return facts

    def _facts_of(
        self, plugins: PluginManager, kinds: Iterable[InteractionKind], own: Iterable[OwnField]
    ) -> Facts:
        """The facts that these plugins work out, with these fields of the shop's own."""
        from crmcore.store.facts import Facts

        python = [
            (plugin, replace(fact, settings=plugins.fact_settings(plugin, fact)))
            for plugin, fact in plugins.facts().values
        ]
        currency, zone = self.settings.currency, self.settings.time_zone
        return Facts(self.database, currency, zone, plugins.folds().values, python, tuple(kinds), own)

    @cached_property
    def python_facts(self) -> PythonFacts:
        """The facts that plugins work out in Python, beside the writes."""
        from crmcore.store.python_facts import PythonFacts

        return PythonFacts(self.facts, self.norms.tables)

    @cached_property
    def norms(self) -> Norms:
        """What is usual over all customers, as plugins worked it out."""
        from crmcore.analytics.norms import Norms

        return Norms(self)

    def freshen(self, seconds: float) -> list[str]:
        """Work out what plugins' Python facts still miss, for so long at most; catch up with kept segments.

        Returns sentences about what is not worked out yet, or could not be. The next call goes on.
        """
        return [*self._work_out(seconds), *self.register.catch_up().problems]

    def _work_out(self, seconds: float) -> list[str]:
        if not self.facts.python_facts:
            return []
        failures = self.norms.refresh(with_facts=False) + self._work(seconds)
        if all(fill.percent == 100 for fill in self.python_facts.status()):
            # What is usual among facts is known when they are; what follows from it comes after.
            failures += self.norms.refresh(with_facts=True) + self._work(seconds)
        said = [str(failure) for failure in dict.fromkeys(failures)]
        return said + [
            _("{fact} is worked out for {percent}% of the customers so far").format(
                fact=fill.name, percent=fill.percent
            )
            for fill in self.python_facts.status()
            if fill.percent < 100
        ]

    def _work(self, seconds: float) -> list[PluginFailure]:
        worker = self.worker
        report = self.python_facts.work(
            worker.facts, together=worker.facts_together, seconds=seconds, progress=self.on_progress
        )
        return report.failures

    @property
    def catalogue(self) -> Catalogue:
        """What rules may compare: core's fields, plugins' facts, the calendar, parts of the country."""
        from crmcore.rules.catalogue import Catalogue

        return Catalogue.core(self.facts.fields(), self.around)

    def catalogue_over(self, playbook: Playbook) -> Catalogue:
        """What rules could compare if this was the shop's playbook."""
        from crmcore.playbook.own_fields import own_fields
        from crmcore.rules.catalogue import Catalogue

        plugins = self.plugins_over(playbook)
        if plugins.config.switched == self.plugin_config.switched:
            facts = self.facts_over(playbook)
        else:  # to be named only: the cards hold what the plugins that are on work out
            kinds = (*CORE_KINDS, *plugins.interaction_kinds())
            facts = self._facts_of(plugins, kinds, own_fields(playbook))
        return Catalogue.core(facts.fields(), self._around(playbook))

    def facts_over(self, playbook: Playbook) -> Facts:
        """The facts if this was the shop's playbook: with other fields of its own, to be looked at only."""
        from crmcore.playbook.own_fields import own_fields

        own = own_fields(playbook)
        there = {one.name: one.type for one in self.facts.own}
        return self.facts if {one.name: one.type for one in own} == there else self.facts.looking(own)

    def sources_over(self, playbook: Playbook) -> Callable[[Clock], Sources]:
        """What segments would read if this was the shop's playbook."""
        facts = cache(lambda: self.facts_over(playbook))  # not before somebody reads: plugins are asked
        return lambda clock: self._sources(clock, facts())

    @property
    def around(self) -> Around:
        """What rules know beside the customers: the calendar, the tiers of regions."""
        return self._around(self.playbook)

    def _around(self, playbook: Playbook) -> Around:
        from crmcore.calendar.calendar import calendar_of
        from crmcore.regions.regions import groupings
        from crmcore.rules.around import Around

        return Around(calendar_of(playbook, self.clock().today).occasions, groupings(playbook))

    @property
    def calendar(self) -> Calendar:
        """Sale events, festivals, seasons, the shop's own days: read anew, as known today."""
        from crmcore.calendar.calendar import calendar_of

        return calendar_of(self.playbook, self.clock().today)

    @cached_property
    def segments(self) -> Segments:
        """The segments: counted, listed, explained, kept."""
        from crmcore.segments.segments import Segments

        return Segments(
            database=self.database,
            currency=self.settings.currency,
            clock=self.clock,
            catalogue=lambda: self.catalogue,
            sources=self._sources,
            documents=self.documents,
            plugin_rules=lambda: self.plugins.segment_rules().values,
            ask=lambda *asked: self.worker.tests(*asked),
            guard=self._before_document,
        )

    @cached_property
    def register(self) -> Register:
        """The kept segments: who is in them, who came and left, when and why."""
        from crmcore.segments.register import Register

        return Register(self.segments, lambda: self.facts.whole_signature, self.actor)

    def _sources(self, clock: Clock, facts: Facts | None = None) -> Sources:
        from crmcore.segments.sources import sources

        return sources(
            facts or self.facts,
            clock,
            kinds=self.kinds.values(),
            python_facts=lambda connection, ids: self.python_facts.as_of(
                connection, clock, ids, self.worker.facts
            ),
        )

    @cached_property
    def imports(self) -> Imports:
        """The main road for files: run, list, resume, undo, watch."""
        from crmcore.importing.imports import Imports  # brings DuckDB along

        return Imports(self)

    @cached_property
    def reports(self) -> Reports:
        """The reports: listed, run, drilled into."""
        from crmcore.analytics.reports import Reports

        return Reports(self)

    @cached_property
    def packs(self) -> Packs:
        """The config packs: looked at, checked, installed, exported."""
        from crmcore.packs.packs import Packs

        return Packs(self, self._scratch)

    @contextmanager
    def _scratch(self, folder: Path) -> Iterator[Shop]:
        """An empty shop in that folder, set and with plugins like this one."""
        settings = replace(self.settings)
        made = opening.create_shop(None, settings, config.sqlite_url(folder / "scratch.db"))
        place = config.ShopPlace(self.place.folder, made.place.url, settings)
        with Shop(opening.Opened(place, made.database, settings), SYSTEM) as shop:
            yield shop

    @cached_property
    def channels(self) -> Channels:
        """The channels: looked at, asked about addresses and messages, handed what is to go out."""
        from crmcore.messages.channels import Channels

        return Channels(self)

    @cached_property
    def dashboards(self) -> Dashboards:
        """The dashboards: tiles of reports that the shop has chosen."""
        from crmcore.analytics.dashboards import Dashboards

        return Dashboards(self, self.reports)

    @cached_property
    def campaigns(self) -> Campaigns:
        """The campaigns: made, planned, sent, measured."""
        from crmcore.campaigns.campaigns import Campaigns

        return Campaigns(self)

    @cached_property
    def templates(self) -> Templates:
        """The message templates: kept, checked, written out for customers."""
        from crmcore.messages.templates import Templates

        return Templates(self)

    def rebuild(self) -> None:
        """Work out every card and search entry anew."""
        from crmcore.store import search_index

        self.facts.rebuild(self.on_progress)
        search_index.rebuild(self.database)

    # --- acts ---------------------------------------------------------------------------------------------

    @property
    def log_folder(self) -> Path:
        """Where this shop's logs go."""
        return config.log_folder(self.place)

    def write(self, why: str, kind: str = "edit") -> AbstractContextManager[Write]:
        """One act of writing under this actor's name; see `Database.write`."""
        return self.database.write(why, actor=self.actor, kind=kind)

    def clock(self, as_of: date | None = None) -> Clock:
        """Now and today of this shop, or the end of the day `as_of`."""
        return Clock.at_present(self.settings.time_zone).on(as_of)

    def permit(self, action: str) -> None:
        """Raise `CrmError` unless the actor may do this; every act below the faces passes here."""
        if not self.gate(self.actor, action):
            raise CrmError(_("{actor} may not do this: {action}").format(actor=self.actor, action=action))

    def _before_write(self, actor: str, kind: str) -> None:
        """Every write passes here before it begins, whoever begins it.

        What the shop does by itself is not asked. Plugins are loaded and their facts fitted in now, for no
        plugin's code runs inside a write; documents need neither, so that one that hangs can be switched off.
        """
        if actor == SYSTEM:
            return
        self.permit(f"write.{kind}")
        if kind != "documents":
            self.facts  # noqa: B018 - built at its first use

    def close(self) -> None:
        """Let go of the database, and end the worker process."""
        self._close_worker()
        self.database.dispose()

    def _close_worker(self) -> None:
        if "worker" in self.__dict__:
            self.worker.close()
        if "templates" in self.__dict__:
            self.templates.close()

    def _refresh(self, write: Write, ids: Sequence[int]) -> None:
        """Bring what is derived up to date within a write, whoever began it."""
        from crmcore.store import search_index
        from crmcore.store.segment_queue import note_touched

        self.facts.refresh(write, ids)
        search_index.refresh(write, ids)
        note_touched(write.connection, ids, write)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _user() -> str:
    """Who is at work: $CRM_ACTOR, else the system's name of the user."""
    if name := os.environ.get("CRM_ACTOR"):
        return name
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name (containers), or no such database
        return "unknown"
