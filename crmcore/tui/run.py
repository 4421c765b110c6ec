"""Start the terminal UI. Importing this module loads no Textual: the first sign of life comes before that."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.shop import Shop


def run(open_shop: Callable[[], Shop] | None) -> int:
    """Run the UI until the user leaves; returns the exit code.

    `open_shop` opens the shop, in a thread; without it the first screen offers the ways to one.
    """
    _show_first_sign()
    from crmcore.tui.app import CrmApp
    from crmcore.tui.preferences import theme

    app = CrmApp(open_shop, theme=theme())
    app.run()
    return app.return_code or 0


def _show_first_sign() -> None:
    """One line at once: loading what draws the screen takes a moment."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r{_('crm is opening…')}\r")
        sys.stdout.flush()
