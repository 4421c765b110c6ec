"""Where a shop's questions are answered from: its cards and event streams, of everybody or of a few."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from sqlalchemy import FromClause

from crmcore.records.clock import Clock
from crmcore.records.interaction import CORE_KINDS, InteractionKind
from crmcore.segments.question import PythonFactsOf, Sources
from crmcore.store.events import streams
from crmcore.store.facts import Facts


def sources(
    facts: Facts,
    clock: Clock,
    *,
    kinds: Iterable[InteractionKind] = CORE_KINDS,
    python_facts: PythonFactsOf | None = None,
    owners: FromClause | None = None,
) -> Sources:
    """The sources of a shop with these `facts` at the clock's moment; of the `owners` alone where given.

    `owners` is a selectable with a column `id`. `python_facts` works facts out that a day gone by has no
    columns for.
    """
    kinds = tuple(kinds)
    until = clock.until if clock.as_of else None
    return Sources(
        facts.cards_as_of(clock, owners=owners),
        streams(until, kinds=kinds, owners=owners).get,
        partial(facts.cards_as_of, clock),
        python_facts,
        partial(facts.cards_as_of, clock, None, owners=owners),
        lambda owners: sources(facts, clock, kinds=kinds, python_facts=python_facts, owners=owners),
    )
