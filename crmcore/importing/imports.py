"""`Imports`: the door through which files come into a shop. Faces, scripts and plugins use this one."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from crmcore import temporary
from crmcore.errors import CrmError, FileError, NotFoundError, UsageError, system_reason
from crmcore.hooks.frames import Broken
from crmcore.hooks.table_importer import Batch, ComputedColumn, Sample, TableImporter, overrides
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, ngettext
from crmcore.importing import figures, history, run
from crmcore.importing.apply.cards_ahead import cards_ahead
from crmcore.importing.apply.stage import STAGE_FILE, staged
from crmcore.importing.detect import detect
from crmcore.importing.history import ImportRow
from crmcore.importing.kept_mappings import (
    find_mapping,
    kept_importers,
    names_of_mappings,
    with_own_fields,
)
from crmcore.importing.mapping import MappedImporter, dump_mapping, load_mapping
from crmcore.importing.prepare import Request, stage
from crmcore.importing.reject import Reject
from crmcore.importing.reject_files import write_rejects
from crmcore.importing.run import ImportResult, Plan, Progress
from crmcore.importing.staging.scratch import Scratch, told_plainly
from crmcore.importing.trying import WouldBeThere, try_out
from crmcore.importing.watch import Watcher, watch
from crmcore.playbook.own_fields import own_fields
from crmcore.store.database import Database
from crmcore.store.undo import UndoReport, undo_in_chunks
from crmcore.table_files import Warn

if TYPE_CHECKING:
    from crmcore.hooks.manager import PluginManager
    from crmcore.hooks.worker import Worker
    from crmcore.playbook.playbook import Playbook
    from crmcore.records.settings import ShopSettings
    from crmcore.store.facts import Facts

_FOLDER = "crm-import"
# Imports that began before people were numbered so have it not among their options, and go on as they began.
_BY_KEY = "by_key"
_SOURCE = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,63}")


class ShopLike(Protocol):
    """What imports need of a shop."""

    @property
    def database(self) -> Database: ...  # noqa: D102
    @property
    def settings(self) -> ShopSettings: ...  # noqa: D102
    @property
    def plugins(self) -> PluginManager: ...  # noqa: D102
    @property
    def worker(self) -> Worker: ...  # noqa: D102
    @property
    def playbook(self) -> Playbook: ...  # noqa: D102
    @property
    def facts(self) -> Facts: ...  # noqa: D102
    @property
    def actor(self) -> str: ...  # noqa: D102


def _silent(_done: int, _total: int, _what: str) -> None:
    return


def _never() -> bool:
    return False


def _nothing(*_told: object) -> None:
    return


class Imports:
    """Bringing files into one shop, and taking them back."""

    def __init__(self, shop: ShopLike) -> None:
        self._shop = shop

    def run(
        self,
        paths: Sequence[Path],
        *,
        as_name: str | None = None,
        mapping: Path | None = None,
        source: str | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> list[ImportResult]:
        """Import files; one result for every importer that knows some of them.

        `as_name` or `mapping` says what they are (an importer's name, a mapping of the playbook, a mapping
        file); otherwise they are recognised. `source` is the namespace of order numbers and buyer ids (by
        default the importer's platform). A dry run changes nothing.
        Raises `FileError` or `MappingError` before anything is written when a file as a whole cannot be used.
        """
        if source is not None and not _SOURCE.fullmatch(source):
            # Another spelling is another namespace: every order would be there twice.
            text = _("a source is small letters, digits and _ - . : such as shopify:acme, not {source!r}")
            raise UsageError(text.format(source=source))
        results = []
        before = WouldBeThere() if dry_run else None
        own = own_fields(self._shop.playbook)
        for known, files in self._sorted(paths, as_name, mapping):
            importer = with_own_fields(known, own)
            options = self._options(importer)
            results.append(
                self._one(importer, files, source or importer.platform, options, before, progress or _silent)
            )
        return results

    def resume(
        self, import_id: int, files: Sequence[Path] | None = None, progress: Progress | None = None
    ) -> ImportResult:
        """Go on with an import that was interrupted; the result counts the whole import.

        `files` says where they are now, if they were moved; they must be the same to the byte.
        """
        row = self.show(import_id)
        if row.state not in ("interrupted", "failed"):
            raise CrmError(
                _("import {id} is {state}: there is nothing to resume").format(id=import_id, state=row.state)
            )
        paths = [Path(one) for one in files] if files else [Path(one["path"]) for one in row.files]
        if len(paths) != len(row.files):
            raise FileError(
                _("import {id} had {count} files: name each of them, in the same order").format(
                    id=import_id, count=len(row.files)
                )
            )
        for path, known in zip(paths, row.files, strict=True):
            if not path.is_file():
                raise FileError(
                    _("{file} is not there any more: say where it is, or undo import {id}").format(
                        file=path, id=import_id
                    )
                )
            if run.fingerprint(path)["sha256"] != known["sha256"]:
                raise FileError(
                    _("{file} has changed since: undo import {id} and import it anew").format(
                        file=path, id=import_id
                    )
                )
        importer = with_own_fields(self._named(row.importer, row.options), own_fields(self._shop.playbook))
        with self._staged(importer, paths, row.source, row.options, progress or _silent) as (bench, plan):
            if len(plan.staged.chunks) != row.chunks:
                raise FileError(
                    _(
                        "import {id} was begun by another version of crm: undo it and import the files anew"
                    ).format(id=import_id)
                )
            with bench.write(plan.why, actor=plan.actor, kind="import", change_id=row.change_id) as write:
                history.claim(write, row)
            return run.carry_on(bench, plan, row, progress or _silent)

    def undo(self, import_id: int, progress: Any = None) -> UndoReport:
        """Take an import back; the report says what was kept because somebody touched it since."""
        row = self.show(import_id)
        if row.state == "undone":
            raise CrmError(_("import {id} is undone already").format(id=import_id))
        if row.state == "running":
            raise CrmError(_("import {id} is running: stop it first").format(id=import_id))
        report = undo_in_chunks(self._shop.database, row.change_id, self._shop.actor, progress)
        with self._shop.database.write(
            _("undo import {id}").format(id=import_id), actor=self._shop.actor, kind="undo"
        ) as write:
            history.advance(write, import_id, state="undone", finished_at=int(time.time()))
        return report

    def watch(
        self,
        folder: Path,
        *,
        as_name: str | None = None,
        mapping: Path | None = None,
        source: str | None = None,
        every: float = 2.0,
        stop: Callable[[], bool] = _never,
        on_result: Callable[[ImportResult], None] = _nothing,
        on_error: Callable[[Path, CrmError], None] = _nothing,
    ) -> None:
        """Import every file that comes into a folder, each content once, until `stop` says so.

        A file is taken when it has not changed for `every` seconds; one that was interrupted goes on. A file
        that cannot be used is told to `on_error` and left alone until it changes.
        """
        watcher = Watcher(
            folder=folder,
            bring=lambda path: self.run([path], as_name=as_name, mapping=mapping, source=source),
            resume=self.resume,
            known=self.all,
            on_result=on_result,
            on_error=on_error,
        )
        watch(watcher, every, stop)

    def all(self) -> list[ImportRow]:
        """Every import, the newest first."""
        with self._shop.database.read() as connection:
            return history.list_imports(connection)

    def show(self, import_id: int) -> ImportRow:
        """One import; raises `NotFoundError`."""
        with self._shop.database.read() as connection:
            return history.find_import(connection, import_id)

    def rejects(self, import_id: int) -> list[Reject]:
        """The rows that an import set aside."""
        self.show(import_id)
        with self._shop.database.read() as connection:
            return [*history.rejects_of(connection, import_id)]

    def export_rejects(self, import_id: int, path: Path, warn: Warn = _nothing) -> int:
        """Write the rows set aside as a table (csv, xlsx) to mend and import again; returns how many.

        That it was done is kept in the changes; `warn` hears of texts that were cut.
        """
        self.show(import_id)
        with self._shop.database.read() as connection:
            count = write_rejects(connection, import_id, path, warn)
        why = ngettext(
            "wrote {count} row set aside by import {id} into a file",
            "wrote {count} rows set aside by import {id} into a file",
            count,
        ).format(count=count, id=import_id)
        with self._shop.database.write(why, actor=self._shop.actor, kind="export") as write:
            write.note()
        return count

    def _sorted(
        self, paths: Sequence[Path], as_name: str | None, mapping: Path | None
    ) -> list[tuple[TableImporter, list[Path]]]:
        """The files by importer, orders before what joins them."""
        if not paths:
            raise FileError(_("no file was named: say which files to import"))
        if mapping is not None:
            kept = None if mapping.exists() else find_mapping(self._shop.playbook, str(mapping))
            return [(kept or load_mapping(mapping), list(paths))]
        if as_name is not None:
            return [(self._named(as_name, {}), list(paths))]
        importers = list(self._shop.plugins.importers())
        groups: dict[str, tuple[TableImporter, list[Path]]] = {}
        kept_ones = kept_importers(self._shop.playbook)
        for found in detect(list(paths), importers, self._sniff, kept_ones):
            groups.setdefault(found.importer.name, (found.importer, []))[1].append(found.path)
        return sorted(groups.values(), key=lambda group: group[0].join is not None)

    def _named(self, name: str, options: Mapping[str, Any]) -> TableImporter:
        if options.get("mapping"):
            return load_mapping(options["mapping"], name)
        if kept := find_mapping(self._shop.playbook, name):
            return kept
        importers = {one.name: one for one in self._shop.plugins.importers()}
        if name not in importers:
            raise NotFoundError(
                _("there is no importer {name!r}; there are: {known}").format(
                    name=name,
                    known=joined(sorted({*importers, *names_of_mappings(self._shop.playbook)})),
                )
            )
        return importers[name]

    def _options(self, importer: TableImporter) -> dict[str, Any]:
        """What it takes to stage the same records in the same order again."""
        options: dict[str, Any] = {_BY_KEY: True}
        return options | ({"mapping": dump_mapping(importer)} if isinstance(importer, MappedImporter) else {})

    def _one(
        self,
        importer: TableImporter,
        files: list[Path],
        source: str,
        options: dict[str, Any],
        before: WouldBeThere | None,
        progress: Progress,
    ) -> ImportResult:
        """Bring them in, or try it out after the files `before`."""
        if importer.record in figures.FIGURES:
            return self._figures(importer, files, source, options, before is not None)
        started = time.monotonic()
        with self._staged(importer, files, source, options, progress) as (bench, plan):
            if before is not None:
                result = try_out(bench, plan, progress, before)
            else:
                import_id, _change = run.begin(bench, plan)
                result = run.carry_on(bench, plan, self.show(import_id), progress)
        result.seconds = time.monotonic() - started
        return result

    def _figures(
        self, importer: TableImporter, files: list[Path], source: str, options: dict[str, Any], dry_run: bool
    ) -> ImportResult:
        shop, currency = self._shop, importer.currency or self._shop.settings.currency
        with _work_folder() as folder:
            return figures.bring(
                shop.database, importer, files, source, options,
                currency=currency, actor=shop.actor, folder=folder, dry_run=dry_run,
            )  # fmt: skip

    @contextmanager
    def _staged(
        self,
        importer: TableImporter,
        files: list[Path],
        source: str,
        options: dict[str, Any],
        progress: Progress,
    ) -> Iterator[tuple[Database, Plan]]:
        settings = self._shop.settings
        with _work_folder() as folder:
            scratch = Scratch(folder)
            try:
                request = Request(
                    importer=importer,
                    files=files,
                    source=source,
                    currency=importer.currency or settings.currency,
                    zone=importer.time_zone or settings.time_zone,
                    compute=lambda one, cells: self._compute(importer, one, cells),
                    read=self._reader(importer),
                    by_key=bool(options.get(_BY_KEY)),
                )
                with told_plainly():
                    ready = stage(scratch, request, lambda what: progress(0, 0, what))
                stage_file = folder / STAGE_FILE if self._shop.database.is_sqlite else None
                cards = cards_ahead(self._shop.facts, ready.shape, source) if stage_file else None
                plan = Plan(ready, importer.name, source, files, options, self._shop.actor, stage_file, cards)
                with staged(self._shop.database, scratch, ready.leaving) as bench:
                    yield bench, plan
            finally:
                scratch.close()

    # -- what plugins do, in the worker ---------------------------------------------------------------------

    def _owner(self, importer: TableImporter) -> str:
        for plugin, one in self._shop.plugins.importers().values:
            if one.name == importer.name:
                return plugin
        raise NotFoundError(_("there is no importer {name!r}").format(name=importer.name))

    def _sniff(self, importer: TableImporter, sample: Sample) -> float | None:
        return self._shop.worker.call(self._owner(importer), "crm_importers", importer.name, "sniff", sample)  # type: ignore[no-any-return]

    def _reader(self, importer: TableImporter) -> Any:
        if not overrides(importer, "read"):
            return None

        def read(path: Path) -> Iterator[Batch]:
            return self._shop.worker.stream(
                self._owner(importer), "crm_importers", importer.name, "read", path
            )

        return read

    def _compute(
        self, importer: TableImporter, computed: ComputedColumn, cells: list[tuple[str, ...]]
    ) -> list[Mapping[str, str | None]]:
        answers = self._shop.worker.column(self._owner(importer), importer.name, computed.method, cells)
        return [_as_fields(computed, one) for one in answers]


def _as_fields(computed: ComputedColumn, answer: Any) -> Mapping[str, str | None]:
    if answer is None or isinstance(answer, Broken):
        return {}
    return answer if isinstance(answer, dict) else {computed.fields[0]: answer}


@contextmanager
def _work_folder() -> Iterator[Path]:
    """A folder of this import's own; those of imports that were killed go when the next one begins."""
    try:
        temporary.sweep(_FOLDER)
        holder = temporary.folder(_FOLDER)
    except OSError as error:
        raise FileError(
            _("there is no room for temporary files: {reason}").format(reason=system_reason(error))
        ) from error
    with holder as folder:
        yield Path(folder)
