"""A line is asked for and acted on; what cannot be is told, and the line asked for again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from crmcore.desk.segment_view import as_of_from
from crmcore.errors import CrmError, UsageError
from crmcore.i18n import gettext as _
from crmcore.tui.dialogs import Ask

if TYPE_CHECKING:
    from crmcore.tui.area import Area

T = TypeVar("T")


async def ask_and_act(
    area: Area, question: str, hint: str, act: Callable[[str], T], *, text: str = "", blank: bool = False
) -> T | None:
    """Ask for a line, `text` standing in it, and give it to `act` (in a thread); returns what that returned.

    A `UsageError` of `act` is shown under the line, which can be mended. None when nothing was typed (unless
    `blank` counts as well), Esc pressed, or another `CrmError` was told.
    """
    typed: str | None = text
    while True:
        typed = await area.app.push_screen_wait(Ask(question, typed or "", hint))
        if typed is None or not (typed.strip() or blank):
            return None
        try:
            return await asyncio.to_thread(act, typed)
        except UsageError as error:
            hint = f"! {error}"
        except CrmError as error:
            area.crm.complain(error)
            return None


async def ask_day(area: Area, known: date | None) -> tuple[date | None] | None:
    """Ask at the end of which day things are to be looked at; (None,) is today, None: nothing was said."""
    return await ask_and_act(
        area,
        _("As it was at the end of which day?"),
        _("2026-11-20, yesterday, -3d, -2w; empty: today"),
        lambda typed: (as_of_from(area.shop, typed),),
        text=str(known or ""),
        blank=True,
    )
