"""`Packs`: the door to config packs. Faces and scripts look at, check, install, upgrade and export here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa

from crmcore.errors import CrmError
from crmcore.i18n import clauses
from crmcore.i18n import gettext as _
from crmcore.packs import applying, exporting
from crmcore.packs.checking import Prober, SegmentFinding
from crmcore.packs.exporting import Exported, Wish
from crmcore.packs.faults import Fault, PackError
from crmcore.packs.fitting import breaking, misfits
from crmcore.packs.inputs import answers
from crmcore.packs.installed import Installed, find_installed, installed_packs, require_installed
from crmcore.packs.needs import unmet
from crmcore.packs.overlay import Edited, Overlay, segments_over
from crmcore.packs.own_documents import notes_on, save_own
from crmcore.packs.pack import Documents, Pack
from crmcore.packs.plan import Choice, Item, Plan, chosen
from crmcore.packs.remarks import remarks
from crmcore.packs.scratch import CaseResult, Scratch, run_cases
from crmcore.packs.sources import Source, find_source
from crmcore.packs.standing import standing
from crmcore.packs.switching import stopping
from crmcore.packs.undoing import before_act, refuse_half, refuse_needed
from crmcore.packs.usable import ShopLike as AsIfShop
from crmcore.packs.usable import newly_unusable, refuse_breaking
from crmcore.packs.verifying import Verified, verify
from crmcore.packs.writing import files_of, write_pack
from crmcore.store import schema
from crmcore.store.undo import UndoReport, undo

if TYPE_CHECKING:
    from crmcore.hooks.manager import PluginManager
    from crmcore.playbook.playbook import Entry, Playbook
    from crmcore.records.settings import ShopSettings
    from crmcore.rules.catalogue import Catalogue
    from crmcore.store.changes import Change
    from crmcore.store.database import Write

KIND = "pack"  # of the acts that install, upgrade and remove


class ShopLike(AsIfShop, Protocol):
    """What packs need of a shop."""

    @property
    def playbook(self) -> Playbook: ...  # noqa: D102
    @property
    def plugins(self) -> PluginManager: ...  # noqa: D102
    @property
    def settings(self) -> ShopSettings: ...  # noqa: D102
    @property
    def catalogue(self) -> Catalogue: ...  # noqa: D102
    def permit(self, action: str) -> None: ...  # noqa: D102
    def write(self, why: str, kind: str = "edit") -> AbstractContextManager[Write]: ...  # noqa: D102
    def plugins_changed(self) -> None: ...  # noqa: D102
    def switch_plugin(self, name: str, *, on: bool, anyway: bool = False) -> Any: ...  # noqa: D102


@dataclass(frozen=True)
class Checked:
    """What a pack would mean for this shop.

    `missing`: what it needs and the shop has not; `misfits`: documents that do not fit this shop; then who is
    in each segment, how the pack's own tests went, and what else there is to know.
    """

    pack: Pack
    missing: tuple[str, ...]
    misfits: tuple[Fault, ...]
    segments: tuple[SegmentFinding, ...]
    cases: tuple[CaseResult, ...]
    notes: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether it can be installed and its tests hold."""
        return not self.missing and not self.misfits and all(case.passed for case in self.cases)

    def as_json(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return {
            "pack": self.pack.name,
            "version": self.pack.version,
            "usable": self.usable,
            "missing": list(self.missing),
            "misfits": [fault.as_json() for fault in self.misfits],
            "segments": [one.as_json() for one in self.segments],
            "tests": [case.as_json() for case in self.cases],
            "notes": list(self.notes),
        }


class Packs:
    """The packs of one shop. `scratch` makes an empty shop with the same plugins, for packs' own tests.

    `named` is a path, the name of a pack that a package brings, or, where one is installed, its name.
    Methods raise `NotFoundError`, `FileError` and `PackError` for packs that are not there or cannot be used.
    """

    def __init__(self, shop: ShopLike, scratch: Scratch) -> None:
        self._shop = shop
        self._scratch = scratch

    # --- looking ------------------------------------------------------------------------------------------

    def all(self) -> list[Installed]:
        """The installed packs, the first installed first."""
        return installed_packs(self._shop.documents)

    def find(self, named: str) -> tuple[Source, Pack]:
        """The pack of that name or path as it is at its source now."""
        there = find_installed(self._shop.documents, named)
        source = find_source(there.source if there else named)
        return source, source.load()

    def plan(self, pack: Pack, typed: Mapping[str, str] | None = None) -> Plan:
        """What installing the pack, or upgrading to it, would change; `UsageError` for wrong answers."""
        answered = self._answers(pack, typed)
        return applying.plan_pack(self._shop.documents, pack, answered, standing(self._shop))

    def missing(self, pack: Pack) -> list[str]:
        """What the pack needs and the shop has not, a sentence each."""
        return unmet(pack.manifest, self._shop.plugins.plugins())

    def misfits(self, pack: Pack, typed: Mapping[str, str] | None = None) -> list[Fault]:
        """What this shop could not use of the pack: fields, segments, settings that nobody here knows."""
        return self._misfits(pack, pack.documents(self._answers(pack, typed)))

    def notes(self, pack: Pack, typed: Mapping[str, str] | None = None) -> list[str]:
        """What of the pack leads nowhere here though it can be used, and what else there is to know."""
        bodies = pack.documents(self._answers(pack, typed))
        return [str(one) for one in remarks(self._shop, pack, bodies, self._overlay(pack, bodies))]

    def plan_removal(self, name: str) -> Plan:
        """What removing an installed pack would change."""
        return applying.plan_removal(self._shop.documents, name)

    def check(self, pack: Pack, typed: Mapping[str, str] | None = None, *, tests: bool = True) -> Checked:
        """What the pack would mean for this shop: who is in each segment, what is missing, its tests."""
        bodies = pack.documents(self._answers(pack, typed))
        overlay = self._overlay(pack, bodies)
        with self._shop.database.read() as connection:
            c = schema.customers.c
            counted = sa.select(sa.func.count()).select_from(schema.customers).where(c.merged_into.is_(None))
            everybody = int(connection.scalar(counted) or 0)
        prober = Prober(segments_over(self._shop, overlay), overlay, everybody)
        return Checked(
            pack,
            tuple(self.missing(pack)),
            tuple(self._misfits(pack, bodies)),
            tuple(prober.findings()),
            tuple(self.tests(pack, typed)) if tests else (),
            tuple(self.notes(pack, typed)),
        )

    def tests(self, pack: Pack, typed: Mapping[str, str] | None = None) -> Iterator[CaseResult]:
        """Run the pack's own tests in a scratch shop; nothing of this shop is asked or written."""
        return run_cases(pack, pack.documents(self._answers(pack, typed)), self._scratch)

    def verify(self, name: str | None = None) -> list[Verified]:
        """Whether the layers of one pack, or of all, are what was installed and what their sources say."""
        documents = self._shop.documents
        chosen = [require_installed(documents, name)] if name else self.all()
        return [verify(documents, one) for one in chosen]

    @contextmanager
    def enabling(self, pack: Pack) -> Iterator[list[str]]:
        """Switch on the plugins that the pack needs and that are off, for what is done within; their names.

        They are off again where that fails or is broken off. Raises `CrmError` for a plugin that sends
        messages: that is for somebody to decide by itself.
        """
        off = {one.name for one in self._shop.plugins.plugins() if one.state == "off"}
        names: list[str] = []
        with ExitStack() as back:
            for name in (one for one in pack.manifest.plugins if one in off):
                back.callback(self._shop.switch_plugin, name, on=False, anyway=True)
                self._shop.switch_plugin(name, on=True)
                names.append(name)
                if name in self._sending():
                    text = _(
                        "plugin {name} sends messages: switch it on yourself, `crm plugin enable {name}`"
                    )
                    raise CrmError(text.format(name=name))
            yield names
            back.pop_all()

    # --- changing -----------------------------------------------------------------------------------------

    def install(self, source: Source, pack: Pack, typed: Mapping[str, str] | None = None) -> tuple[Plan, int]:
        """Install the pack as one act; returns what changed and the act's id. Nothing that sends goes on.

        Raises `CrmError` when it is installed already, or needs what the shop has not, `PackError` when it
        does not fit this shop.
        """
        answered, built_in = self._answers(pack, typed), standing(self._shop)
        return self._settled(
            "install",
            _("installed pack {name} {version}").format(name=pack.name, version=pack.version),
            lambda: self._refuse_unfit(pack, answered),
            lambda write: applying.install(
                write, self._shop.documents, pack, source.named, answered, built_in
            ),
        )

    def upgrade(
        self,
        source: Source,
        pack: Pack,
        choices: Mapping[str, Choice],
        typed: Mapping[str, str] | None = None,
    ) -> tuple[Plan, int]:
        """Put this version in the place of the installed one; raises as `install`, and `UnsettledError`."""
        answered = self._answers(pack, typed)
        require_installed(self._shop.documents, pack.name)
        built_in = standing(self._shop)
        return self._settled(
            "upgrade",
            _("upgraded pack {name} to {version}").format(name=pack.name, version=pack.version),
            lambda: self._refuse_unfit(pack, answered, choices),
            lambda write: applying.upgrade(
                write, self._shop.documents, pack, source.named, answered, choices, built_in
            ),
        )

    def remove(self, name: str) -> tuple[Plan, int]:
        """Remove an installed pack; the shop's own words stay. Raises `PackError` where others need it."""
        require_installed(self._shop.documents, name)
        return self._settled(
            "remove",
            _("removed pack {name}").format(name=name),
            lambda: self._refuse_needed(name),
            lambda write: applying.remove(write, self._shop.documents, name),
        )

    def undo(self, change: Change) -> UndoReport:
        """Take an act on the playbook back: a pack's as a whole, the shop's own text by text.

        Raises `PackError` where something that works now would not without it, `CrmError` where a pack is
        not as the act left it.
        """

        def look() -> None:
            with self._shop.database.read() as connection:
                before = before_act(connection, self._shop.documents, change)
            refuse_needed(self._shop, before, change)

        def take_back(write: Write) -> UndoReport:
            report = undo(write, change.id)
            if change.kind == KIND:
                refuse_half(report, change)
            return report

        why = _("undo change {id}: {why}").format(id=change.id, why=change.why)
        storage = self._shop.documents.storage
        report: UndoReport = storage.settled(look, take_back, lambda: self._shop.write(why, kind="undo"))
        self._shop.plugins_changed()
        return report

    def save_own(self, family: str, name: str, path: Path) -> tuple[Entry, list[str]]:
        """Keep the document of a YAML file as the shop's own; returns it, and what leads nowhere.

        Raises `FileError`, `UsageError` for a family that is kept elsewhere, `PackError` with everything that
        is wrong with it, here as well, or where others could not be used with it.
        """
        return save_own(self._shop, family, name, path)

    def notes_on(self, family: str, name: str, body: Mapping[str, Any]) -> list[str]:
        """What would lead nowhere with that document of the shop's own; asked before it is kept."""
        return notes_on(self._shop, family, name, body)

    def refuse_breaking(self, family: str, name: str, body: Mapping[str, Any] | None) -> None:
        """Raise `PackError` where others could not be used with this document of the shop's own (None: none).

        The playbook asks it before each act on one (`Playbook.guard`).
        """
        refuse_breaking(self._shop, family, name, body)

    def stopping(self, plugin: str, *, on: bool) -> list[Fault]:
        """What works now and would not with that plugin on, or off, and why; nothing is written."""
        return stopping(self._shop, plugin, on=on)

    # --- sharing ------------------------------------------------------------------------------------------

    def export(self, wish: Wish, target: Path) -> tuple[Exported, int]:
        """Write the shop's playbook as a pack to `target`; returns it and how many texts were looked through.

        Raises `PackError`, naming each place, when anything in it is somebody's data or a secret, or when the
        pack could not be used by others; nothing is written then.
        """
        self._shop.permit("pack.export")
        plugins = self._shop.plugins
        brought = {("segments", rule.name): plugin for plugin, rule in plugins.segment_rules().values}
        brought |= {("reports", report.name): plugin for plugin, report in plugins.reports().values}
        playbook, catalogue = self._shop.playbook, self._shop.catalogue
        exported = exporting.export(playbook, wish, catalogue, brought, self._sending())
        looked_through = exporting.prove_clean(exported, self._shop.database, wish.allowed)
        files = files_of(exported.manifest, exported.documents, [])
        exporting.refuse_unreadable(files)
        write_pack(files, target)
        with self._shop.write(_("exported pack {name}").format(name=wish.name), kind="export") as write:
            write.note()
        return exported, looked_through

    # --- inside -------------------------------------------------------------------------------------------

    def _answers(self, pack: Pack, typed: Mapping[str, str] | None) -> dict[str, Any]:
        there = find_installed(self._shop.documents, pack.name)
        return answers(pack.manifest.inputs, typed or {}, there.inputs if there else {})

    def _sending(self) -> frozenset[str]:
        """The plugins that bring channels."""
        return frozenset(plugin for plugin, _channel in self._shop.plugins.channels().values)

    def _misfits(self, pack: Pack, bodies: Documents, dropped: Sequence[Item] = ()) -> list[Fault]:
        """What would not work with the pack, and without the edits of the shop's own that are `dropped`."""
        asked = (self._shop, pack, bodies, self._overlay(pack, bodies, dropped))
        return [*misfits(*asked), *breaking(*asked)]

    def _overlay(self, pack: Pack, bodies: Documents, dropped: Sequence[Item] = ()) -> Overlay:
        there = find_installed(self._shop.documents, pack.name)
        orders = [one.order for one in self.all()]
        order = there.order if there else max(orders, default=0) + 1
        under = self._shop.documents
        for item in dropped:
            under = Edited(under, item.family, item.name, None)
        return Overlay(under, pack.name, order, bodies)

    def _refuse_unfit(
        self, pack: Pack, answered: Mapping[str, Any], choices: Mapping[str, Choice] | None = None
    ) -> None:
        """Raise unless the pack fits this shop; everything slow is asked here, before the write."""
        if missing := self.missing(pack):
            raise CrmError(
                _("pack {name} cannot be used here: {reasons}").format(
                    name=pack.name, reasons=clauses(missing)
                )
            )
        conflicts = applying.plan_pack(self._shop.documents, pack, answered, {}).conflicts if choices else []
        dropped = [one for one in conflicts if chosen(one, choices or {}) is Choice.THEIRS]
        if faults := self._misfits(pack, pack.documents(answered), dropped):
            raise PackError(faults)

    def _refuse_needed(self, name: str) -> None:
        """Raise when something that stays would break without the pack."""
        if broken := newly_unusable(self._shop, Overlay(self._shop.documents, name, 0, {})):
            named = (Fault("", f"{key}: {reason}") for key, reason in broken)
            raise PackError([Fault("", _("others need pack {name}").format(name=name)), *named])

    def _settled(
        self, act: str, why: str, look: Callable[[], None], apply: Callable[[Write], Plan]
    ) -> tuple[Plan, int]:
        """Look, and apply as one act: nobody changed the playbook in between (`DatabaseStorage.settled`)."""
        self._shop.permit(f"pack.{act}")

        def applied(write: Write) -> tuple[Plan, int]:
            return apply(write), write.change_id

        storage = self._shop.documents.storage
        found: tuple[Plan, int] = storage.settled(look, applied, lambda: self._shop.write(why, kind=KIND))
        self._shop.plugins_changed()
        return found
