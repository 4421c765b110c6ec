"""Who is this? A line to type into, what it finds, and the card of the one who is meant."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.worker import Worker

from crmcore.desk.lookup import Lookup, has_customers, look_up
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.tui.commands import Command
from crmcore.tui.screens.who_knowledge import CardKnowledge
from crmcore.tui.widgets import card_commands as commands
from crmcore.tui.widgets.card import CardView, Lines
from crmcore.tui.widgets.card_lookup import LookupLine, NoteLine
from crmcore.tui.widgets.card_results import Results
from crmcore.tui.widgets.empty import Empty

# Seconds between a key and looking up: first the key is painted, and of keys that follow closely only the
# last is looked up.
_PAUSE = 0.03
# What is a key of the list of results and not the beginning of another text.
_KEYS_OF_RESULTS = ("m", "slash", "question_mark", "space")


class WhoScreen(CardKnowledge):
    """Look somebody up while she is writing, and know at once who she is."""

    NAME = "who"
    HELP_TEXT = mark(
        "Type or paste whatever you have of her: a nickname, name, phone or its last four digits, an order "
        "number, a piece of the address, pinyin initials. Lines with ? are possible matches: the "
        "platform hid a part of the value. Open her with Enter and press m when it is her."
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide"), (180, "-broad")]
    ACTS = commands.ON_CARD
    DEFAULT_CSS = """
    WhoScreen #desk { height: 1fr; }
    WhoScreen #card { width: 1fr; }
    WhoScreen #beside { display: none; width: 1fr; border-left: solid $panel; padding-left: 1; }
    WhoScreen #beside Lines { height: 1fr; }
    WhoScreen.-wide #beside, WhoScreen.-broad #beside { display: block; }
    WhoScreen.-wide #card { width: 55%; min-width: 74; }
    WhoScreen.-broad #card { width: 82; }
    WhoScreen.-broad #beside { layout: horizontal; }
    WhoScreen.-broad #beside Lines { width: 1fr; height: 100%; padding-right: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._wanted = ""
        self._looker: Worker[None] | None = None
        self._pause: Timer | None = None
        self._open_when_found = False

    def content(self) -> ComposeResult:
        """The line, what it finds, the card with what stands beside it, the line for a note."""
        yield LookupLine()
        yield Empty(
            _("Type or paste what you have of her."),
            _("Nickname, name, phone or its last 4 digits, order number, address, pinyin initials."),
            id="start",
        )
        yield Empty(
            _("There are no customers yet."),
            _("F7 imports the order files of your platforms; ^N writes one customer down."),
            id="none",
        )
        yield Empty(
            _("Nobody is known by that."),
            _("Try a part of it, the last 4 digits of her phone, or an order number.  ^N: a new customer."),
            id="nobody",
        )
        yield Results(id="results")
        with Horizontal(id="desk"):
            yield CardView(id="card")
            with Vertical(id="beside"):
                yield Lines(id="events")
                yield Lines(id="details")
        yield NoteLine()

    def on_mount(self) -> None:
        """The cursor stands in the line."""
        self.show_part("start")
        self.query_one(LookupLine).focus_line()

    # --- looking up -----------------------------------------------------------------------------------------

    @on(LookupLine.Changed)
    def typed(self, event: LookupLine.Changed) -> None:
        """Another text: look it up, the newest one wins."""
        self._wanted = event.text.strip()
        self._open_when_found = event.pasted
        if self._pause is not None:
            self._pause.stop()
        if event.pasted:
            self._look()
        else:
            self._pause = self.set_timer(_PAUSE, self._look)

    def _look(self) -> None:
        if not self.crm.is_open or (self._looker is not None and not self._looker.is_finished):
            return
        if not self._wanted:
            self._found(Lookup("", tuple(self.recent)))
            return
        wanted = self._wanted
        self._looker = self.fetch(lambda: look_up(self.shop, wanted), self._answered, group="lookup")

    def _answered(self, lookup: Lookup) -> None:
        """Somebody may have typed on meanwhile: then that is looked up, and this is not shown."""
        self._looker = None
        if lookup.asked != self._wanted:
            self._look()
            return
        self._found(lookup)
        if self._open_when_found:
            self._open_when_found = False
            if lookup.only is not None:
                self.open_card(lookup.only.customer_id)

    def lookup_again(self, lookup: Lookup) -> None:
        """The line and the results tell it, too."""
        super().lookup_again(lookup)
        self.query_one(LookupLine).show_counts(lookup)
        self.query_one(Results).show(lookup, self.shop.settings.time_zone if self.crm.is_open else "UTC")

    def _found(self, lookup: Lookup) -> None:
        self.lookup_again(lookup)
        self.show_part("results" if lookup.matches else "nobody" if lookup.asked else "start")

    @on(LookupLine.Entered)
    def entered(self) -> None:
        """Enter: the one who is meant, else the line that is highlighted."""
        lookup, results = self.lookup, self.query_one(Results)
        if self._wanted and (lookup is None or lookup.asked != self._wanted):
            self._open_when_found = True  # the answer is on its way, or the shop is being opened
            return
        if lookup is None or not lookup.matches:
            return
        only = lookup.only if results.highlighted == 0 else None
        chosen = only.customer_id if only else results.chosen
        if chosen is not None:
            self.open_card(chosen)

    @on(LookupLine.Moved)
    def moved(self, event: LookupLine.Moved) -> None:
        """Up and down in the line walk through the results; Tab and Esc go into them, where there are any."""
        results = self.query_one(Results)
        if event.into:
            if self.part in ("results", "card"):
                (results if self.shows("results") else self.query_one(CardView)).focus()
            else:
                self.query_one(LookupLine).focus_line()
        elif self.shows("results"):
            results.action_move(1 if event.down else -1)

    @on(Results.Opened)
    def opened(self, event: Results.Opened) -> None:
        """A line was chosen."""
        self.open_card(event.customer_id)

    @on(commands.Back)
    def back(self) -> None:
        """Back to the line, with its text ready to be replaced."""
        self.query_one(LookupLine).focus_line()

    def on_key(self, event: events.Key) -> None:
        """Up from the first result leads back into the line; so does typing on."""
        results = self.query_one(Results)
        if self.focused is not results:
            return
        if event.key == "up" and results.highlighted == 0:
            event.stop()
            self.query_one(LookupLine).focus_line()
        elif event.character and event.is_printable and event.key not in _KEYS_OF_RESULTS:
            event.stop()
            self.query_one(LookupLine).type_on(event.character)

    # --- what is shown --------------------------------------------------------------------------------------

    def show_customer(self, customer_id: int) -> None:
        """Show her card, asked for from another screen."""
        self.lookup, self._wanted, self._open_when_found = None, "", False
        if self._pause is not None:
            self._pause.stop()
        if self._looker is not None:  # what was typed before is not to come over her card
            self._looker.cancel()
            self._looker = None
        self.query_one(LookupLine).clear()
        self.open_card(customer_id)

    def refresh_content(self) -> None:
        """The shop is open, or records have changed."""
        if self.shows("card"):
            self.reload()
        elif self._wanted:
            self._look()
        elif not self.recent:
            self.fetch(lambda: has_customers(self.shop), self._tell_start, group="start")

    def _tell_start(self, anybody: bool) -> None:
        """Where there is nobody yet, say where people come from."""
        if self.part in ("start", "none"):
            self.show_part("start" if anybody else "none")

    def allows(self, command: type[Command]) -> bool:
        """The card's commands need a card; going back needs a place to come from."""
        if command is commands.NewCustomer:
            return self.crm.is_open
        if command is commands.Back:
            return not self.query_one(LookupLine).has_cursor
        if command is commands.JustHer and self.focused is self.query_one(Results):
            return self.highlighted_is_possible
        return super().allows(command)

    @property
    def highlighted_is_possible(self) -> bool:
        """Whether the highlighted result only may be meant."""
        chosen = self.query_one(Results).chosen
        match = self.lookup.of(chosen) if self.lookup and chosen is not None else None
        return match is not None and not match.certain

    def chosen_result(self) -> int | None:
        """The customer whose line is highlighted, while the results are shown."""
        return self.query_one(Results).chosen if self.shows("results") else None
