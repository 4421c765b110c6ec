"""Config packs: those that are installed and those that could be."""

from __future__ import annotations

from functools import partial

from textual import on
from textual.app import ComposeResult

from crmcore import wide
from crmcore.desk import pack_making as making
from crmcore.desk import pack_view as view
from crmcore.desk.pack_view import PackLine
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.tui.area import Area
from crmcore.tui.asking import ask_and_act
from crmcore.tui.commands import Command
from crmcore.tui.screens import pack_commands as commands
from crmcore.tui.screens.pack import PackScreen
from crmcore.tui.screens.pack_forms import ExportForm, NewPackForm
from crmcore.tui.screens.who_dialogs import Sheet
from crmcore.tui.widgets.campaign_lines import told_lines
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable


class PacksScreen(Area):
    """A list; Enter looks at one."""

    NAME = "plugins"
    HELP_TEXT = mark(
        "A pack holds what another shop has learned: segments, templates, calendars, articles. Looking at "
        "one shows what it would change here before anything does; what the shop has written stays over it."
    )
    ACTS = commands.OF_LIST

    def __init__(self) -> None:
        super().__init__()
        self._installed = False  # whether any is

    def content(self) -> ComposeResult:
        """The list."""
        yield VirtualTable(
            Column(_("Pack"), 24, share=2, most=50),
            Column(_("State"), 24),
            Column(_("Version"), 9),
            Column(_("Name"), 14, share=1, drop=1),
        )

    def on_mount(self) -> None:
        """The arrow keys go through the list."""
        self.query_one(VirtualTable).focus()

    def refresh_content(self) -> None:
        """List them."""
        self.fetch(partial(view.packs, self.shop), self._listed, busy=True)

    def _listed(self, found: list[PackLine]) -> None:
        self._installed = any(one.installed for one in found)
        rows = [_row(one) for one in found]
        self.query_one(VirtualTable).show(ListSource(rows), keep=True, empty=_("There is no pack."))
        self.show_commands()

    def allows(self, command: type[Command]) -> bool:
        """One that cannot be read cannot be opened."""
        table = self.query_one(VirtualTable)
        if command is commands.OpenPack:
            return table.current is not None and not table.current.about.error
        return command is not commands.VerifyPacks or self._installed

    @on(VirtualTable.RowMoved)
    def moved(self) -> None:
        """Other commands."""
        self.show_commands()

    @on(VirtualTable.RowChosen)
    @on(commands.OpenPack)
    def open_one(self) -> None:
        """The one under the cursor."""
        row = self.query_one(VirtualTable).current
        if row is not None and not row.about.error:
            self.app.push_screen(PackScreen(row.about.named))

    @on(commands.PackFromFile)
    def from_file(self) -> None:
        """Ask for the place."""
        self.in_background(self._from_file(), "dialog")

    async def _from_file(self) -> None:
        hint = _("a folder, a .crmpack file or a YAML file")
        found = await ask_and_act(self, _("Where is the pack?"), hint, self._looked_at)
        if found is not None:
            await self.app.push_screen(PackScreen(found))

    def _looked_at(self, typed: str) -> str:
        return view.look(self.shop, view.typed_place(typed), {}).named

    @on(commands.NewPack)
    def new(self) -> None:
        """Ask for its name, write it, look at it."""
        self.in_background(self._new(), "dialog")

    async def _new(self) -> None:
        if (folder := await self.app.push_screen_wait(NewPackForm(self.shop))) is not None:
            self.crm.done(_("Wrote {folder}").format(folder=wide.clean(folder)), undo=False)
            await self.app.push_screen(PackScreen(folder))

    @on(commands.ExportPack)
    def export(self) -> None:
        """Ask what, then write it."""
        self.in_background(self._export(), "dialog")

    async def _export(self) -> None:
        if (told := await self.app.push_screen_wait(ExportForm(self.shop))) is not None:
            self.crm.done(wide.clean(told), undo=False)

    @on(commands.VerifyPacks)
    def verify(self) -> None:
        """Every installed pack with what it is by now."""

        def show(found: list[tuple[str, str]]) -> None:
            self.app.push_screen(Sheet(_("What the installed packs are by now"), partial(told_lines, found)))

        self.fetch(partial(making.verified, self.shop), show, group="verify", busy=True)

    @on(commands.LeavePacks)
    def leave(self) -> None:
        """Back."""
        self.dismiss()


def _row(one: PackLine) -> Row:
    if one.error:
        return Row(one.named, (f"! {one.title}", wide.clean(one.error), "", one.named), "error", one)
    state, tone = _("can be installed"), ""
    if one.installed:
        state, tone = _("installed"), "good"
        if one.installed != one.version:
            state = _("installed {version}, newer here").format(version=one.installed)
    return Row(one.named, tuple(map(wide.clean, (one.title, state, one.version, one.named))), tone, one)
