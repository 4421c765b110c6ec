"""`crm plugin new`: a small plugin file that works."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option, option
from crmcore.cli.output import print_json, say
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(mark("Write a working plugin into the shop's folder `plugins`, to change to one's needs."))
@click.argument("name")
@option(
    "--family",
    default="segment_rule",
    show_default=True,
    metavar="importer|segment_rule|category|advice",
    help=mark("What kind of plugin."),
)
@json_option
@pass_app
def command(app: App, name: str, family: str, as_json: bool) -> None:
    """Write the file and say what to do with it."""
    from crmcore.hooks.new_plugin import new_plugin

    folder = app.shop.place.folder
    if folder is None:
        raise CrmError(
            _("this shop is a bare database: plugins of its own need a shop's folder (`crm init`)")
        )
    app.shop.permit("plugin.new")
    path = new_plugin(folder, name, family)
    if as_json:
        print_json({"plugin": name, "file": str(path)})
        return
    say(_("Wrote {path}: change it, then `crm plugin test {name}`.").format(path=path, name=name))
