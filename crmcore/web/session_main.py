"""One browser session: the terminal UI in a process of its own, drawn through textual-serve's pipe.

Started by `crmcore.web.server` with the shop and the language as arguments and the signed-in name in
$CRM_ACTOR, which is the actor of everything the session changes.
"""

from __future__ import annotations

import sys
from functools import partial

from crmcore.i18n import set_language


def main(arguments: list[str]) -> int:
    """Run the UI on the shop (first argument) in the language (second one)."""
    named, language = arguments
    set_language(language)
    from crmcore.shop import Shop
    from crmcore.tui.run import run

    return run(partial(Shop.open, named))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
