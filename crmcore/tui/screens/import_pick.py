"""Picking files to import: typed, pasted, dropped, or marked in the list of a folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static

from crmcore import wide
from crmcore.desk.importing_paths import Entry, complete, entries, paths_in, split_typed
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark, ngettext
from crmcore.shown import labelled
from crmcore.tui.area import Area
from crmcore.tui.commands import Command
from crmcore.tui.screens.import_acts import (
    CompletePath,
    DropPicked,
    LeavePicking,
    MarkFile,
    OpenEntry,
    TakeFiles,
    TypePath,
)
from crmcore.tui.widgets.text_line import TextLine
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable


class PathLine(TextLine):
    """The line for paths: what is dropped or pasted becomes picked files at once."""

    BINDINGS = [("down", "app.focus_next", "")]

    class Dropped(Message):
        """Files were pasted or dropped."""

        def __init__(self, paths: Sequence[Path]) -> None:
            super().__init__()
            self.paths = paths

    def _on_paste(self, event: events.Paste) -> None:
        paths = paths_in(event.text)
        if paths and all(one.exists() for one in paths):
            event.stop()
            event.prevent_default()
            self.post_message(self.Dropped(paths))


class FileList(VirtualTable):
    """The folder; letters belong to the line, and Up from the first row leads there."""

    BINDINGS = [("g", "screen.type_on('g')", ""), ("G", "screen.type_on('G')", "")]

    def action_move(self, rows: int) -> None:
        """Up or down."""
        if self.cursor + rows < 0:
            self.screen.query_one(PathLine).focus()
        else:
            super().action_move(rows)


class PickScreen(Area):
    """Returns the files that were picked, None when nothing was."""

    NAME = "imports"
    QUESTION: ClassVar[str] = mark("Which files? Type or paste a path, or drop files here.")
    HELP_TEXT = mark(
        "Which files? Type or paste a path, drop files onto this window, or pick them in the list. Orders "
        "and their item lists belong together: pick both. Wildcards such as *.csv are filled in."
    )
    ACTS = (TakeFiles, OpenEntry, MarkFile, CompletePath, TypePath, DropPicked, LeavePicking)
    DEFAULT_CSS = """
    PickScreen {
        & #title { padding: 0 1; }
        & PathLine { margin: 0 1; background: $boost; }
        & #where { padding: 0 1; color: $text-muted; }
        & #picked { padding: 0 1; height: auto; max-height: 6; }
    }
    """

    def __init__(self, folder: Path | None = None, picked: Sequence[Path] = ()) -> None:
        super().__init__()
        self._folder = folder or Path.cwd()
        self._picked: dict[Path, None] = dict.fromkeys(picked)
        self._read: tuple[Path | None, list[Entry]] = (None, [])

    def content(self) -> ComposeResult:
        """The line, the folder, what was picked."""
        yield Static(Text(_(self.QUESTION)), id="title")
        yield PathLine(placeholder=_("path, or a part of a name"))
        yield Static(id="where")
        yield FileList(
            Column("", 1),
            Column(_("Name"), 20, share=1, middle=True),
            Column(_("Size"), 9, right=True, drop=2),
            Column(_("Modified"), 16, drop=1),
        )
        yield Static(id="picked")

    def on_mount(self) -> None:
        """The cursor is in the line."""
        self.query_one(PathLine).focus()
        self._show_folder()
        self._show_picked()

    def allows(self, command: type[Command]) -> bool:
        """Files must be picked, or stand under the cursor."""
        if command is TakeFiles:
            return bool(self._picked or self.query_one(PathLine).value.strip())
        in_list = isinstance(self.focused, VirtualTable)
        if command is CompletePath:
            return not in_list
        if command in (MarkFile, OpenEntry, TypePath):
            return in_list
        return bool(self._picked) if command is DropPicked else True

    # --- the line -------------------------------------------------------------------------------------------

    @on(PathLine.Changed)
    def typed(self) -> None:
        """Show the folder that is typed, and in it what begins so."""
        self._show_folder()
        self.show_commands()

    @on(PathLine.Submitted)
    def entered(self) -> None:
        """Enter: a folder is opened; files are picked and looked at."""
        self.take_files()

    @on(PathLine.Dropped)
    def dropped(self, event: PathLine.Dropped) -> None:
        """Dropped files are picked, dropped folders opened."""
        self._take(event.paths)

    def on_paste(self, event: events.Paste) -> None:
        """Files dropped while the list has the focus."""
        self._take(paths_in(event.text))

    @on(CompletePath)
    def complete_path(self) -> None:
        """Tab: as far as it is certain; then on to the list."""
        line = self.query_one(PathLine)
        fuller = complete(line.value, self._folder)
        if fuller != line.value:
            line.value = fuller
            line.cursor_position = len(fuller)
        else:
            self.query_one(VirtualTable).focus()

    @on(TypePath)
    def type_path(self) -> None:
        """Tab in the list: back into the line."""
        self.query_one(PathLine).focus()

    def on_key(self, event: events.Key) -> None:
        """Typing in the list goes on in the line; the list has its own use for Space."""
        if (
            isinstance(self.focused, FileList)
            and event.character
            and event.is_printable
            and event.key != "space"
        ):
            event.stop()
            self.action_type_on(event.character)

    def action_type_on(self, text: str) -> None:
        """Go on with the text in the line."""
        line = self.query_one(PathLine)
        line.focus()
        line.cursor_position = len(line.value)
        line.insert_text_at_cursor(text)

    @on(TakeFiles)
    def take_files(self) -> None:
        """Go on with what is typed and what is picked; a beginning of a name only filtered the list."""
        line = self.query_one(PathLine)
        typed = self._typed_paths(line.value)
        if self._picked and not any(one.exists() for one in typed):
            typed = []
        if typed and not self._take(typed):
            return
        if self._picked:
            self.dismiss(list(self._picked))

    def _typed_paths(self, text: str) -> list[Path]:
        paths = paths_in(text, self._folder)
        if len(paths) == 1 and not paths[0].exists():
            rows = [one for one in self._shown() if not one.is_folder]
            if len(rows) == 1:  # the list shows which one is meant
                return [rows[0].path]
        return paths

    def _take(self, paths: Sequence[Path]) -> bool:
        """Pick the files, open a folder; whether only files were named and all of them are there."""
        missing = [one for one in paths if not one.exists()]
        for one in missing[:3]:
            self.notify(_("{file} is not there").format(file=one), severity="error", markup=False)
        folders = [one for one in paths if one.is_dir()]
        self._picked |= dict.fromkeys(one for one in paths if one.is_file())
        if folders:
            self._open_folder(folders[-1])
        elif not missing:
            self.query_one(PathLine).value = ""
        self._show_picked()
        self._show_folder()
        return not missing and not folders

    # --- the list -------------------------------------------------------------------------------------------

    @on(VirtualTable.RowChosen)
    def chosen(self, event: VirtualTable.RowChosen) -> None:
        """Enter or a double click: a folder opens; the picked files are looked at, without any this one."""
        entry: Entry = event.row.about
        if entry.is_folder:
            self._open_folder(entry.path)
        else:
            self.dismiss(list(self._picked) or [entry.path])

    @on(OpenEntry)
    def open_entry(self) -> None:
        """Enter, asked for with the mouse or by name."""
        self.query_one(VirtualTable).action_choose()

    @on(MarkFile)
    def mark_file(self) -> None:
        """Space: pick it, or put it back."""
        table = self.query_one(VirtualTable)
        if (row := table.current) is None or row.about.is_folder:
            return
        path = row.about.path
        if path in self._picked:
            del self._picked[path]
        else:
            self._picked[path] = None
        table.cursor += 1
        self._show_folder()
        self._show_picked()

    @on(DropPicked)
    def drop_picked(self) -> None:
        """Put all of them back."""
        self._picked.clear()
        self._show_folder()
        self._show_picked()

    @on(LeavePicking)
    def leave(self) -> None:
        """Back."""
        self.dismiss(None)

    def _open_folder(self, folder: Path) -> None:
        self._folder = Path(os.path.normpath(folder))
        self.query_one(PathLine).value = ""
        self._show_folder()

    def _show_folder(self) -> None:
        """Show the folder that is typed; one that was not read yet is read in a thread."""
        folder, _start = split_typed(self.query_one(PathLine).value, self._folder)
        if self._read[0] == folder:
            self._show_rows()
            return

        def read(found: list[Entry]) -> None:
            self._read = (folder, found)
            self._show_rows()

        self.fetch(lambda: entries(folder), read, group="folder")

    def _shown(self) -> list[Entry]:
        _folder, start = split_typed(self.query_one(PathLine).value, self._folder)
        return [one for one in self._read[1] if start.lower() in one.path.name.lower()]

    def _show_rows(self) -> None:
        folder = self._read[0] or self._folder
        up = [Entry(folder.parent, True)] if folder.parent != folder else []
        rows = [self._row(one, ".." if one in up else one.path.name) for one in up + self._shown()]
        self.query_one("#where", Static).update(Text(wide.clean(str(folder))))
        table = self.query_one(VirtualTable)
        table.show(ListSource(rows), keep=True, empty=_("Nothing here begins so."))
        if table.cursor < len(up) < len(rows) and self.focused is not table:
            table.cursor = len(up)  # Down and Enter mean what was looked for, not the folder above

    def _row(self, entry: Entry, name: str) -> Row:
        name = wide.clean(name)
        if entry.is_folder:
            return Row(entry.path, ("", name + "/", "", ""), about=entry)
        sign = "*" if entry.path in self._picked else ""
        changed = datetime.fromtimestamp(entry.changed_at).strftime("%Y-%m-%d %H:%M")
        tone = "good" if sign else "" if entry.is_table else "muted"
        return Row(entry.path, (sign, name, shown_size(entry.size), changed), tone, entry)

    def _show_picked(self) -> None:
        count = len(self._picked)
        words = Text()
        if count:
            told = ngettext("{count} file picked", "{count} files picked", count).format(count=count)
            names = joined(wide.clean(one.name) for one in self._picked)
            words = Text.assemble((labelled(told, ""), "bold"), names)
        self.query_one("#picked", Static).update(words)
        self.show_commands()


def shown_size(size: int) -> str:
    """A file's size: `283 KB`, `1.2 GB`."""
    amount = float(size)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if amount >= 10 or unit == "B" else f"{amount:.1f} {unit}"
