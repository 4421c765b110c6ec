"""Python tests and regular expressions of plugins' rules: a worker process runs them, many values at a time.

A rule is evaluated here, on one card after the other. What a test says to a value that was not asked about
yet is noted and taken for no; then the worker is asked for all of them at once, and the cards in question are
evaluated again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, TypeVar

from crmcore.errors import PluginFailure
from crmcore.hooks.frames import Broken
from crmcore.rules.bound import Bound, EventTest, Every, Named, Negation, PythonTest, Some
from crmcore.segments.definitions import Segment

# plugin, segment, place of the test in its rule, values -> True, False or `Broken` for each: `Worker.tests`.
Ask = Callable[[str, str, int, Sequence[Any]], Sequence[Any]]
# So many answers of a test are kept: names differ from customer to customer, cities come again and again.
_KEPT = 50_000

T = TypeVar("T")


@dataclass
class PluginTests:
    """The tests of one question."""

    ask: Ask
    made: list[PluginTest] = field(default_factory=list)
    # While the tests wait, a value without an answer is noted and counted here, and taken for no.
    waits: bool = False
    misses: int = 0

    def instead(self, bound: Bound, segment: Segment, known: Mapping[str, Segment]) -> Bound:
        """The segment's rule with its Python tests, and those of segments it names, asked of the worker."""
        return self._put(bound, segment, known, count())

    def settle(self, items: Sequence[T], holds: Callable[[T], bool]) -> Iterator[T]:
        """Those of the items for which `holds`, which evaluates the rule, says yes; in order."""
        verdicts: dict[int, bool] = {}
        to_do = list(range(len(items)))
        for test in self.made:
            if len(test.answers) > _KEPT:
                test.answers.clear()
        self.waits = True
        while to_do:
            again = []
            for place in to_do:
                before = self.misses
                verdicts[place] = holds(items[place])
                if self.misses != before:
                    again.append(place)
            for test in self.made:
                test.fetch()
            to_do = again
        self.waits = False
        return (item for place, item in enumerate(items) if verdicts[place])

    def _put(
        self, bound: Bound, segment: Segment, known: Mapping[str, Segment], places: Iterator[int]
    ) -> Bound:
        match bound:
            case Every(rules) | Some(rules):
                return replace(bound, rules=tuple(self._put(one, segment, known, places) for one in rules))
            case Negation(rule) | EventTest(_, rule):
                return replace(bound, rule=self._put(rule, segment, known, places))
            case Named(name, rule):
                return Named(name, self._put(rule, known[name], known, count()))
            case PythonTest():
                test = PluginTest(self, segment.source, segment.name, next(places))
                self.made.append(test)
                return replace(bound, test=test)
            case _:
                return bound


@dataclass(eq=False)
class PluginTest:
    """One test, called with a value like the plugin's function; raises `PluginFailure` where that fails."""

    tests: PluginTests
    plugin: str
    segment: str
    place: int
    answers: dict[Any, Any] = field(default_factory=dict)
    wanted: dict[Any, None] = field(default_factory=dict)  # in order, each once

    def __call__(self, value: Any) -> bool:
        """What the plugin's test says to the value."""
        if value not in self.answers:
            self.wanted[value] = None
            if self.tests.waits:
                self.tests.misses += 1
                return False
            self.fetch()
        answer = self.answers[value]
        if isinstance(answer, Broken):
            raise PluginFailure(self.plugin, f"segment {self.segment}", answer.reason)
        return bool(answer)

    def fetch(self) -> None:
        """Ask the worker about the values that were noted."""
        if not self.wanted:
            return
        values = list(self.wanted)
        self.wanted.clear()
        answers = self.tests.ask(self.plugin, self.segment, self.place, values)
        self.answers.update(zip(values, answers, strict=True))
