"""At most once, whatever dies: senders killed in the middle, several side by side, on both databases."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from crmcore.campaigns import coming_back
from crmcore.store.schema_campaigns import sends
from tests.campaigns.conftest import World
from tests.conftest import NOW
from tests.waiting import PATIENCE, until

ROOT = Path(__file__).parent.parent.parent


def start(world: World, name: str = "spring", *limit: str) -> subprocess.Popen[bytes]:
    folder = str(world.shop.place.folder)
    command = [sys.executable, "-m", "tests.campaigns.sender", folder, name, str(NOW), *limit]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill −9: nothing is tidied up. What it had started ends by itself, and may write one line more until then."""
    started: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):  # it has just ended by itself
        sender = psutil.Process(process.pid)
        sender.suspend()  # so that it starts no more
        started = sender.children(recursive=True)
    process.kill()
    process.communicate()
    _gone, left = psutil.wait_procs(started, PATIENCE)
    assert not left


def fill(world: World, people: int) -> None:
    from crmcore.store.changes import insert_many
    from crmcore.store.schema import consents, customers, identities

    with world.shop.write("people", kind="import") as write:
        ids = insert_many(write, customers, [{"name": f"P{n}", "at": NOW} for n in range(people)])
        rows = [
            {"customer_id": i, "home_id": i, "kind": "email", "namespace": "", "value": f"p{i}@x.cn",
             "shown": "x", "strong": True}
            for i in ids
        ]  # fmt: skip
        insert_many(write, identities, rows)
        said = {"channel": "*", "purpose": "promotion", "state": "granted", "source": "t", "proof": "form"}
        insert_many(write, consents, [{"customer_id": i, "at": NOW - 9, **said} for i in ids])


def murder(world: World, kills: int, seed: int, longest: float) -> int:
    """Start and kill senders; returns how many were killed before they were done."""
    chance = random.Random(seed)
    died = 0
    for _number in range(kills):
        process = start(world)
        before = sum(world.arrived().values())
        until(lambda: sum(world.arrived().values()) > before or process.poll() is not None)  # noqa: B023
        time.sleep(chance.uniform(0, longest))
        died += process.poll() is None
        kill(process)
    return died


def settle_by_the_gateways_list(world: World, name: str = "spring") -> int:
    """What a person does: look into the gateway's list, and say of each unknown message what became of it."""
    there = {line.split("\t")[0] for line in world.gateway.read_text("utf-8").splitlines()}
    unknown = [key for _row, _customer, key, _at in coming_back.unknown(world.shop, name, None)]
    arrived = [key for key in unknown if key in there]
    coming_back.settle_unknown(world.shop, name, arrived=True, keys=arrived)
    coming_back.settle_unknown(world.shop, name, arrived=False, keys=[k for k in unknown if k not in there])
    return len(unknown)


def finish(world: World, people: int, died: int) -> None:
    """The last run, and then: each exactly once; of a handful of messages a death nobody could say."""
    row = world.campaigns.get("spring").row
    assert row.state != "paused", row.message  # no sender gave up: they were killed
    world.campaigns.send("spring")
    unknown = settle_by_the_gateways_list(world)
    world.campaigns.send("spring")
    arrived = world.arrived()
    assert set(arrived.values()) == {1}
    assert len(arrived) == people
    assert unknown <= 8 * died
    assert world.states() == {"SENT": people}


def test_senders_that_are_killed_lose_nobody_and_double_nobody(world: World) -> None:
    fill(world, 120)
    world.campaign()
    world.campaigns.plan("spring", save=True)
    world.campaigns.schedule("spring", NOW + 1)
    world.way("well", a_second="400")
    finish(world, 120, murder(world, 2, seed=5, longest=0.1))


@pytest.mark.stress
def test_a_hundred_kills(world: World) -> None:
    fill(world, 10_000)
    world.campaign()
    world.campaigns.plan("spring", save=True)
    world.campaigns.schedule("spring", NOW + 1)
    finish(world, 10_000, murder(world, 100, seed=7, longest=0.3))


def test_processes_side_by_side_share_the_work(world: World) -> None:
    fill(world, 60)
    world.campaign()
    world.campaigns.plan("spring", save=True)
    world.campaigns.schedule("spring", NOW + 1)
    world.way("well", a_second="100")
    processes = [start(world, "spring", "30") for _number in range(2)]  # neither can do all of it
    outputs = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert len(world.arrived()) == 60
    assert set(world.arrived().values()) == {1}
    assert len(world.all(sa.select(sends.c.sender).distinct())) == 2


def test_on_postgresql_it_is_the_same(postgresql_world: World) -> None:
    world = postgresql_world
    fill(world, 40)
    world.person("never", yes="")
    world.campaign(control=0.2, personal_codes=True, code="PG", messages={"*": {"text": "{{ code }}"}})
    plan = world.campaigns.plan("spring", save=True)
    assert plan.chosen + plan.control == 40
    again = world.campaigns.plan("spring", save=True)
    assert world.campaigns.compare("spring", plan.id or 0, again.id or 0) == []
    world.campaigns.schedule("spring", NOW + 1)
    processes = [start(world) for _number in range(2)]
    outputs = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert len(world.arrived()) == plan.chosen
    assert set(world.arrived().values()) == {1}
    report = world.campaigns.report("spring")
    assert report.lift is not None
    assert report.lift.control == plan.control
    calls = world.campaign("calls", channels=["calls"])
    assert world.campaigns.plan(calls).channels == {}


@pytest.mark.stress
def test_four_processes_and_two_thousand_messages(world: World) -> None:
    fill(world, 2_000)
    world.campaign()
    world.campaigns.plan("spring", save=True)
    world.campaigns.schedule("spring", NOW + 1)
    processes = [start(world) for _number in range(4)]
    outputs = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, outputs
    assert len(world.arrived()) == 2_000
    assert set(world.arrived().values()) == {1}
