"""What `customer add` and `customer edit` share: the options that tell who somebody is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from crmcore.cli.base import option, set_option
from crmcore.i18n import mark

if TYPE_CHECKING:
    from crmcore.people import Changes

F = TypeVar("F", bound=Callable[..., Any])

FIELDS = mark(
    "--set takes name, nickname, gender, birthday, country, province, city, address, contact_by (by what "
    "she wishes to hear: sms, email, phone …), note, and fields of your own as extra.NAME; an empty value "
    "empties the field."
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


def changes(
    name: str | None,
    phones: tuple[str, ...],
    emails: tuple[str, ...],
    tags: tuple[str, ...],
    values: dict[str, str],
    untags: tuple[str, ...] = (),
) -> Changes:
    """What the options ask for."""
    from crmcore.people import Changes

    profile = values if name is None else {**values, "name": name}
    return Changes(profile, phones, emails, tags, untags)
