"""One record that may be two people: bring back who was merged into it, or split identities off."""

from __future__ import annotations

from functools import partial

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import Label

from crmcore import wide
from crmcore.desk.brief import Brief
from crmcore.desk.joining import Part, bring_back, parts_of, split_off
from crmcore.i18n import gettext as _
from crmcore.i18n import mark, ngettext
from crmcore.tui.area import Area
from crmcore.tui.commands import Command
from crmcore.tui.dialogs import Confirm
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable


class TakeApart(Command):
    """Bring back, or split off."""

    key = "x"
    title = mark("Take apart")
    explanation = mark("Bring back the merged one under the cursor, or split the marked identities off")


class MarkPart(Command):
    """Choose an identity."""

    key = "space"
    title = mark("Mark")
    explanation = mark("Mark an identity to be split off")


class BackToList(Command):
    """Back to the list."""

    key = "escape"
    title = mark("Back")
    explanation = mark("Back to the list")


class SplitScreen(Area):
    """Her parts."""

    NAME = "customers"
    HELP_TEXT = mark(
        "What this customer is made of: records merged into her, and what she is known by, each with the "
        "orders that came with it. x on a merged record brings it back as it was; Space marks identities, "
        "and x makes another customer of them. A split is taken back by merging the two again."
    )
    ACTS = (TakeApart, MarkPart, BackToList)
    DEFAULT_CSS = """
    SplitScreen #about { padding: 0 1; width: 1fr; text-style: bold; }
    """

    def __init__(self, customer_id: int) -> None:
        super().__init__()
        self._customer_id = customer_id
        self._her: Brief | None = None

    def content(self) -> ComposeResult:
        """Who she is, and her parts."""
        yield Label("", id="about")
        yield VirtualTable(
            Column(_("What"), 18, share=1),
            Column(_("Known by"), 24, share=2),
            Column(_("Orders"), 8, right=True),
            markable=True,
            id="parts",
        )

    @property
    def table(self) -> VirtualTable:
        """Her parts."""
        return self.query_one("#parts", VirtualTable)

    def on_mount(self) -> None:
        """The keys go to the table."""
        self.table.focus()

    def refresh_content(self) -> None:
        """Fetch her parts."""
        self.fetch(partial(parts_of, self.shop, self._customer_id), self._show, group="parts", busy=True)

    def _show(self, found: tuple[Brief, list[Part]]) -> None:
        self._her, parts = found
        called = f"{self._her.called} #{self._her.id}"
        about = wide.clean(_("{name} is made of:").format(name=called))
        self.query_one("#about", Label).update(Text(about))
        rows = [
            Row(one.identity or -(one.merged or 0), (one.words, one.shown, f"{one.orders:,}"), about=one)
            for one in parts
        ]
        self.table.clear_marks()
        empty = _("She is known by nothing that could be split off.")
        self.table.show(ListSource(rows), keep=True, empty=empty)

    def allows(self, command: type[Command]) -> bool:
        """Both need a part under the cursor or marked ones."""
        return command is BackToList or self.table.current is not None

    @on(MarkPart)
    def mark_part(self) -> None:
        """What Space does."""
        self.table.action_mark()

    @on(TakeApart)
    @on(VirtualTable.RowChosen)
    def take_apart(self) -> None:
        """Ask, for no key takes it back."""
        self.in_background(self._take_apart(), "dialog")

    async def _take_apart(self) -> None:
        row, her = self.table.current, self._her
        if row is None or her is None:
            return
        marked = [key for key in self.table.marked if isinstance(key, int) and key > 0]
        part: Part = row.about
        if not marked and part.merged is not None:
            question = _("Bring {name} back as she was?").format(name=part.shown)
            if await self._sure(question, _("Bring back")):
                said = _("{name} is back").format(name=part.shown)
                self._act(partial(bring_back, self.shop, part.merged), said)
            return
        chosen = marked or [part.identity or 0]
        count = len(chosen)
        question = ngettext(
            "Make another customer of {count} identity, with the orders that came with it?",
            "Make another customer of {count} identities, with the orders that came with them?",
            count,
        ).format(count=count)
        if await self._sure(question, _("Split")):
            self._act(partial(split_off, self.shop, her.id, chosen), _("Split: two customers now"))

    async def _sure(self, question: str, yes: str) -> bool:
        hint = _("Taken back by merging the two again.")
        sure: bool = await self.app.push_screen_wait(Confirm(f"{wide.clean(question)}\n{hint}", yes))
        return sure

    def _act(self, job: partial[int], said: str) -> None:
        def done(_result: int) -> None:
            self.crm.done(said, undo=False)
            self.crm.refresh_area()

        self.fetch(job, done, group="act", busy=True)

    @on(BackToList)
    def leave(self) -> None:
        """Back to the list."""
        self.dismiss()
