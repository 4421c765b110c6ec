"""Message templates as people write them: listed, checked while they are written, as a customer gets them."""

from __future__ import annotations

from dataclasses import dataclass

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.messages.files import as_yaml, parsed
from crmcore.messages.template import Template, TemplateError, load_template
from crmcore.messages.templates import Preview
from crmcore.playbook.playbook import OWN
from crmcore.shop import Shop
from crmcore.shown import word

# What a new one starts from, in the shop's own language.
_FIRST = """\
name: new_template
title: {{{language}: {title}}}
purpose: promotion
text:
  {language}: "#客户昵称#, …"
"""


@dataclass(frozen=True)
class TemplateLine:
    """One template of the list; one that cannot be used says why in `error`."""

    name: str
    title: str
    purpose: str
    channels: str
    source: str
    own: bool
    error: str


@dataclass(frozen=True)
class Remark:
    """Something about a template that is being written; an `error` keeps it from being sent."""

    error: bool
    text: str


def templates(shop: Shop) -> list[TemplateLine]:
    """Every template by name."""
    return [
        TemplateLine(
            one.name,
            one.template.title if one.template else one.name,
            word(one.template.purpose) if one.template else "",
            joined(one.template.channels) if one.template else "",
            _("this shop's own") if one.source == OWN else one.source,
            one.source == OWN,
            one.error,
        )
        for one in shop.templates.all()
    ]


def text_of(shop: Shop, name: str | None) -> str:
    """The template as YAML text; what a new one starts from for None."""
    first = _FIRST.format(language=shop.settings.language, title=_("new template"))
    return as_yaml(shop.templates.get(name)) if name else first


def remarks(shop: Shop, text: str) -> list[Remark]:
    """What is to be said about the text by each channel it names, the errors first."""
    try:
        template = load_template(parsed(text))
        found = [
            Remark(one.error, one.text)
            for channel in template.channels or ("",)
            for one in shop.templates.check(template, channel, ids=[]).findings
        ]
    except CrmError as error:
        return [Remark(True, str(error))]
    return sorted(dict.fromkeys(found), key=lambda one: not one.error)


def save(shop: Shop, text: str) -> str:
    """Keep the text as a template of the shop's own; returns its name. Raises `TemplateError`."""
    return shop.templates.save(load_template(parsed(text))).name


def remove(shop: Shop, name: str) -> None:
    """Forget the shop's own template; a pack's of that name shows again."""
    shop.templates.remove(name)


def preview(shop: Shop, text: str, customer_id: int) -> list[tuple[str, str]]:
    """What one customer would read, channel by channel: (channel, text). Raises `TemplateError`."""
    template = load_template(parsed(text))
    return [
        (channel or template.title, "\n".join(_lines(one)))
        for channel in template.channels or ("",)
        for one in _written(shop, template, channel, customer_id)
    ]


def _written(shop: Shop, template: Template, channel: str, customer_id: int) -> list[Preview]:
    found = shop.templates.preview(template, channel, [customer_id])
    if not found:
        raise TemplateError(_("there is no customer {id}").format(id=customer_id))
    return found


def _lines(one: Preview) -> list[str]:
    if one.rendered.problem:
        return [f"! {one.rendered.problem}"]
    lines = [one.rendered.subject, one.rendered.text] if one.rendered.subject else [one.rendered.text]
    if one.address is not None:
        lines.append(one.address.value or f"! {one.address.problem}")
    if one.checked is not None:
        size = _("{count} characters, {parts} parts, {cost}")
        lines.append(
            size.format(count=len(one.rendered.text), parts=one.checked.parts, cost=one.checked.cost)
        )
        lines += [f"! {problem.shown}" for problem in one.checked.problems]
    return lines
