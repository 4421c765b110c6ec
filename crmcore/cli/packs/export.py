"""`crm pack export`."""

from __future__ import annotations

from pathlib import Path

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option, option
from crmcore.cli.output import print_json, say
from crmcore.cli.packs.told import tell_faults
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(
    mark(
        "Write what the shop has learned as a pack: a folder, a .crmpack file or a .yaml file. Everything is "
        "searched for phones, addresses, names and numbers of customers and for secrets first; where one is "
        "found its place is named and nothing is written."
    )
)
@click.argument("name")
@click.argument("target", type=click.Path(path_type=Path))
@click.argument("items", nargs=-1, metavar="[FAMILY[/NAME]]…")
@option("--all", "everything", is_flag=True, help=mark("Take along what stands in installed packs, too."))
@option("--pack-version", default="1.0.0", show_default=True, metavar="X.Y.Z", help=mark("Its version."))
@option("--zh", "zh", metavar="TITLE", help=mark("Its Chinese title."))
@option("--en", "en", metavar="TITLE", help=mark("Its English title."))
@option("--author", "authors", multiple=True, help=mark("Who wrote it; may be repeated."))
@option(
    "--allow",
    multiple=True,
    metavar="WORD",
    help=mark("A word that is nobody's, though a customer is called so; may be repeated."),
)
@json_option
@pass_app
def command(
    app: App,
    name: str,
    target: Path,
    items: tuple[str, ...],
    everything: bool,
    pack_version: str,
    zh: str | None,
    en: str | None,
    authors: tuple[str, ...],
    allow: tuple[str, ...],
    as_json: bool,
) -> None:
    """Export it."""
    from crmcore.packs.exporting import Wish
    from crmcore.packs.faults import PackError

    wish = Wish(
        name=name,
        version=pack_version,
        title={"zh": zh or name, "en": en or name},
        authors=authors or (app.shop.actor,),
        description={},
        names=items,
        everything=everything,
        allowed=frozenset(allow),
    )
    try:
        exported, looked = app.shop.packs.export(wish, target)
    except PackError as error:
        tell_faults(error, as_json)
        return
    counts = {family: len(bodies) for family, bodies in exported.documents.items()}
    if as_json:
        print_json({"pack": name, "written": str(target), "documents": counts, "texts_searched": looked})
        return
    for family, count in counts.items():
        say(f"  {family}: {count}")
    say(
        _("Wrote {path}. {count} texts were searched: nobody's data, no secret.").format(
            path=target, count=looked
        )
    )
