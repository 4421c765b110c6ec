"""What a campaign says to each customer: its words, or a template's, written out with what is hers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from crmcore.campaigns.body import Body
from crmcore.i18n import gettext as _
from crmcore.messages.render_job import Rendered
from crmcore.messages.template import Template

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike

_LANGUAGES = ("zh", "en")


def template_of(shop: ShopLike, body: Body, channel: str) -> Template:
    """What the campaign says on that channel, as a template; raises `NotFoundError`, `TemplateError`."""
    words = body.words(channel)
    if words.template:
        return shop.templates.get(words.template)

    def spoken(text: str) -> dict[str, str]:
        return dict.fromkeys(_LANGUAGES, text) if text else {}

    return Template(
        "campaign", body.purpose, spoken(words.text), spoken(words.subject), spoken(words.html), source=""
    )


def promised(body: Body) -> dict[str, str]:
    """What the campaign says to everybody alike, by the name of the variable."""
    return {"reward": body.reward} if body.reward else {}


def write_out(
    shop: ShopLike, body: Body, channel: str, people: Sequence[int], codes: Mapping[int, str]
) -> list[Rendered]:
    """The message for each of these customers; one that lacks something has a `problem`.

    `codes` are their personal codes; everybody else has the campaign's.
    """
    theirs = {one: {"code": code} for one in people if (code := codes.get(one) or body.code)}
    template = template_of(shop, body, channel)
    found = shop.templates.write_out(template, people, values=promised(body), theirs=theirs)
    gone = Rendered(problem=_("her record is gone, or part of another"))
    return [found.get(one, gone) for one in people]
