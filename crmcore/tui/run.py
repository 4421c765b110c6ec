"""Start the terminal UI. Importing this module loads no Textual: the first sign of life comes before that."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from crmcore import wide
from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.shop import Shop


def run(open_shop: Callable[[], Shop] | None, *, follow_language: bool = False, news: str = "") -> int:
    """Run the UI until the user leaves; returns the exit code.

    `open_shop` opens the shop, in a thread; without it the first screen offers the ways to one. With
    `follow_language` the UI speaks the language of the shop that is opened. `news` is told once it is open.
    """
    sign = " " + _("crm is opening")
    gc.disable()  # what start-up makes stays: going through it over and over is a part of its time
    _write(f"\r{sign}\r")  # at once: loading what draws the screen takes a moment
    from crmcore.tui.app import CrmApp
    from crmcore.tui.preferences import theme

    app = CrmApp(open_shop, theme=theme(), follow_language=follow_language, started=_started, news=news)
    app.run()
    _write("\r" + " " * wide.width(sign) + "\r")
    return app.return_code or 0


def _started() -> None:
    """Collect from now on, but leave alone what start-up made: it stays.

    Going through all of it takes 60 ms of CPU, and a key that is pressed meanwhile waits.
    """
    gc.freeze()
    gc.enable()


def _write(text: str) -> None:
    if sys.stdout.isatty():
        sys.stdout.write(text)
        sys.stdout.flush()
