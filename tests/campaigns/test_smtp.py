"""A campaign by a real SMTP server that drops connections and refuses at random, while its sender is killed."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from crmcore.campaigns import coming_back
from tests.campaigns.conftest import World
from tests.campaigns.test_at_most_once import fill, kill, start
from tests.channels.mail_server import Desk, Server
from tests.conftest import NOW
from tests.waiting import until


class Whims(Desk):
    """A server of whims: it drops lines before and after the dot, puts off, and refuses for good."""

    server: Server

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.taken: Counter[str] = Counter()
        self.refused: set[str] = set()
        self.whims = True
        self._chance = random.Random(seed)
        self._lock = threading.Lock()

    def _whim(self) -> float:
        return self._chance.random() if self.whims else 1.0

    async def handle_RCPT(  # noqa: N802 - as aiosmtpd calls them
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        whim = self._whim()
        if whim < 0.02:
            assert server.transport is not None
            server.transport.abort()
            return "250 OK"
        if whim < 0.06:
            return "451 4.3.0 try again"
        if whim < 0.08 or address in self.refused:
            self.refused.add(address)
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        whim = self._whim()
        if whim < 0.02:
            return "452 4.2.2 mailbox full"
        lost = whim < 0.04
        if not lost:
            with self._lock:
                self.taken[envelope.rcpt_tos[0]] += 1
        if whim < 0.06:  # after the dot: taken or lost, and no answer
            assert server.transport is not None
            server.transport.abort()
        return "250 2.0.0 OK"


@pytest.fixture
def desk() -> Iterator[Whims]:
    made = Whims(11)
    made.server = Server(made)
    yield made
    made.server.stop()


def prepare(world: World, desk: Whims, people: int) -> None:
    fill(world, people)
    settings = {
        "host": "127.0.0.1", "port": str(desk.server.port), "security": "none", "sender": "shop@example.com",
        "per_second": "100000", "retry_minutes": "0",
    }  # fmt: skip
    world.shop.change_plugin_settings("email", settings)
    words = {"*": {"text": "#客户昵称#，好久不见。退订请回复TD", "subject": "好久不见"}}
    world.campaign(channels=["email"], messages=words)
    world.campaigns.plan("spring", save=True)
    world.campaigns.schedule("spring", NOW + 1)


def send_to_the_end(world: World, desk: Whims) -> int:
    """Send, settle what is unknown by the server's own list, and send again until nobody waits."""
    unknown = 0
    for _round in range(8):
        if world.campaigns.get("spring").row.state == "paused":
            world.campaigns.resume("spring")
        world.campaigns.send("spring")
        rows = coming_back.unknown(world.shop, "spring", None)
        unknown += len(rows)
        there = [key for _row, who, key, _at in rows if desk.taken[f"p{who}@x.cn"]]
        gone = [key for _row, who, key, _at in rows if not desk.taken[f"p{who}@x.cn"]]
        coming_back.settle_unknown(world.shop, "spring", arrived=True, keys=there)
        coming_back.settle_unknown(world.shop, "spring", arrived=False, keys=gone)
        if not gone and world.campaigns.get("spring").row.state == "done":
            break
    return unknown


def check(world: World, desk: Whims, people: int) -> None:
    """Each delivered exactly once, but for those whom the server refused for good: they never."""
    assert set(desk.taken.values()) == {1}
    assert len(desk.taken) + len(desk.refused - set(desk.taken)) == people
    states = world.states()
    assert set(states) <= {"SENT", "FAILED"}
    assert states["SENT"] == len(desk.taken)


def murder(world: World, desk: Whims, kills: int, seed: int, longest: float) -> None:
    chance = random.Random(seed)
    for _number in range(kills):
        if world.campaigns.get("spring").row.state == "paused":  # what its channel was refused by the server
            world.campaigns.resume("spring")
        process = start(world)
        before = sum(desk.taken.values())
        until(lambda: sum(desk.taken.values()) > before or process.poll() is not None)  # noqa: B023
        time.sleep(chance.uniform(0, longest))
        kill(process)
    until(desk.server.is_idle)  # what was in the line comes to its end


def test_each_is_delivered_once_by_a_server_of_whims_whatever_dies(world: World, desk: Whims) -> None:
    prepare(world, desk, 80)
    murder(world, desk, 1, seed=3, longest=0.02)
    send_to_the_end(world, desk)
    check(world, desk, 80)


@pytest.mark.stress
def test_ten_thousand_mails_and_a_hundred_kills(world: World, desk: Whims) -> None:
    prepare(world, desk, 10_000)
    murder(world, desk, 100, seed=3, longest=0.25)
    desk.whims = True
    send_to_the_end(world, desk)
    check(world, desk, 10_000)
