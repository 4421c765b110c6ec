"""`crm template`: messages written once for many, checked before anybody gets one."""

from __future__ import annotations

from pathlib import Path

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NAME_OR_FILE, NUMBER, HowMany, group, json_option, option
from crmcore.cli.output import Column, note, print_json, say, table
from crmcore.cli.packs.told import faults_told
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.messages.template import Template
from crmcore.messages.templates import Preview
from crmcore.shown import word

command = group(
    mark("Templates: messages with a customer's own words in them. Each says its purpose."),
    lazy={"words": ("crmcore.cli.template_words", mark("The words that no promotion may hold."))},
)


channel_option = option("--channel", default="", help=mark("As that channel would send it."))


@command.command("list", help=mark("List the templates, the shop's own and those of packs."))
@json_option
@pass_app
def list_templates(app: App, as_json: bool) -> None:
    """List them; one that cannot be used says why."""
    found = app.shop.templates.all()
    if as_json:
        rows = [
            {
                "name": one.name,
                "title": {"zh": one.template.zh, "en": one.template.en} if one.template else {},
                "purpose": one.template.purpose if one.template else None,
                "channels": list(one.template.channels) if one.template else [],
                "source": one.source,
                "error": one.error or None,
            }
            for one in found
        ]
        print_json({"templates": rows})
        return
    columns = [Column(_("Name"), whole=True), Column(_("Title")), Column(_("Purpose")), Column(_("From"))]
    table(
        columns,
        [
            (one.name, one.template.title, word(one.template.purpose), one.source)
            if one.template
            else (one.name, "", "", one.source)
            for one in found
        ],
    )
    for one in found:
        if one.error:
            note(one.error)
    if not found:
        note(_("There is no template yet: `crm template save FILE`, or `crm pack install starter`."))


@command.command("show", help=mark("Print a template as YAML, to start one's own from."))
@click.argument("name")
@json_option
@pass_app
def show(app: App, name: str, as_json: bool) -> None:
    """Print it."""
    from crmcore.messages.files import as_yaml

    text = as_yaml(app.shop.templates.get(name))
    if as_json:
        print_json({"template": name, "yaml": text})
        return
    for line in text.splitlines():
        say(line)


@command.command("save", help=mark("Keep the template of a YAML file as the shop's own."))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@pass_app
def save(app: App, file: Path, as_json: bool) -> None:
    """Keep it; one that has errors is kept too, and they are told: it may be half finished."""
    from crmcore.messages.files import template_from_file

    with faults_told(as_json):
        template = app.shop.templates.save(template_from_file(file))
    report = app.shop.templates.check(template, ids=[])
    if as_json:
        findings = [one.as_json() for one in report.findings]
        print_json({"template": template.name, "findings": findings})
        return
    say(_("Kept the template {name}.").format(name=template.name))
    for one in report.findings:
        note(one.text)


@command.command("check", help=mark("Say what is wrong with a template, kept or in a YAML file."))
@click.argument("name", type=NAME_OR_FILE)
@channel_option
@option("--on", "day", metavar="DATE", help=mark("The day of sending, today by default."))
@json_option
@pass_app
def check(app: App, name: str, channel: str, day: str | None, as_json: bool) -> None:
    """Say it; exit code 1 when a campaign could not use it."""
    shop = app.fresh_shop
    report = shop.templates.check(_named(app, name), channel, sent=app.day(day))
    if as_json:
        print_json(
            {
                "template": report.template.name,
                "usable": report.usable,
                "findings": [one.as_json() for one in report.findings],
                "tried": report.tried,
                "parts": report.parts,
                "cost": report.cost,
            }
        )
    else:
        for one in report.findings:
            say(f"{'✗' if one.error else '!'} {one.text}")
        words = _("{name}: tried on {count} customers, at most {parts} parts, {cost} each")
        say(words.format(name=report.template.name, count=report.tried, parts=report.parts, cost=report.cost))
    if not report.usable:
        raise CrmError(_("template {name} cannot be sent like this").format(name=report.template.name))


@command.command("preview", help=mark("Write a template out for customers, as they would get it."))
@click.argument("name", type=NAME_OR_FILE)
@click.argument("customers", type=NUMBER, nargs=-1)
@channel_option
@option("--segment", help=mark("For the first ones of a segment."))
@option("--limit", type=HowMany(min=1), default=3, show_default=True, help=mark("At most so many."))
@json_option
@pass_app
def preview(
    app: App,
    name: str,
    customers: tuple[int, ...],
    channel: str,
    segment: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Write it out."""
    shop = app.fresh_shop
    template = _named(app, name)
    ids = list(customers)
    if segment:
        ids += [one.id for one in shop.segments.members(segment, limit=limit).customers]
    found = shop.templates.preview(template, channel, ids or shop.templates.some(limit))
    if as_json:
        print_json({"template": template.name, "previews": [_document(one) for one in found]})
        return
    for one in found:
        _say(one)


@command.command("remove", help=mark("Forget a template of the shop's own."))
@click.argument("name")
@json_option
@pass_app
def remove(app: App, name: str, as_json: bool) -> None:
    """Forget it; a pack's of that name shows again."""
    with faults_told(as_json):
        app.shop.templates.remove(name)
    if as_json:
        print_json({"template": name, "removed": True})
    else:
        say(_("Forgot the template {name}.").format(name=name))


def _named(app: App, name: str) -> Template:
    """A template of the shop, or of the YAML file that is named."""
    if name.endswith((".yaml", ".yml")):
        from crmcore.messages.files import template_from_file

        return template_from_file(Path(name))
    return app.shop.templates.get(name)


def _document(one: Preview) -> dict[str, object]:
    return {
        "customer": one.customer_id,
        "to": one.address.value if one.address else None,
        "problem": one.rendered.problem or (one.address.problem if one.address else "") or None,
        "subject": one.rendered.subject,
        "text": one.rendered.text,
        "html": one.rendered.html,
        "parts": one.checked.parts if one.checked else None,
        "cost": one.checked.cost if one.checked else None,
        "problems": [problem.shown for problem in one.checked.problems] if one.checked else [],
    }


def _say(one: Preview) -> None:
    to = one.address.value or one.address.problem if one.address else ""
    say(_("— customer {id} {to}").format(id=one.customer_id, to=to).rstrip())
    if one.rendered.problem:
        say(f"✗ {one.rendered.problem}")
        return
    for line in [one.rendered.subject, *one.rendered.text.splitlines()]:
        if line:
            say(f"  {line}")
    if one.checked:
        size = _("{count} characters, {parts} parts, {cost}")
        say("  " + size.format(count=len(one.rendered.text), parts=one.checked.parts, cost=one.checked.cost))
        for problem in one.checked.problems:
            say(f"  {'✗' if problem.error else '!'} {problem.shown}")
