"""The area `plugins`: which there are, how they fare, what each is set to and can do."""

from __future__ import annotations

from functools import partial

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.widgets import Static

from crmcore import wide
from crmcore.desk import plugin_view
from crmcore.desk.pack_view import known_as
from crmcore.desk.plugin_view import PluginAction, PluginView
from crmcore.errors import CrmError
from crmcore.hooks.results import FAILED, OFF, ON, PluginInfo
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark
from crmcore.packs.switching import StillUsedError
from crmcore.shown import labelled, word
from crmcore.tui.area import Area
from crmcore.tui.commands import Command
from crmcore.tui.dialogs import Choose, Confirm
from crmcore.tui.screens.plugin_action import ActionScreen
from crmcore.tui.screens.plugin_acts import RunAction, SetPlugin, ShowFailures, ShowPacks, SwitchPlugin
from crmcore.tui.screens.plugin_failures import FailuresScreen
from crmcore.tui.screens.plugin_settings import SettingsScreen
from crmcore.tui.widgets.prose import Sentences
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable

_NAMED = 8  # of what would not work any more, in a question


class PluginsScreen(Area):
    """The plugins as a table; beside it (below, on a narrow screen) the one under the cursor."""

    NAME = "plugins"
    HELP_TEXT = mark(
        "Everything that differs from shop to shop is a plugin: what reads a platform's files, what makes a "
        "segment. A plugin that fails is listed here with the reason and hurts nobody else."
    )
    ACTS = (SwitchPlugin, SetPlugin, RunAction, ShowFailures, ShowPacks)
    DEFAULT_CSS = """
    PluginsScreen {
        & #plugins { layout: vertical; height: 1fr; }
        & VirtualTable { height: 1fr; width: 1fr; }
        & #side { height: 10; width: 1fr; border-top: solid $panel-lighten-2; padding: 0 1; }
        &.-wide #plugins { layout: horizontal; }
        &.-wide VirtualTable { width: 3fr; }
        &.-wide #side { height: 1fr; width: 2fr; border-top: none; border-left: solid $panel-lighten-2; }
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]

    def content(self) -> ComposeResult:
        """The table and the plugin under the cursor."""
        with Container(id="plugins"):
            yield VirtualTable(
                Column(_("State"), 10),
                Column(_("Name"), 18, share=1),
                Column(_("Family"), 14),
                Column(_("Version"), 8, drop=2),
                Column(_("From"), 10, share=1, drop=3),
                Column(_("Loaded in"), 9, right=True, drop=4),
                Column(_("Problem"), 12, share=2, drop=1),
            )
            with VerticalScroll(id="side", can_focus=False):
                yield Static(id="about")

    def refresh_content(self) -> None:
        """Ask the plugins."""
        self.fetch(lambda: plugin_view.plugins(self.shop), self._show, busy=True)

    def _show(self, found: list[PluginView]) -> None:
        table = self.query_one(VirtualTable)
        table.show(ListSource([_row(one) for one in found]), keep=True, empty=_("There is no plugin."))
        if self.focused is None:
            table.focus()
        self.show_commands()

    @property
    def _current(self) -> PluginView | None:
        row = self.query_one(VirtualTable).current
        return row.about if row else None

    def allows(self, command: type[Command]) -> bool:
        """What fits the plugin under the cursor."""
        one = self._current
        if command is ShowPacks:
            return self.crm.is_open
        if one is None:
            return False
        if command is SetPlugin:
            return one.has_settings
        if command is RunAction:
            return bool(one.actions) and one.info.state == ON
        return True

    @on(VirtualTable.RowMoved)
    def moved(self, event: VirtualTable.RowMoved) -> None:
        """Tell of the plugin under the cursor."""
        self.query_one("#about", Static).update(about(event.row.about) if event.row else "")
        self.show_commands()

    # --- acts -----------------------------------------------------------------------------------------------

    @on(VirtualTable.RowChosen)
    @on(SwitchPlugin)
    def switch(self) -> None:
        """On or off."""
        if one := self._current:
            self._switch(one.info.name, on_now=one.info.state == OFF)

    def _switch(self, plugin: str, *, on_now: bool, anyway: bool = False) -> None:
        self.fetch(
            lambda: plugin_view.switch(self.shop, plugin, on=on_now, anyway=anyway),
            self._switched,
            group="switch",
            busy=True,
            failed=lambda error: self._not_switched(plugin, on_now, error),
        )

    def _not_switched(self, plugin: str, on_now: bool, error: CrmError) -> None:
        if isinstance(error, StillUsedError):
            self.in_background(self._switch_anyway(plugin, on_now, error), "ask")
        else:
            self.crm.complain(error)

    async def _switch_anyway(self, plugin: str, on_now: bool, error: StillUsedError) -> None:
        """Something would not work any more: somebody must want that."""
        told = error.told(_NAMED, partial(known_as, self.shop))
        question = Confirm(told, _("Switch on") if on_now else _("Switch off"))
        if await self.crm.push_screen_wait(question):
            self._switch(plugin, on_now=on_now, anyway=True)

    def _switched(self, info: PluginInfo) -> None:
        self.crm.done(_("{name} is {state}.").format(name=info.name, state=word(info.state)))
        self._changed()

    def _changed(self) -> None:
        self.crm.offer_plugin_actions()
        self.refresh_content()

    @on(SetPlugin)
    def settings(self) -> None:
        """A form."""
        if one := self._current:
            self.in_background(self._settings(one.info.name), "ask")

    async def _settings(self, plugin: str) -> None:
        asked = plugin_view.settings(self.shop, plugin)
        if await self.crm.push_screen_wait(SettingsScreen(plugin, asked)):
            self.crm.done(_("Kept; what follows from it is worked out anew."))
            self._changed()

    @on(ShowFailures)
    def failures(self) -> None:
        """The log."""
        if one := self._current:
            self.app.push_screen(FailuresScreen(one.info.name))

    @on(ShowPacks)
    def show_packs(self) -> None:
        """The packs, over this area."""
        from crmcore.tui.screens.packs import PacksScreen

        self.app.push_screen(PacksScreen())

    @on(RunAction)
    def do_something(self) -> None:
        """What it offers."""
        if one := self._current:
            self.in_background(self._do(one.actions), "ask")

    async def _do(self, actions: tuple[PluginAction, ...]) -> None:
        chosen: int | None = 0
        if len(actions) > 1:
            lines = [wide.clean(labelled(one.title, one.sentence)) for one in actions]
            chosen = await self.crm.push_screen_wait(Choose(_("What shall it do?"), lines))
        if chosen is not None:
            await self.crm.push_screen_wait(ActionScreen(actions[chosen]))
            self.refresh_content()


def _row(one: PluginView) -> Row:
    info = one.info
    tones = {OFF: "muted", FAILED: "error"}
    tone = tones.get(info.state, "warning" if info.error else "")
    seconds = f"{info.seconds * 1000:,.0f} ms"
    cells = (one.state, info.name, one.family, info.version, one.source, seconds, info.error)
    return Row(info.name, tuple(map(wide.clean, cells)), tone, one)


def about(one: PluginView) -> Group:
    """A plugin in some lines: what is wrong, what it says of itself, what it brings."""
    info = one.info
    lines: list[RenderableType] = [Text(wide.clean(f"{info.name} {info.version}  {one.state}"), style="bold")]
    if info.error:
        lines.append(Sentences(f"! {info.error}"))
    if info.description:
        lines.append(Sentences(info.description))
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for title, names in one.brings.items():
        table.add_row(Text(title), Text(wide.clean(joined(names))))
    table.add_row(Text(_("from")), Text(wide.clean(labelled(one.family, one.source))))
    if info.hooks:
        table.add_row(Text(_("hooks")), Text(wide.clean(joined(info.hooks))))
    return Group(*lines, table)
