"""What `customer add` and `customer edit` share: the options that tell who somebody is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from crmcore.cli.base import option, set_option
from crmcore.i18n import mark

if TYPE_CHECKING:
    from crmcore.records.identity import IdentityValue
    from crmcore.shop import Shop

F = TypeVar("F", bound=Callable[..., Any])

FIELDS = mark(
    "--set takes name, nickname, gender, birthday, country, province, city, address, note, and fields of "
    "your own as extra.NAME; an empty value empties the field."
)


def profile_options(function: F) -> F:
    """`--name --phone --email --tag --set`."""
    for add in (
        set_option,
        option("--tag", "tags", multiple=True, help=mark("Put a tag on; may be repeated.")),
        option("--email", "emails", multiple=True, help=mark("Her e-mail address; may be repeated.")),
        option("--phone", "phones", multiple=True, help=mark("Her phone; may be repeated.")),
        option("--name", help=mark("Her name.")),
    ):
        function = add(function)
    return function


def values_of(name: str | None, values: dict[str, str]) -> dict[str, str]:
    """The profile's values, the name among them."""
    return values if name is None else {**values, "name": name}


def identities_of(shop: Shop, phones: tuple[str, ...], emails: tuple[str, ...]) -> list[IdentityValue]:
    """The identities that were typed; raises `UsageError` for one that cannot be."""
    from crmcore.records.identity import email_identity, phone_identity

    return [
        *(phone_identity(phone, shop.settings.currency) for phone in phones),
        *(email_identity(email) for email in emails),
    ]
