"""`crm init`: make a shop in a folder."""

from __future__ import annotations

from pathlib import Path

import click

from crmcore import config
from crmcore.cli import edge
from crmcore.cli.app import App, pass_app
from crmcore.cli.base import Choice, json_option, option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import print_json, say
from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark


@crm_command(
    mark(
        "Make a shop: a folder with its settings (shop.yaml), its database and room for plugins, exports, "
        "backups and logs. The currency and the time zone stay what they are made with."
    )
)
@click.argument("path", type=click.Path(path_type=Path), default=".")
@option("--lang", "language", type=Choice(["zh", "en"]), help=mark("The language the shop speaks."))
@option("--timezone", default="Asia/Shanghai", show_default=True, help=mark("Where its days begin and end."))
@option("--currency", default="CNY", show_default=True, help=mark("What its totals are counted in."))
@option(
    "--database",
    metavar="URL",
    help=mark("Where its records live; by default the file shop.db in the folder."),
)
@option(
    "--category",
    "categories",
    multiple=True,
    metavar="NAME",
    help=mark("A trade whose rules are wanted, such as cosmetics; may be repeated."),
)
@json_option
@pass_app
def command(
    app: App,
    path: Path,
    language: str | None,
    timezone: str,
    currency: str,
    database: str | None,
    categories: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make the shop and say what it is set to."""
    from crmcore.desk.starting import choose_categories
    from crmcore.hooks.discovery import require_optional
    from crmcore.records.settings import ShopSettings
    from crmcore.shop import Shop

    if config.is_url_of_database(path):
        raise UsageError(
            _("a shop has a folder, its database may be elsewhere: crm init FOLDER --database URL")
        )
    for name in categories:  # before anything is made
        require_optional(name)
    settings = ShopSettings(currency, timezone, language or app.chosen_language or app.system_language)
    with Shop.create(path, settings, database) as shop:
        config.remember_opened(shop.place)
        edge.speak(shop.settings.language)
        choose_categories(shop, categories)
        if as_json:
            print_json(
                {
                    "shop": str(shop.place.folder),
                    "database": config.hide_password(shop.place.url),
                    "language": shop.settings.language,
                    "currency": shop.settings.currency,
                    "time_zone": shop.settings.time_zone,
                }
            )
            return
        say(
            _("Made a shop in {folder}: {currency}, {time_zone}.").format(
                folder=shop.place.folder, currency=shop.settings.currency, time_zone=shop.settings.time_zone
            )
        )
        if categories:
            say(_("Switched on: {names}.").format(names=joined(categories)))
        say(_("Next: `crm import FILE…` brings in your order files."))
