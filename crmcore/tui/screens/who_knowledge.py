"""What the playbook says for the customer on the card: ready answers to copy, articles to read."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.content import Content

from crmcore.desk import knowledge
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.shown import labelled
from crmcore.tui.dialogs import Choose
from crmcore.tui.screens.who_acts import CardActs
from crmcore.tui.widgets import card_commands as commands
from crmcore.tui.widgets.card_parts import wrapped
from crmcore.wide import clean

if TYPE_CHECKING:
    from crmcore.tui.screens.who_dialogs import Sheet

_PROPOSED = 12  # tags in a hint


class CardKnowledge(CardActs):
    """The acts of the card, and what to say and to read."""

    @on(commands.Answers)
    def ready_answers(self) -> None:
        """Ready answers, then the articles about her."""
        self.in_background(self._ready_answers(), "dialog")

    async def _ready_answers(self) -> None:
        her, shop = self.her, self.shop
        said = await asyncio.to_thread(knowledge.answers, shop, her)
        read = await asyncio.to_thread(knowledge.articles_for, shop, her)
        if not said and not read:
            self.crm.done(
                _("No ready answers yet: packs bring them, and `crm playbook save texts`."), undo=False
            )
            return
        lines = [labelled(one.title, one.text.replace("\n", " ")[:80]) for one in said]
        lines += [labelled(_("read"), f"{one.title} ({', '.join(one.fits)})") for one in read]
        place = await self.app.push_screen_wait(Choose(_("What to say to her?"), list(map(clean, lines))))
        if place is None:
            return
        if place < len(said):
            self.app.copy_to_clipboard(said[place].text)
            self.crm.done(_("copied"), undo=False)
        else:
            self.app.push_screen(article_sheet(read[place - len(said)]))


def article_sheet(one: knowledge.Article) -> Sheet:
    """An article to read."""
    from crmcore.tui.screens.who_dialogs import Sheet

    return Sheet(one.title, partial(_lines, one))


def _lines(one: knowledge.Article, width: int) -> list[Content]:
    found: list[Content] = []
    for text in one.text.split("\n"):
        found += wrapped(text, width, 200) if text.strip() else [Content("")]
    for title, value in (
        (_("Segments"), joined(one.segments)),
        (_("See"), joined(one.see)),
        (_("Source"), one.source),
    ):
        if value:
            found += wrapped(labelled(title, value), width, 4, style="$text-muted")
    return found
