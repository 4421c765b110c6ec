"""What a message may say of a customer: names of variables, and the words that gateways' templates use.

Beside the facts of the card (`orders`, `total_spent`, `days_since_last_order`) there are her names, and what
the shop and a campaign add: `shop`, `code` (hers alone), the template's own `values`.
"""

from __future__ import annotations

from collections.abc import Iterable

from crmcore.i18n import gettext as _
from crmcore.rules.fields import Field, FieldType

NAMES = ("nickname", "name", "called", "salutation", "gender")
# What is not hers: the shop's name, today, and what a campaign fills in.
COMMON = ("shop", "today", "code", "link", "reward")
PERSONAL_ONLY = frozenset({*NAMES, "code"})

# What stands between two # in the gateways' and the platforms' own templates -> our name.
HASHED = {
    "客户昵称": "called",
    "客户姓名": "called",
    "客户名": "called",
    "客户": "called",
    "会员昵称": "called",
    "会员名": "called",
    "会员姓名": "called",
    "买家昵称": "called",
    "买家姓名": "called",
    "收货人": "name",
    "昵称": "called",
    "姓名": "called",
    "称呼": "salutation",
    "店铺名": "shop",
    "店铺名称": "shop",
    "店名": "shop",
    "专属码": "code",
    "优惠码": "code",
    "优惠券码": "code",
    "链接": "link",
    "奖励": "reward",
    "今天": "today",
}


def variables(fields: Iterable[Field]) -> frozenset[str]:
    """Every variable there is: facts, her names, what the shop and a campaign add; `extra.ANY`."""
    facts = (field.name for field in fields if field.type is not FieldType.EVENTS)
    return frozenset((*facts, *NAMES, *COMMON, "extra"))


def meanings(fields: Iterable[Field]) -> dict[str, str]:
    """Every word that may stand between two # -> the variable it means: ours, and the titles of fields."""
    found: dict[str, str] = {}
    for field in fields:
        if field.type is FieldType.EVENTS:
            continue
        for word in (field.name, field.zh, field.en):
            if word:
                found.setdefault(word, field.name)
    return {**found, **{name: name for name in (*NAMES, *COMMON)}, **HASHED}


def personal(fields: Iterable[Field]) -> frozenset[str]:
    """The variables that differ from customer to customer."""
    return PERSONAL_ONLY | {field.name for field in fields}


def variable_titles() -> dict[str, str]:
    """What people call the variables that are no facts."""
    return {
        "called": _("nickname or name"),
        "nickname": _("nickname"),
        "name": _("name"),
        "salutation": _("salutation (surname and gender)"),
        "gender": _("gender"),
        "shop": _("name of the shop: crm template words shop NAME"),
        "code": _("code"),
        "link": _("link"),
        "reward": _("what a campaign promises for it (`reward`)"),
    }
