"""No order of imports, merges, opt-outs, plans and sendings writes to somebody who said no, or over the cap."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcore.campaigns import planning
from crmcore.campaigns.asking import channels_of
from crmcore.campaigns.claiming import Claimer
from crmcore.store import campaign_rows, schema
from crmcore.store.merging import merge
from crmcore.store.schema_campaigns import sends
from tests.campaigns.conftest import World
from tests.conftest import NOW
from tests.examples import examples

who = st.integers(0, 3)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("says"), who, st.sampled_from(["granted", "denied", "claimed"])),
        st.tuples(st.just("import"), who, st.sampled_from(["denied", "claimed"])),
        st.tuples(st.just("merge"), who, who),
        st.tuples(st.just("plan"), st.integers(0, 1), st.just("")),
        st.tuples(st.just("send"), st.integers(0, 1), st.just("")),
        st.tuples(st.just("plan and send"), st.integers(0, 1), st.just("")),
        st.tuples(st.just("days"), st.integers(1, 40), st.just("")),
    ),
    min_size=3,
    max_size=14,
)
# What the four have said before it begins: most agreed, or nothing could go wrong.
begun = st.lists(st.sampled_from(["granted", "granted", "denied", ""]), min_size=4, max_size=4)


class Story:
    """A shop, four people, two campaigns; and what must hold of every place that is taken."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.people = [world.person(f"P{number}", yes="") for _ in range(4)]
        self.mine = {"any": [{"customer_id": {"in": self.people}}]}
        self.names = [world.campaign(f"c{number}_{place}", where=self.mine) for place in range(2)]
        self.plans: dict[str, int] = {}
        self.clock = NOW
        self.said: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
        self.order = 0

    def owner(self, person: int) -> int:
        query = sa.select(schema.customers.c.merged_into).where(schema.customers.c.id == person)
        into = self.world.all(query)[0][0]
        return person if into is None else self.owner(into)

    def say(self, person: int, state: str) -> None:
        self.order += 1
        with self.world.shop.write("said", kind="import") as write:
            self.world.says(write, self.owner(person), state, at=self.clock)
        if state != "claimed":  # a claim proves nothing and takes nothing back
            self.said[self.owner(person)].append((self.clock, self.order, state))

    def merge(self, one: int, other: int) -> None:
        keep, gone = self.owner(one), self.owner(other)
        if keep == gone:
            return
        with self.world.shop.write("same", kind="merge") as write:
            merge(write, keep, gone)
        # The strictest word of the two holds from now on, until she says something new.
        words = [self.last(keep), self.last(gone)]
        strict = "denied" if "denied" in words else "granted" if "granted" in words else ""
        self.said[keep] = [(self.clock, self.order, strict)] if strict else []

    def last(self, person: int) -> str:
        return max(self.said[person])[2] if self.said[person] else ""

    def plan(self, name: str) -> None:
        known = self.world.campaigns.get(name)
        made = planning.plan(self.world.shop, known.row, known.body, save=True)
        self.plans[name] = made.id or 0

    def send(self, name: str) -> None:
        """Take every place the guards give, and look at each."""
        if name not in self.plans:
            return
        known = self.world.campaigns.get(name)
        if known.row.state == "draft":
            with self.world.shop.write("run", kind="campaign") as write:
                campaign_rows.move(write, name, "running", started_at=self.clock)
        before = {row.id for row in self.world.all(sa.select(sends.c.id))}
        claimer = Claimer(
            self.world.shop, known.row, known.body, self.plans[name], 1, channels_of(self.world.shop)
        )
        while claimer.next("pigeon", 2).more:
            pass
        while claimer.next("pigeon", 2, again=True).more:
            pass
        for row in self.world.all(sa.select(sends.c.id, sends.c.customer_id, sends.c.at)):
            if row.id not in before:
                self.look(row)

    def look(self, row: sa.Row[tuple[int, int, int]]) -> None:
        assert self.last(row.customer_id) == "granted", "it went to somebody who did not say yes"
        c = sends.c
        mine = sa.select(c.id).where(c.customer_id == row.customer_id, c.id <= row.id)
        recent = self.world.all(mine.where(c.at >= self.clock - 30 * 86_400))
        others = [one for one in recent if one.id != row.id]
        assert not others, "it went over the cap"


_stories = iter(range(10**6))


@given(begun, acts)
@settings(
    max_examples=examples(6),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_order_of_acts_gets_past_the_guards(
    world: World, first: list[str], story: list[tuple[str, int, object]]
) -> None:
    world.go_to(NOW)
    told = Story(world, next(_stories))
    for person, state in zip(told.people, first, strict=True):
        if state:
            told.say(person, state)
    for what, one, other in story:
        world.go_to(told.clock)
        if what in ("says", "import"):
            told.say(told.people[one], str(other))
        elif what == "merge":
            told.merge(told.people[one], told.people[int(str(other))])
        elif what == "days":
            told.clock += one * 86_400
        else:
            if "plan" in what:
                told.plan(told.names[one])
            if "send" in what:
                told.send(told.names[one])
        told.clock += 60
