"""Pairs that may be one person, one after the other: merge them, keep them apart for good, or go on."""

from __future__ import annotations

from functools import partial

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import Label

from crmcore import wide
from crmcore.desk.joining import Candidate, Pair, chosen_pair, compare, open_pairs, settle
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.tui.area import Area
from crmcore.tui.commands import Command
from crmcore.tui.widgets.card import Lines
from crmcore.tui.widgets.empty import Empty
from crmcore.tui.widgets.pair_lines import pair_lines


class OnePerson(Command):
    """They are one: merge."""

    key = "m"
    title = mark("One person")
    explanation = mark("Merge the two: the one known longer is kept, with all that both have")


class TwoPeople(Command):
    """They are two, for good."""

    key = "x"
    title = mark("Two people")
    explanation = mark("Keep them apart: this pair is never shown again")


class NextPair(Command):
    """Leave it open and look at the next."""

    key = "n,right,enter"
    title = mark("Next")
    explanation = mark("Leave this pair open and look at the next")


class PairBefore(Command):
    """Back to the one before."""

    key = "p,left"
    title = mark("Before")
    explanation = mark("The pair before")


class OpenFirst(Command):
    """The card of the one on the left."""

    key = "1"
    title = mark("Left card")
    explanation = mark("Open the card of the one on the left")


class OpenSecond(Command):
    """The card of the one on the right."""

    key = "2"
    title = mark("Right card")
    explanation = mark("Open the card of the one on the right")


class BackToList(Command):
    """Back to the list."""

    key = "escape"
    title = mark("Back")
    explanation = mark("Back to the list")


class DuplicatesScreen(Area):
    """Two cards side by side: those that may be one person one after the other, or two that are given."""

    NAME = "customers"
    HELP_TEXT = mark(
        "Two records that may be one person. Compare them, then m merges, x keeps them apart for good, n "
        "leaves the pair open. What you did is taken back with ^Z."
    )
    ACTS = (OnePerson, TwoPeople, NextPair, PairBefore, OpenFirst, OpenSecond, BackToList)
    DEFAULT_CSS = """
    DuplicatesScreen #about { padding: 0 1; width: 1fr; text-style: bold; }
    DuplicatesScreen #pair { height: 1fr; padding: 0 1; }
    DuplicatesScreen #none { display: none; }
    DuplicatesScreen.-none #none { display: block; }
    DuplicatesScreen.-none #pair, DuplicatesScreen.-none #about { display: none; }
    """

    def __init__(self, chosen: tuple[int, int] | None = None) -> None:
        super().__init__()
        self._chosen = chosen
        self._pairs: list[Candidate] = []
        self._count = 0
        self._place = 0
        self._pair: Pair | None = None

    def content(self) -> ComposeResult:
        """The pair, or that there is none."""
        yield Label("", id="about")
        yield Lines(id="pair")
        yield Empty(
            _("No pairs to look at."),
            _("Imports find those who may be one person: same phone, or name and address."),
            id="none",
        )

    def refresh_content(self) -> None:
        """Fetch the open pairs, and stay at the place."""
        if self._chosen is not None:
            self._listed((1, [chosen_pair(*self._chosen)]))
            return
        self.fetch(partial(open_pairs, self.shop), self._listed, group="pairs", busy=True)

    def _listed(self, found: tuple[int, list[Candidate]]) -> None:
        self._count, self._pairs = found
        self._place = max(min(self._place, len(self._pairs) - 1), 0)
        self._show()

    def _show(self) -> None:
        self._pair = None
        self.set_class(not self._pairs, "-none")
        self.show_commands()
        if self._pairs:
            candidate = self._pairs[self._place]
            self.fetch(partial(compare, self.shop, candidate), self._compared, group="pair", busy=True)

    def _compared(self, pair: Pair) -> None:
        self._pair = pair
        about = _("Pair {place} of {count}: {reason}. One person?")
        words = about.format(
            place=self._place + 1, count=max(self._count, len(self._pairs)), reason=pair.reason
        )
        self.query_one("#about", Label).update(Text(wide.clean(words)))
        pane = self.query_one("#pair", Lines)
        pane.show(lambda width: pair_lines(pair, width))
        pane.focus()

    def allows(self, command: type[Command]) -> bool:
        """Settling needs a pair, moving another one."""
        if command is NextPair:
            return self._place + 1 < self._count
        if command is PairBefore:
            return self._place > 0
        if command is TwoPeople and self._chosen is not None:
            return False
        return command is BackToList or self._pair is not None

    @on(OnePerson)
    def merge(self) -> None:
        """Merge."""
        self._settle(same=True)

    @on(TwoPeople)
    def keep_apart(self) -> None:
        """Two for good."""
        self._settle(same=False)

    def _settle(self, *, same: bool) -> None:
        pair = self._pair
        if pair is None:
            return
        self._pair = None  # a second press must not settle the next one

        def done(kept: int | None) -> None:
            said = _("They stay two people.")
            if kept is not None:
                said = _("{name} is one person now").format(name=f"{pair.a.called} #{kept}")
            self.crm.done(said)
            if self._chosen is None:
                self.refresh_content()
            else:
                self.dismiss()

        def failed(error: Exception) -> None:
            self.crm.complain(error)  # type: ignore[arg-type]
            self.refresh_content()

        self.fetch(
            partial(settle, self.shop, pair, same=same), done, group="settle", failed=failed, busy=True
        )

    @on(NextPair)
    def next_pair(self) -> None:
        """Leave it open."""
        if self._place + 1 < len(self._pairs):
            self._place += 1
            self._show()
            return
        last = self._pairs[-1].id if self._pairs else 0

        def more(found: tuple[int, list[Candidate]]) -> None:
            self._count = found[0]
            if found[1]:
                self._pairs += found[1]
                self._place += 1
            self._show()

        self.fetch(partial(open_pairs, self.shop, last), more, group="pairs", busy=True)

    @on(PairBefore)
    def pair_before(self) -> None:
        """The one before."""
        self._place = max(self._place - 1, 0)
        self._show()

    @on(OpenFirst)
    def open_first(self) -> None:
        """Her card."""
        if self._pair is not None:
            self.crm.show_customer(self._pair.a.id)

    @on(OpenSecond)
    def open_second(self) -> None:
        """The other's card."""
        if self._pair is not None:
            self.crm.show_customer(self._pair.b.id)

    @on(BackToList)
    def leave(self) -> None:
        """Back to the list."""
        self.dismiss()
