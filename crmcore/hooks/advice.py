"""Family `advice`: what to say to a customer now, and panels beside her card."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmcore.errors import CrmError
from crmcore.hooks.markers import hookspec
from crmcore.hooks.norms import NormTable, tables_for
from crmcore.i18n import Words, in_words
from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.records.history import History

Tables = Mapping[str, NormTable]
# What a card has room for; the rest is left out.
MOST_SAID, MOST_LINES, LONGEST = 5, 40, 400


@dataclass(frozen=True)
class Say:
    """One thing to say to her now, and the `reason` why: `Say("ask how the cream did", "bought 5 days ago")`.

    Both are a text, or one for each language: `{"zh": "…", "en": "…"}`.
    """

    text: Words
    reason: Words = ""

    @property
    def shown(self) -> str:
        """The text in the language in force."""
        return in_words(self.text)

    @property
    def because(self) -> str:
        """The reason in the language in force."""
        return in_words(self.reason)


@dataclass(frozen=True)
class Advice:
    """Looks at one customer and tells what to say to her now.

    `function(history, facts)` gets her `History` and her facts by name (money in major units as `Decimal`,
    dates and instants as `date` and `datetime`, with the `days_since_…` and `days_until_…` that follow;
    absent ones are missing). It returns a `Say`, a list of them, or None. It runs in a worker process after
    her card has been shown, and is ended when it takes longer than two seconds. `norms` name norms of the
    same plugin: the function gets the table of each as a keyword argument of that name.
    """

    name: str
    function: Callable[..., Any]
    zh: str = ""
    en: str = ""
    norms: Sequence[str] = ()

    def __post_init__(self) -> None:
        refuse_no_function(self.name, self.function)

    def say(self, history: History, facts: Mapping[str, Any], norms: Tables | None = None) -> list[Say]:
        """What the function returns, checked; raises `CrmError` for anything else than `Say`."""
        found = self.function(history, facts, **tables_for(self.norms, norms))
        said = [] if found is None else found if isinstance(found, list | tuple) else [found]
        for one in said:
            if not isinstance(one, Say):
                raise CrmError(wrong_type(one, "Say"))
        return [Say(checked_words(one.text), checked_words(one.reason)) for one in said[:MOST_SAID]]


@dataclass(frozen=True)
class Panel:
    """A box of lines beside a customer's card.

    `function(history, facts)` gets what that of `Advice` gets and returns a list of lines (each a text, or
    one for each language), or None: then there is no box. It runs as that of `Advice` does.
    """

    name: str
    function: Callable[..., Any]
    zh: str = ""
    en: str = ""
    norms: Sequence[str] = ()

    def __post_init__(self) -> None:
        refuse_no_function(self.name, self.function)

    def lines(self, history: History, facts: Mapping[str, Any], norms: Tables | None = None) -> list[Words]:
        """What the function returns, checked; raises `CrmError` for anything else than texts."""
        found = self.function(history, facts, **tables_for(self.norms, norms))
        if found is None:
            return []
        if not isinstance(found, list | tuple):
            raise CrmError(wrong_type(found, "list"))
        return [checked_words(one) for one in found[:MOST_LINES]]


def days_until(facts: Mapping[str, object], fact: str, first: int, last: int) -> int | None:
    """Days until the day that a fact names, below 0 once it passed; None outside of `first` to `last`."""
    left = facts.get(f"days_until_{fact}")
    return left if isinstance(left, int) and first <= left <= last else None


def refuse_no_function(name: str, function: object) -> None:
    """Raise `CrmError` where what should be called cannot be."""
    if not callable(function):
        raise CrmError(_("{name}: its function is none").format(name=name))


def checked_words(words: object) -> Words:
    """The text as plain values, cut where it is too long to be shown."""
    if isinstance(words, str):
        return str(words)[:LONGEST]
    if isinstance(words, Mapping) and all(isinstance(one, str) for pair in words.items() for one in pair):
        return {str(name): str(text)[:LONGEST] for name, text in words.items()}
    raise CrmError(wrong_type(words, "str"))


def wrong_type(value: object, expected: str) -> str:
    """The sentence about a value that is not what was expected."""
    return _("it returned {got}; {expected} is expected").format(got=type(value).__name__, expected=expected)


@hookspec
def crm_advice(settings: Any) -> list[Advice] | None:
    """What to say to a customer now: lines on the card of whoever is writing, each with its reason.

    When: once after the shop was opened, the first time a card is shown. The functions run each time one is.

    Gets: `settings`, the plugin's own `Settings` with the shop's values, None where the module defines none.
    Leave the parameter out when you do not need it.

    Returns: a list of `Advice`. What the core says of itself (complaints, promises, call-backs that are due)
    stands above the plugins' lines. Names are the plugin's own.

    None: the plugin has no advice for this shop; same as an empty list.

    When it raises: the plugin's advice is left out, that of all other plugins stands. A function that raises
    or hangs costs the card one line that says so, nothing else.

        def bring_back(history, facts):
            if facts.get("days_since_last_order", 0) > 90:
                return Say("Tell her what is new", f"last order {facts['last_order_at']:%m-%d}")

        @hookimpl
        def crm_advice():
            return [Advice("bring_back", bring_back)]
    """


@hookspec
def crm_panels(settings: Any) -> list[Panel] | None:
    """Boxes of lines beside a customer's card; on a narrow screen they stand among her details.

    When: once after the shop was opened, the first time a card is shown. The functions run each time one is.

    Gets: `settings`, the plugin's own `Settings` with the shop's values, None where the module defines none.
    Leave the parameter out when you do not need it.

    Returns: a list of `Panel`, shown in this order. Names are the plugin's own.

    None: the plugin has no panels for this shop; same as an empty list.

    When it raises: the plugin's panels are left out, those of all other plugins stand. In the box of a
    function that raises or hangs stands what went wrong.

        def sizes(history, facts):
            return [line.title for line in history.lines() if "码" in line.title]

        @hookimpl
        def crm_panels():
            return [Panel("sizes", sizes, zh="买过的尺码", en="Sizes bought")]
    """
