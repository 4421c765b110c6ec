"""What the playbook has to read and to say: articles, ready answers, tags that are proposed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from crmcore.desk.brief import Brief
from crmcore.errors import CrmError, PluginFailure
from crmcore.i18n import title_of
from crmcore.shop import Shop

# Documents among the texts that are no answers: what a shop is called, words that no message may hold.
_NO_ANSWERS = ("banned_words", "shop_name")
# What stands in an answer for what the customer is called, as gateways and templates write it.
_CALLED = re.compile(r"#客户昵称#|\{\{\s*(?:called|nickname|name)\s*\}\}")


@dataclass(frozen=True)
class Article:
    """How to work with something: a title, a text of several lines, what it is about.

    `fits`: the segments it explains or the tags it is about that hold of the customer who was asked for.
    """

    name: str
    title: str
    text: str
    segments: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    see: tuple[str, ...] = ()
    source: str = ""
    pack: str = "shop"
    fits: tuple[str, ...] = ()

    def holds(self, words: str) -> bool:
        """Whether all the words stand in it."""
        whole = " ".join((self.name, self.title, self.text, *self.tags, *self.segments)).casefold()
        return all(word in whole for word in words.casefold().split())


@dataclass(frozen=True)
class Answer:
    """A text that is ready to be sent: its title, when it fits, the words."""

    name: str
    title: str
    when: str
    text: str


def articles(shop: Shop, words: str = "") -> list[Article]:
    """The articles that hold all the words, in the language in force, by title."""
    found = (_article(entry.name, entry.body, entry.source) for entry in shop.playbook.all("articles"))
    return sorted((one for one in found if one.text and one.holds(words)), key=lambda one: one.title)


def articles_for(shop: Shop, brief: Brief) -> list[Article]:
    """The articles about her: of a segment that she is in, or of a tag that she has."""
    everything = articles(shop)
    titles = dict(_hers(shop, brief, everything))
    found = []
    for one in everything:
        fits = [titles[name] for name in one.segments if name in titles]
        fits += [tag for tag in one.tags if tag in brief.tags]
        if fits:
            found.append(Article(**{**one.__dict__, "fits": tuple(fits)}))
    return found


def answers(shop: Shop, brief: Brief | None = None) -> list[Answer]:
    """The ready answers, in the language in force, by title; with what the customer is called."""
    found, called = [], brief.called if brief is not None else ""
    for entry in shop.playbook.all("texts"):
        text = _said(entry.body.get("text"))
        if entry.name not in _NO_ANSWERS and text:
            text = _CALLED.sub(lambda _found: called, text) if called else text
            title = _said(entry.body.get("title")) or entry.name
            found.append(Answer(entry.name, title, _said(entry.body.get("when")), text))
    return sorted(found, key=lambda one: one.title)


def proposed_tags(shop: Shop) -> list[str]:
    """The tags that the playbook proposes, in the shop's language: what its rules ask for."""
    found = []
    for entry in shop.playbook.all("tags"):
        title = entry.body.get("title")
        texts = title if isinstance(title, Mapping) else {}
        found.append(str(texts.get(shop.settings.language) or next(iter(texts.values()), entry.name)))
    return list(dict.fromkeys(found))


def _hers(shop: Shop, brief: Brief, found: list[Article]) -> Iterator[tuple[str, str]]:
    known = shop.segments.known()
    for name in dict.fromkeys(name for one in found for name in one.segments):
        with suppress(CrmError, PluginFailure):  # one that cannot be asked says so among the segments
            if shop.segments.explain(name, brief.id).member:
                yield name, known[name].title


def _article(name: str, body: Mapping[str, Any], pack: str) -> Article:
    lists = {
        key: tuple(map(str, value)) if isinstance(value := body.get(key), list) else ()
        for key in ("segments", "tags", "see")
    }
    text, title = _said(body.get("text")).strip(), _said(body.get("title")) or name
    return Article(name, title, text, source=str(body.get("source") or ""), pack=pack, **lists)


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return title_of(str(value.get("zh") or ""), str(value.get("en") or ""))
    return value if isinstance(value, str) else ""
