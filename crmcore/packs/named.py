"""What documents of the playbook name of others: segments, templates; and the words of a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crmcore.rules.names import is_slug


def segments_named(body: Mapping[str, Any]) -> list[str]:
    """The segments that an article explains, or the one that a campaign's plan writes to."""
    plan = body.get("body")
    named = [*(body.get("segments") or ()), plan.get("segment") if isinstance(plan, Mapping) else None]
    return [one for one in named if isinstance(one, str) and one]


def articles_named(body: Mapping[str, Any]) -> list[str]:
    """What an article sends its reader on to by a name: other articles; an address or a title is none."""
    named = body.get("see")
    return [one for one in named if isinstance(one, str) and is_slug(one)] if isinstance(named, list) else []


def templates_named(body: Mapping[str, Any]) -> list[str]:
    """The templates that a campaign's plan takes its words from, those of its follow-ups too."""
    named = [one.get("template") for one in words_of(body.get("body"))]
    return [one for one in named if isinstance(one, str) and one]


def words_of(plan: object) -> Iterator[Mapping[str, Any]]:
    """What a plan says, channel by channel: first its message, then its follow-ups."""
    for turn in turns_of(plan):
        messages = turn.get("messages")
        if isinstance(messages, Mapping):
            yield from (one for one in messages.values() if isinstance(one, Mapping))


def turns_of(plan: object) -> Iterator[Mapping[str, Any]]:
    """The plan itself, then its follow-ups; what is none (a document may hold anything) is left out."""
    if isinstance(plan, Mapping):
        yield plan
        more = plan.get("follow_ups")
        yield from (one for one in more if isinstance(one, Mapping)) if isinstance(more, list) else ()
