"""What a customer's profile may hold, brought into one form: names, birthday, gender, place, own fields."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.records.identity import squeeze

FIELDS = (
    "name", "nickname", "gender", "birthday", "country", "province", "city", "address", "contact_by", "note",
)  # fmt: skip
LONGEST = 1000
_GENDERS = {
    **dict.fromkeys(("female", "f", "woman", "女", "女士", "女性"), "female"),
    **dict.fromkeys(("male", "m", "man", "男", "先生", "男性"), "male"),
}
# What people call the ways on which they wish to hear from a shop; everything else is a channel's own name.
_WAYS = {
    **dict.fromkeys(("sms", "短信", "手机短信", "text", "text message"), "sms"),
    **dict.fromkeys(("email", "e-mail", "mail", "邮件", "邮箱", "电子邮件"), "email"),
    **dict.fromkeys(("phone", "call", "电话", "来电", "打电话"), "phone"),
    **dict.fromkeys(("wechat", "微信"), "wechat"),
    **dict.fromkeys(("qq", "qq邮箱"), "qq"),
    **dict.fromkeys(("wangwang", "旺旺", "阿里旺旺"), "wangwang"),
    **dict.fromkeys(("flyer", "传单", "包裹卡片"), "flyer"),
}
_CHANNEL = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
_BIRTHDAY = re.compile(r"^(?:(\d{4})[-/.年]?|--)?(\d{1,2})[-/.月]?(\d{1,2})日?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_OWN_FIELD = re.compile(r"^[^\W\d]\w{0,63}$")


def clean_profile(values: Mapping[str, Any]) -> dict[str, str | None]:
    """The values in their normal forms; None or blank empties a field.

    Keys are `FIELDS` and `extra.NAME` for the shop's own fields. Raises `UsageError` naming the field and
    what it takes.
    """
    return {key: _clean(key, value) for key, value in values.items()}


def clean_birthday(text: str) -> str:
    """A birthday as YYYY-MM-DD, or --MM-DD where the year is unknown; raises `UsageError` otherwise."""
    word = squeeze(text).replace(" ", "")
    found = _COMPACT.match(word) or _BIRTHDAY.match(word)
    if found:
        year, month, day = found[1], int(found[2]), int(found[3])
        try:
            # Somebody born on 29 February without a year has a birthday too.
            date(int(year) if year else 2000, month, day)
        except ValueError:
            pass
        else:
            return f"{year or '-'}-{month:02}-{day:02}"
    raise UsageError(
        _("{text!r} is not a birthday: write 1990-05-17, or 05-17 where the year is unknown").format(
            text=text
        )
    )


def clean_gender(text: str) -> str:
    """`female` or `male`; raises `UsageError` for anything else."""
    gender = _GENDERS.get(squeeze(text).lower())
    if gender is None:
        raise UsageError(_("{text!r} is not a gender: write female, male or nothing").format(text=text))
    return gender


def clean_channel(text: str) -> str:
    """The way on which somebody wishes to hear from the shop: sms, email, phone …, or a channel's name.

    Raises `UsageError` for what can be no channel's name; whether there is such a channel is not asked here.
    """
    word = squeeze(text).lower()
    name = _WAYS.get(word, word)
    if not _CHANNEL.match(name):
        raise UsageError(
            _("{text!r} is no channel: write sms, email, phone, wechat, qq, wangwang or nothing").format(
                text=text
            )
        )
    return name


def _clean(key: str, value: Any) -> str | None:
    name = key.removeprefix("extra.")
    if key not in FIELDS and not (key.startswith("extra.") and _OWN_FIELD.match(name)):
        raise UsageError(_unknown(key))
    text = "" if value is None else squeeze(str(value))
    if not text:
        return None
    if len(text) > LONGEST:
        raise UsageError(_("{field} takes at most {most} characters").format(field=key, most=LONGEST))
    if key == "birthday":
        return clean_birthday(text)
    if key == "contact_by":
        return clean_channel(text)
    return clean_gender(text) if key == "gender" else text


def _unknown(key: str) -> str:
    near = difflib.get_close_matches(key, FIELDS, 1)
    if near:
        return _("a customer has no field {field!r}: did you mean {near!r}?").format(field=key, near=near[0])
    return _("a customer has no field {field!r}: there are {fields} and your own as extra.NAME").format(
        field=key, fields=joined(FIELDS)
    )
