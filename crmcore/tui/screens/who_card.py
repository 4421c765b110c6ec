"""The card on its screen: opening it, what comes after it was painted, and the sheets that show more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from textual import events, on
from textual.worker import Worker

from crmcore.desk import brief_words as words
from crmcore.desk import card_text
from crmcore.desk.advice import Added, Adviser, core_advice
from crmcore.desk.brief import Brief, brief
from crmcore.desk.card_look import Beside, beside
from crmcore.desk.card_same import Same, choices
from crmcore.desk.lookup import Lookup, Match, look_up
from crmcore.i18n import gettext as _
from crmcore.tui.area import Area
from crmcore.tui.widgets import card_commands as commands
from crmcore.tui.widgets.card import CardView, Lines
from crmcore.tui.widgets.card_beside import detail_lines, event_lines
from crmcore.tui.widgets.card_lines import Card, why_lines

_RECENT = 10
# What is shown below the line, and the widgets that belong to it.
_PARTS = {
    "start": "#start",
    "none": "#none",
    "results": "#results",
    "nobody": "#nobody",
    "card": "#desk, NoteLine",
}


# The sheets are imported when one is opened: the first card is painted sooner.
class CardScreen(Area):
    """The card of one customer, and what is shown around it."""

    lookup: Lookup | None = None
    brief: Brief | None = None
    same: tuple[Same, ...] = ()
    part: str = ""
    recent: Sequence[Match] = ()
    _beside: Beside | None = None
    _added: Added = Added()
    _adviser: Adviser | None = None
    _asker: Worker[None] | None = None

    @property
    def her(self) -> Brief:
        """The customer who is shown; only where one is."""
        assert self.brief is not None
        return self.brief

    def chosen_result(self) -> int | None:
        """The customer whose line is highlighted, while results are shown."""
        return None

    def shows(self, part: str) -> bool:
        """Whether that part is shown: start, none, results, nobody or card."""
        return self.part == part

    def show_part(self, part: str) -> None:
        """Show one part."""
        if self.part != part:
            self.part = part
            for name, widgets in _PARTS.items():
                for widget in self.query(widgets):
                    widget.display = name == part
        self.show_commands()

    # --- opening --------------------------------------------------------------------------------------------

    def open_card(self, customer_id: int, then: Callable[[], None] | None = None) -> None:
        """Show a customer's card and go there; `then` is done once she is shown."""

        def opened(found: Brief) -> None:
            others = [one for one in self.recent if one.customer_id != found.id]
            self.recent = [found.as_match, *others][:_RECENT]
            self._show(found, keep_place=False)
            self.query_one(CardView).focus()
            if then is not None:
                then()

        job = partial(brief, self.shop, customer_id, self._asked_order(customer_id))
        self.fetch(job, opened, group="card", busy=True)

    def _asked_order(self, customer_id: int) -> str | None:
        """The number of the order that she was looked up by."""
        match = self.lookup.of(customer_id) if self.lookup else None
        return match.shown if match and match.match == "order" else None

    def reload(self, customer_id: int | None = None) -> None:
        """Show the same customer anew, or whom she has become, without moving anything."""
        if self.brief is None:
            return
        her = self.brief.id if customer_id is None else customer_id
        asked = self.lookup.asked if self.lookup else None
        order = self._asked_order(her)

        def job() -> tuple[Brief, Lookup | None]:
            # Two records may have become one, or two again: what was looked up finds others now.
            return brief(self.shop, her, order), look_up(self.shop, asked) if asked else None

        def show(found: tuple[Brief, Lookup | None]) -> None:
            if found[1] is not None:
                self.lookup_again(found[1])
            self._show(found[0], keep_place=True)

        self.fetch(job, show, group="card")

    @on(commands.Edit)
    def edit(self) -> None:
        """Her record as a form; it says itself what it did."""
        from crmcore.tui.screens.customer_form import CustomerForm

        self.app.push_screen(CustomerForm(self.her.id))

    @on(commands.NewCustomer)
    def new_customer(self) -> None:
        """An empty form; whoever was written down is shown."""
        from crmcore.tui.screens.customer_form import CustomerForm

        def kept(customer_id: int | None) -> None:
            if customer_id is not None:
                self.open_card(customer_id)

        self.app.push_screen(CustomerForm(None), kept)

    def lookup_again(self, lookup: Lookup) -> None:
        """What was looked up finds this now."""
        self.lookup = lookup

    def _show(self, found: Brief, *, keep_place: bool) -> None:
        self.brief = found
        self.same = choices(found, self.lookup)
        self._beside = None
        if not keep_place:
            self._added = Added()
        self.show_part("card")
        self._draw(keep_place=keep_place)
        # What else there is comes after the card has been painted.
        self.call_after_refresh(self._complete, keep_place=keep_place)

    def _draw(self, *, keep_place: bool) -> None:
        her, added = self.her, self._added
        card = Card(her, (*core_advice(her), *added.lines), self.same, added.failures)
        self.query_one(CardView).show_card(card, keep_place=keep_place)

    def _complete(self, *, keep_place: bool) -> None:
        if self._is_wide:
            self.load_beside(keep_place=keep_place)
        self._ask_plugins()

    def _ask_plugins(self) -> None:
        """One question at a time: a plugin that hangs must not take every thread there is."""
        if self._asker is not None and not self._asker.is_finished:
            return  # when it comes back the one who is shown then is asked about
        her = self.her

        def show(added: Added) -> None:
            self._asker = None
            if self.brief is not her:
                self._ask_plugins()
            elif added != self._added:
                self._added = added
                self._draw(keep_place=True)
                self._draw_beside(keep_place=True)

        self._asker = self.fetch(partial(self._added_to, her), show, group="advice")

    def _added_to(self, her: Brief) -> Added:
        if self._adviser is None or self._adviser.shop is not self.shop:
            self._adviser = Adviser(self.shop)
        return self._adviser.about(her)

    @property
    def _is_wide(self) -> bool:
        return self.has_class("-wide") or self.has_class("-broad")

    def load_beside(self, *, keep_place: bool) -> None:
        """Fetch and show what stands beside the card."""
        her = self.her

        def show(found: Beside) -> None:
            if self.brief is not her:
                return
            self._beside = found
            self._draw_beside(keep_place=keep_place)

        self.fetch(partial(beside, self.shop, her), show, group="beside")

    def _draw_beside(self, *, keep_place: bool) -> None:
        found, her, boxes = self._beside, self.her, self._added.boxes
        if found is None:
            return
        self.query_one("#events", Lines).show(
            lambda width: event_lines(found.page.entries, her, width), keep_place=keep_place
        )
        self.query_one("#details", Lines).show(
            lambda width: detail_lines(her, found, boxes, width), keep_place=keep_place
        )

    def on_resize(self, _event: events.Resize) -> None:
        """There may be room for more now."""
        if self.brief is not None and self._is_wide and self._beside is None:
            self.call_after_refresh(self.load_beside, keep_place=False)

    # --- sheets ---------------------------------------------------------------------------------------------

    @on(commands.Timeline)
    def show_timeline(self) -> None:
        """Everything that happened, page by page."""
        from crmcore.tui.screens.who_timeline import TimelineSheet

        self.app.push_screen(TimelineSheet(self.shop, self.her))

    @on(commands.Everything)
    def show_everything(self) -> None:
        """What stands beside the card where there is room."""
        from crmcore.tui.screens.who_dialogs import Sheet

        her, boxes = self.her, self._added.boxes

        def show(found: Beside) -> None:
            self.app.push_screen(Sheet(her.called, partial(detail_lines, her, found, boxes, lines=2)))

        self.fetch(partial(beside, self.shop, her, 1), show, group="sheet", busy=True)

    @on(commands.Why)
    def show_why(self) -> None:
        """Each condition of a promotion."""
        from crmcore.tui.screens.who_dialogs import Sheet

        her = self.her
        self.app.push_screen(Sheet(words.promotion(her), lambda width: why_lines(her, width)))

    @on(commands.Copy)
    def copy(self) -> None:
        """Choose what to copy; all of it stands there to be selected as well."""
        from crmcore.tui.screens.who_dialogs import CopySheet

        sheet = CopySheet(card_text.pieces(self.her), card_text.whole(self.her))
        self.app.push_screen(sheet, self._copied)

    def _copied(self, text: str | None) -> None:
        if text is not None:
            self.app.copy_to_clipboard(text)
            self.crm.done(_("copied"), undo=False)
