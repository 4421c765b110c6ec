"""`crm pack inspect`."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NAME_OR_FILE, json_option, set_option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import print_json, say
from crmcore.cli.packs.told import tell_faults, tell_plan, tell_unfit
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark, title_of


@crm_command(
    mark(
        "Show what a pack is, what it needs and asks, what of it nobody knows here, what it would change. "
        "Nothing is changed."
    )
)
@click.argument("pack", type=NAME_OR_FILE)
@set_option
@json_option
@pass_app
def command(app: App, pack: str, values: dict[str, str], as_json: bool) -> None:
    """Read it and show it."""
    from crmcore.packs.faults import PackError

    packs = app.shop.packs
    try:
        source, found = packs.find(pack)
        plan = packs.plan(found, values)
        missing, misfits = packs.missing(found), packs.misfits(found, values)
        notes = packs.notes(found, values)
    except PackError as error:
        tell_faults(error, as_json)
        return
    manifest = found.manifest
    if as_json:
        counts = {family: sorted(bodies) for family, bodies in found.documents().items()}
        document = {**manifest.as_json(), "source": source.named, "digest": found.digest, "documents": counts}
        document |= {"tests": len(found.cases), "missing": missing}
        document |= {"misfits": [fault.as_json() for fault in misfits], "notes": notes}
        print_json({**document, "plan": plan.as_json()})
        return
    say(f"{manifest.name} {manifest.version}  {manifest.shown}")
    if text := title_of(manifest.description.get("zh", ""), manifest.description.get("en", "")):
        say(text.strip())
    say(_("Written by {authors}.").format(authors=joined(manifest.authors)))
    tell_unfit(missing, misfits, notes)
    for one in manifest.inputs.values():
        title = title_of(one.title["zh"], one.title["en"])
        answer = plan.answers[one.name]
        shown = "、".join(answer) if isinstance(answer, list) else answer
        say(
            _("It asks: {title} (--set {name}=…), now {value}").format(
                title=title, name=one.name, value=shown
            )
        )
    say(
        _("{count} documents, {tests} tests. Here it would mean:").format(
            count=len(plan.items), tests=len(found.cases)
        )
    )
    tell_plan(plan)
