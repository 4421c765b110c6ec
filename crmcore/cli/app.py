"""What one run of `crm` knows: the named shop, the language, and the open shop once a command needs it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmcore import config
from crmcore.cli import edge
from crmcore.errors import NotFoundError
from crmcore.i18n import asked_language, language, locale_language
from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.cli.output import Progress
    from crmcore.shop import Shop


# How long a question waits for facts that plugins work out in Python, in seconds.
PATIENCE = 20.0


class App:
    """One run of the command line."""

    def __init__(self, shop: str | None, chosen_language: str | None) -> None:
        self.shop_option = shop
        self.chosen_language = chosen_language
        # Read before a word is said: from then on $LANGUAGE is what we speak, for the processes we start.
        self.system_language, self.asked_language = locale_language(), asked_language()
        self._shop: Shop | None = None
        self._progress: Progress | None = None

    @property
    def named(self) -> str | None:
        """What names the shop: --shop, $CRM_SHOP, the nearest folder upward, the one opened last."""
        return config.find_named(self.shop_option)

    def require_named(self) -> str:
        """What names the shop; raises `NotFoundError` with the ways on when nothing does."""
        if (named := self.named) is None:
            raise NotFoundError(no_shop())
        return named

    def first_language(self) -> str:
        """The language before any shop is opened: --lang, the shop's file, the locale."""
        return self.chosen_language or config.peek_language(self.named) or self.system_language

    @property
    def shop(self) -> Shop:
        """The shop, opened at the first use; raises `NotFoundError` with the ways on when there is none."""
        if self._shop is None:
            named = self.require_named()
            from crmcore.shop import Shop
            from crmcore.store.migrations import telling

            with telling(self._tell_steps):
                self._shop = Shop.open(named)
            self._shop.on_progress = self._tell_progress
            if self._shop.place.folder is not None:
                config.remember_opened(self._shop.place)
            if not self.chosen_language and self._shop.settings.language != language():
                edge.speak(self._shop.settings.language)
        return self._shop

    def open_shop(self) -> Shop:
        """The shop, opened anew for whoever closes it."""
        from crmcore.shop import Shop

        shop = Shop.open(self.require_named())
        config.remember_opened(shop.place)
        return shop

    @property
    def fresh_shop(self) -> Shop:
        """The shop, its plugins' facts worked out as far as that goes within `PATIENCE`; the rest is told."""
        from crmcore.cli.output import note
        from crmcore.watching import bring_up_to_date

        shop = self.shop
        for sentence in bring_up_to_date(shop, PATIENCE):
            note(sentence)
        return shop

    def day(self, text: str | None) -> date | None:
        """The day that `--as-of` names, in the shop's zone; None where it was not given."""
        if text is None:
            return None
        from crmcore.records.typed_times import day_from

        return day_from(text, self.shop.clock())

    def log_folder(self) -> Path:
        """Where tracebacks of this run go."""
        return config.log_folder(self._shop.place if self._shop else None)

    def _tell_steps(self, done: int, steps: int) -> None:
        """Steps of the database, after an update of the program: of a big shop they take seconds."""
        self._tell(done, steps, _("bringing the shop's database up to date"))

    def _tell_progress(self, done: int, total: int) -> None:
        """Figures that are worked out anew, after a plugin came or changed, can take a while."""
        self._tell(done, total, _("working out figures"))

    def _tell(self, done: int, total: int, what: str) -> None:
        from crmcore.cli.output import Progress

        self._progress = self._progress or Progress()
        self._progress(done, total, what)
        if done >= total:
            self._progress.close()

    def close(self) -> None:
        """Close the shop where one was opened."""
        if self._progress is not None:
            self._progress.close()
        if self._shop is not None:
            self._shop.close()


def no_shop() -> str:
    """What to say where no shop is found."""
    return _(
        "no shop here: try `crm demo` (a shop full of made-up customers), make one with `crm init`, "
        "or name one with --shop"
    )


pass_app = click.make_pass_decorator(App)
