"""Products she buys again and again: when the next one is due, as advice and as a panel.

The gap between two days of buying a product, by its own median, tells when it is used up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Annotated

from crmcore import Advice, History, Panel, Say, hookimpl


@dataclass(frozen=True)
class Settings:
    """How near the day must be for it to be worth a word."""

    before: Annotated[int, "days before it is used up"] = 10
    after: Annotated[int, "days after that"] = 30

    def __post_init__(self) -> None:
        if self.before < 0 or self.after < 0:
            raise ValueError("before and after are numbers of days, 0 or more")


@dataclass(frozen=True)
class Habit:
    """A product bought on several days: how often, every how many days, when last, when next."""

    title: str
    times: int
    gap: int
    last: date

    @property
    def next(self) -> date:
        """When it is used up, if she goes on as before."""
        return self.last + timedelta(days=self.gap)


def habits(history: History) -> Iterator[Habit]:
    """Every product bought on two days or more, the one bought most often first."""
    days: dict[str, set[date]] = defaultdict(set)
    titles: dict[str, str] = {}
    for line in history.lines():  # the newest first: its title is the one to show
        product = line.sku or line.title
        if product:
            titles.setdefault(product, line.title or product)
            days[product].add(line.paid_on)
    found = []
    for product, when in days.items():
        if len(when) > 1:
            order = sorted(when)
            gap = round(median((later - one).days for one, later in pairwise(order)))
            found.append(Habit(titles[product], len(order), gap, order[-1]))
    yield from sorted(found, key=lambda habit: (-habit.times, habit.next, habit.title))


@hookimpl
def crm_advice(settings: Settings) -> list[Advice]:
    """What she will need again about now."""

    def refill(history: History, _facts: Mapping[str, object]) -> list[Say]:
        said = []
        for habit in habits(history):
            left = (habit.next - history.today).days
            if -settings.after <= left <= settings.before:
                ago = (history.today - habit.last).days
                said.append(
                    Say(
                        {"zh": f"可以提补货：{habit.title}", "en": f"ask about a refill: {habit.title}"},
                        {
                            "zh": f"每 {habit.gap} 天买，上次 {ago} 天前",
                            "en": f"every {habit.gap} days, last {ago} days ago",
                        },
                    )
                )
        return said[:2]

    return [Advice("refill", refill, zh="补货", en="Refill")]


@hookimpl
def crm_panels() -> list[Panel]:
    """What she buys again and again."""

    def favourites(history: History, _facts: Mapping[str, object]) -> list[dict[str, str]]:
        return [
            {
                "zh": f"{habit.title}  {habit.times} 次，每 {habit.gap} 天，约 {habit.next:%m-%d} 用完",
                "en": f"{habit.title}  {habit.times} times, every {habit.gap} days, next {habit.next:%m-%d}",
            }
            for habit in habits(history)
        ][:8]

    return [Panel("favourites", favourites, zh="常买", en="Buys again and again")]
