"""Message templates: the shop's own and those of its packs."""

from __future__ import annotations

from functools import partial

from textual import on
from textual.app import ComposeResult

from crmcore import wide
from crmcore.desk import template_view as view
from crmcore.desk.template_view import TemplateLine
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.tui.commands import Command
from crmcore.tui.screens import reach_commands as commands
from crmcore.tui.screens.reach_list import ReachList
from crmcore.tui.screens.template_edit import TemplateEditor
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable


class TemplatesScreen(ReachList):
    """A list; Enter opens the text of one."""

    HELP_TEXT = mark(
        "Messages written once for many, with each customer's own words in them. What is wrong with one is "
        "told while it is written, and how one customer would get it. Changed, a pack's template becomes the "
        "shop's own; forgotten, the pack's shows again."
    )
    ACTS = commands.OF_TEMPLATES

    def content(self) -> ComposeResult:
        """The list."""
        yield VirtualTable(
            Column(_("Title"), 20, share=2, most=44),
            Column(_("Purpose"), 10),
            Column(_("Channels"), 14, share=1, drop=2),
            Column(_("From"), 14, drop=1),
            Column(_("Name"), 14, drop=3),
        )

    def refresh_content(self) -> None:
        """List them."""
        self.fetch(partial(view.templates, self.shop), self._show)

    def _show(self, found: list[TemplateLine]) -> None:
        empty = _("No templates yet.\nPress n to write the first; the pack starter brings some: F9, then k.")
        self.query_one(VirtualTable).show(ListSource(list(map(_row, found))), keep=True, empty=empty)
        self.show_commands()

    def allows(self, command: type[Command]) -> bool:
        """Only the shop's own can be forgotten; one that cannot be read has no text."""
        one: TemplateLine | None = self.current
        if command is commands.ForgetOne:
            return one is not None and one.own
        return one is not None and not one.error if command is commands.OpenOne else True

    @on(commands.OpenOne)
    @on(VirtualTable.RowChosen)
    def open_one(self) -> None:
        """Its text."""
        one: TemplateLine | None = self.current
        if one is not None and not one.error:
            self.app.push_screen(TemplateEditor(one.name))

    @on(commands.NewOne)
    def new(self) -> None:
        """A text to start from."""
        self.app.push_screen(TemplateEditor(None))

    @on(commands.ForgetOne)
    def forget(self) -> None:
        """At once: a key takes it back."""
        if one := self.current:
            told = _("{name} is forgotten").format(name=one.name)
            self.fetch(partial(view.remove, self.shop, one.name), lambda _none: self._gone(told), group="act")

    def _gone(self, told: str) -> None:
        self.crm.done(told)
        self.refresh_content()


def _row(one: TemplateLine) -> Row:
    cells = (f"! {one.error}" if one.error else one.title, one.purpose, one.channels, one.source, one.name)
    return Row(one.name, tuple(map(wide.clean, cells)), "error" if one.error else "", one)
