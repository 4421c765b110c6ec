"""What identifies a person: kinds, strength, and one normal form for each value.

Strong identities (platform buyer id, phone, e-mail) join a person across platforms. Weak ones (masked or
shared values, name with address) never do: they help a person who looks something up.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from crmcore.errors import UsageError
from crmcore.i18n import gettext as _


class IdentityKind(StrEnum):
    """The kinds of identity, best first: the first one a record carries is the one it came with."""

    BUYER = "buyer"  # the platform's own id or login of the buyer, within the source
    EMAIL = "email"
    PHONE = "phone"
    NAME_ADDRESS = "name_address"  # weak: name and street address together
    OWN = "own"  # made by us for what staff enter by hand


@dataclass(frozen=True)
class IdentityValue:
    """One identifying value in its normal form.

    `namespace` is the source for buyer ids and "" for what is the same everywhere. `value` is compared,
    `shown` is what the file or the person wrote. `mask_key` is set for masked values only: see `mask_key`.
    """

    kind: IdentityKind
    namespace: str
    value: str
    shown: str
    strong: bool
    mask_key: str | None = None


_MASK = re.compile(r"[*＊•●×]+")
# A country's sign without 86 is another country's: +1 415 555 0100 is no mobile of the mainland.
_CN_MOBILE = re.compile(r"^(?:(?:\+|00)?86)?(1[3-9]\d{9})$")
_PHONE_NOISE = re.compile(r"[\s\-‐-―().（）·/]|^['`=\"]+|['\"]+$")
# What a spreadsheet makes of a number that it holds as a figure.
_POINT_NOUGHT = re.compile(r"(?<=\d{7})\.0+$")
_EMAIL = re.compile(r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}$")
# Alias domains that a platform gives per shop and buyer: they recognise a repeat buyer of that shop only.
_ALIAS_DOMAINS = ("marketplace.amazon.",)
_CIPHER = ("##", "$$", "~")
_REGION = {
    "CNY": "CN",
    "HKD": "HK",
    "TWD": "TW",
    "JPY": "JP",
    "GBP": "GB",
    "USD": "US",
    "EUR": "DE",
    "INR": "IN",
}


def squeeze(text: str) -> str:
    """NFKC, control characters dropped, blanks folded into one, ends stripped."""
    text = unicodedata.normalize("NFKC", text)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def is_masked(text: str) -> bool:
    """Whether a platform hid a part of the value (`小***7`, `1******6198`) or all of it (cipher text)."""
    return bool(_MASK.search(text)) or text.startswith(_CIPHER)


def mask_key(text: str) -> str | None:
    """The visible ends of a masked value, `小***7` -> `小*7`; None when nothing is visible or not masked.

    A full value may belong to the mask when it starts and ends like this: see `mask_keys_for`.
    """
    if text.startswith(_CIPHER) or not _MASK.search(text):
        return None
    parts = _MASK.split(text.lower())
    head, tail = parts[0], parts[-1]
    return f"{head}*{tail}" if head or tail else None


def mask_keys_for(full: str, longest: int = 40) -> list[str]:
    """Every mask key that could hide the `full` value: look these up to find it as "possibly".

    At most `longest` characters at either end are taken to be visible.
    """
    full = full.lower()
    size = len(full)
    return [
        f"{full[:head]}*{full[size - tail :]}"
        for head in range(min(longest, size) + 1)
        for tail in range(min(longest, size - head) + 1)
        if 0 < head + tail < size
    ]


def normal_phone(text: str, currency: str = "CNY") -> str | None:
    """E.164 of a phone number as written, None when it is none; `currency` tells the country it is read in.

    Mainland mobiles take a short way; everything else goes to the phonenumbers library.
    """
    bare = _PHONE_NOISE.sub("", _POINT_NOUGHT.sub("", unicodedata.normalize("NFKC", text).strip()))
    mobile = _CN_MOBILE.match(bare)
    if mobile and (currency == "CNY" or len(bare) > len(mobile[1])):
        return "+86" + mobile[1]
    if (
        not 5 <= len(bare.lstrip("+")) <= 20
        or not bare.lstrip("+").isascii()
        or not bare.lstrip("+").isdigit()
    ):
        return None
    return _library_phone(bare, _REGION.get(currency, "US"))


def _library_phone(bare: str, region: str) -> str | None:
    import phonenumbers

    try:
        number = phonenumbers.parse("+" + bare[2:] if bare.startswith("00") else bare, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number) or len(str(number.national_number)) < 5:
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def normal_email(text: str) -> str | None:
    """The e-mail address in lower case, None when it is none or an alias that a platform made."""
    address = squeeze(text).lower().removeprefix("mailto:")
    if not _EMAIL.match(address) or len(address) > 254:
        return None
    return address


def is_alias_email(address: str) -> bool:
    """Whether a platform made this address for one buyer in one shop (Amazon): no identity elsewhere."""
    return any(alias in address for alias in _ALIAS_DOMAINS)


def normal_buyer(text: str) -> str | None:
    """A platform buyer id or login in its normal form: NFKC, lower case, blanks folded; None when empty."""
    return squeeze(text).lower() or None


def name_address_value(name: str, address: str) -> str | None:
    """The weak identity of somebody known only by name and street; None when either is missing or masked."""
    name, address = squeeze(name).lower(), re.sub(r"[\s,，。;；]", "", squeeze(address).lower())
    if len(name) < 2 or len(address) < 6 or is_masked(name) or is_masked(address):
        return None
    return f"{name}|{address}"


def phone_tail(value: str) -> str | None:
    """The last four digits of a phone number, hidden in part or not; None when they are not visible."""
    tail = value[-4:]
    return tail if len(tail) == 4 and tail.isascii() and tail.isdigit() else None


def hidden_phone(text: str) -> str:
    """A phone that a platform hid in part, without blanks, dashes and what spreadsheets put before it."""
    return _PHONE_NOISE.sub("", squeeze(text)).lower()


def phone_identity(text: str, currency: str = "CNY") -> IdentityValue:
    """A phone number as an identity: strong, or weak where a platform hid a part of it.

    Raises `UsageError` for what is no phone number; `currency` tells the country it is read in.
    """
    shown = squeeze(text)
    if is_masked(shown):
        bare = hidden_phone(shown)
        return IdentityValue(IdentityKind.PHONE, "", bare, shown, False, mask_key(bare))
    value = normal_phone(text, currency)
    if value is None:
        raise UsageError(
            _("{text!r} is not a phone number: write it with its country, such as +86 138 0013 8000").format(
                text=text
            )
        )
    return IdentityValue(IdentityKind.PHONE, "", value, shown, True)


def email_identity(text: str) -> IdentityValue:
    """An e-mail address as an identity: strong, or weak where it is hidden in part or a platform's alias.

    Raises `UsageError` for what is no e-mail address.
    """
    shown = squeeze(text)
    if is_masked(shown):
        return IdentityValue(IdentityKind.EMAIL, "", shown.lower(), shown, False, mask_key(shown))
    value = normal_email(text)
    if value is None:
        raise UsageError(_("{text!r} is not an e-mail address").format(text=text))
    return IdentityValue(IdentityKind.EMAIL, "", value, shown, not is_alias_email(value))


def buyer_identity(text: str, source: str) -> IdentityValue:
    """A platform's buyer id or login within `source`: strong, or weak where the platform hid a part of it.

    Raises `UsageError` when it is empty.
    """
    value = normal_buyer(text)
    if value is None:
        raise UsageError(_("a buyer id cannot be empty"))
    masked = is_masked(value)
    return IdentityValue(
        IdentityKind.BUYER, source, value, squeeze(text), not masked, mask_key(value) if masked else None
    )
