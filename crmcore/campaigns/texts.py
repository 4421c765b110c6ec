"""What a campaign says to each customer: its words written out with her names, her code and the shop's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmcore.campaigns.body import Body, Words
from crmcore.i18n import gettext as _
from crmcore.store.contacts import Reachable

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike

_HASH = re.compile(r"#([^#\s]{1,20})#")
_BRACE = re.compile(r"\{\{\s*([a-z_]{1,40})\s*\}\}")
_HASHED = {
    "客户昵称": "called", "客户姓名": "called", "昵称": "called", "姓名": "called", "收货人": "name",
    "店铺名": "shop", "店名": "shop", "优惠码": "code", "专属码": "code",
}  # fmt: skip


@dataclass(frozen=True)
class Written:
    """One message as she gets it; with a `problem` it cannot be sent, and it says why."""

    text: str = ""
    subject: str = ""
    html: str = ""
    problem: str = ""


def write_out(
    shop: ShopLike, body: Body, channel: str, people: Sequence[Reachable], codes: Mapping[int, str]
) -> list[Written]:
    """The message of the campaign for each of these people; `codes` are their personal codes."""
    del shop
    words = body.words(channel)
    return [_written(words, one, codes.get(one.id, body.code)) for one in people]


def _written(words: Words, person: Reachable, code: str) -> Written:
    values = {"called": person.called or _("dear customer"), "name": person.name, "nickname": person.nickname,
              "code": code}  # fmt: skip
    unknown: list[str] = []

    def fill(text: str) -> str:
        def value(name: str) -> str:
            if name not in values:
                unknown.append(name)
                return ""
            return values[name]

        text = _HASH.sub(lambda m: value(_HASHED.get(m[1], m[1])), text)
        return _BRACE.sub(lambda m: value(m[1]), text)

    made = Written(fill(words.text), fill(words.subject), fill(words.html))
    if unknown:
        return Written(problem=_("the message has no value for {name}").format(name=unknown[0]))
    return made
