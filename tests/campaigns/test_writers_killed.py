"""kill -9 between any two commits of a plan, of outcomes and of consents: what is kept is whole.

The child counts its own writes and dies just before one of them is kept, so no run depends on how fast it is.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmcore.campaigns import audience, coming_back, refusals
from crmcore.records.clock import Clock
from crmcore.shop import Shop
from crmcore.store.checks import problems
from crmcore.store.database import Write
from crmcore.store.schema_campaigns import consent_bases, plans, send_events
from crmcore.store.suppressing import bases, listed, state_basis
from tests.campaigns.conftest import World
from tests.conftest import NOW
from tests.stress.children import spawn

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of POSIX")
PEOPLE = 30
SHORT = [2]
LONG = [pytest.param(at, marks=pytest.mark.stress) for at in (1, *range(3, 10))]


def die_before(commit: int) -> None:
    """This process is killed just before its so-manieth write is kept."""
    kept, count = Write.note_made, 0

    def dying(write: Write) -> None:
        nonlocal count
        count += 1
        if count == commit:
            os.kill(os.getpid(), signal.SIGKILL)
        kept(write)

    Write.note_made = dying  # type: ignore[method-assign]


def work(folder: Path, what: str, commit: int) -> None:
    """What the child does, ten people at a time."""
    audience.Audience.chunks.__defaults__ = (10,)
    coming_back._AT_ONCE = 10
    refusals._AT_ONCE = 10
    with Shop.open(folder, actor="child") as shop:
        shop.clock = lambda as_of=None: Clock("Asia/Shanghai", NOW).on(as_of)  # type: ignore[method-assign]
        die_before(commit)
        if what == "plan":
            shop.campaigns.plan("spring", save=True)
        elif what == "outcomes":
            coming_back.read_outcomes(shop, "spring", folder / "report.csv")
        elif what == "refusals":
            refusals.read_file(shop, folder / "noes.csv")
        else:
            with shop.write("basis", kind="campaign") as write:
                state_basis(write, "*", "terms of 2020, customers who bought", None, NOW)


def killed(world: World, what: str, commit: int) -> bool:
    """Whether the child died of it; it may have been done before."""
    child = spawn(work, world.shop.place.folder, what, commit)
    child.join(120)
    assert child.exitcode in (0, -signal.SIGKILL)
    return child.exitcode != 0


@pytest.mark.parametrize("commit", SHORT + LONG)
def test_a_plan(world: World, commit: int) -> None:
    for number in range(PEOPLE):
        world.person(f"P{number}")
    name = world.campaign(control=0.2)
    shown = world.campaigns.plan(name)
    died = killed(world, "plan", commit)
    kept = world.campaigns.plans(name)
    assert len(kept) == (0 if died else 1)  # half a plan is none
    again = world.campaigns.plan(name, save=True)
    assert (again.channels, again.reasons) == (shown.channels, shown.reasons)
    assert world.campaigns.send(name).sent == shown.chosen
    assert set(world.arrived().values()) == {1}
    assert len(world.all(sa.select(plans.c.id).where(plans.c.counts != "{}"))) == len(kept) + 1
    assert problems(world.shop.facts) == []


@pytest.mark.parametrize("commit", SHORT + LONG)
def test_outcomes_of_a_gateway(world: World, commit: int) -> None:
    people = [world.person(f"P{number}") for number in range(PEOPLE)]
    name = world.campaign()
    world.campaigns.send(name)
    rows = [f"1-{who}-0,{('退订' if who % 5 == 0 else 'delivered')},2026-03-05 10:00:00" for who in people]
    folder = world.shop.place.folder
    assert folder is not None
    (folder / "report.csv").write_text("\n".join(["key,what,at", *rows]), "utf-8")
    killed(world, "outcomes", commit)
    coming_back.read_outcomes(world.shop, name, folder / "report.csv")
    told = coming_back.read_outcomes(world.shop, name, folder / "report.csv")
    assert (told.read, told.same, dict(told.new)) == (PEOPLE, PEOPLE, {})
    events = world.all(sa.select(send_events.c.send_id, send_events.c.what))
    assert len(events) == len(set(events)) == PEOPLE
    no = {who for who in people if who % 5 == 0}
    world.go_to(NOW + 40 * 86_400)
    assert world.campaigns.plan(world.campaign("again")).chosen == PEOPLE - len(no)
    assert problems(world.shop.facts) == []


@pytest.mark.parametrize("commit", [1, pytest.param(2, marks=pytest.mark.stress)])
def test_a_basis_is_stated_or_not(world: World, commit: int) -> None:
    died = killed(world, "basis", commit)
    with world.shop.database.read() as connection:
        assert len(bases(connection)) == (0 if died else 1)
    world.basis()
    with world.shop.database.read() as connection:
        assert list(bases(connection)) == ["*"]
        assert connection.scalar(sa.select(sa.func.count()).select_from(consent_bases)) == (1 if died else 2)


@pytest.mark.parametrize("commit", [2, *LONG])
def test_a_list_of_refusals(world: World, commit: int) -> None:
    folder = world.shop.place.folder
    assert folder is not None
    rows = [f"email,,q{number}@x.cn,address,,,2026-03-01T10:00:00Z," for number in range(PEOPLE)]
    (folder / "noes.csv").write_text("\n".join([",".join(refusals.COLUMNS), *rows]), "utf-8")
    world.lost_its_database()
    died = killed(world, "refusals", commit)
    with world.shop.database.read() as connection:
        assert (refusals.missing_since(connection) is not None) == died  # half a list releases nothing
    refusals.read_file(world.shop, folder / "noes.csv")
    with world.shop.database.read() as connection:
        assert listed(connection)[0] == PEOPLE
        assert refusals.missing_since(connection) is None
