"""Tags put on several customers in one act."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, ngettext
from crmcore.shop import Shop
from crmcore.store.tags import add_tag, clean_tag, remove_tag


@dataclass(frozen=True)
class Tagged:
    """What became of it: the tags put on and taken off, and how many customers changed by it."""

    on: tuple[str, ...]
    off: tuple[str, ...]
    count: int


def read_tags(typed: str) -> tuple[list[str], list[str]]:
    """The tags to put on and, written `-TAG`, to take off; raises `UsageError` where there is none."""
    words = [one.strip() for one in re.split(r"[,，、]", typed) if one.strip().lstrip("-").strip()]
    on = [clean_tag(one) for one in words if not one.startswith("-")]
    off = [clean_tag(one.lstrip("-")) for one in words if one.startswith("-")]
    if not on and not off:
        raise UsageError(_("write tags, apart by commas; -TAG takes one off"))
    return list(dict.fromkeys(on)), list(dict.fromkeys(off))


def tag_customers(shop: Shop, customer_ids: Sequence[int], typed: str) -> Tagged:
    """Put tags on these customers, or take them off, in one act; raises `UsageError` as `read_tags` does."""
    shop.permit("customer.edit")
    on, off = read_tags(typed)
    said = joined([*on, *(f"-{one}" for one in off)])
    count = len(customer_ids)
    why = ngettext("tagged {count} customer: {tags}", "tagged {count} customers: {tags}", count)
    changed = 0
    with shop.write(why.format(count=count, tags=said)) as write:
        for one in on:
            changed += add_tag(write, customer_ids, one)
        for one in off:
            changed += remove_tag(write, customer_ids, one)
    return Tagged(tuple(on), tuple(off), changed)
