"""A server that puts off, refuses, hangs up and goes away at random: what a receipt says is what has happened."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest

from crmcore import CrmError, Outgoing, Receipt
from tests.channels.conftest import Make
from tests.channels.mail_server import Desk, Server

NAMES = ("rain", "busy", "closing", "cutearly", "spam", "full", "cutlate", "lost", "nobody", "policy")


class Moody(Desk):
    """Now and then it breaks the line before anybody has said a word."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.chance = random.Random(seed)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # type: ignore[no-untyped-def]  # noqa: N802
        if self.chance.random() < 0.05:
            server.transport.abort()
        return await super().handle_EHLO(server, session, envelope, hostname, responses)


def sent_through(made, messages: list[Outgoing]) -> tuple[list[Receipt], int]:  # type: ignore[no-untyped-def]
    """Receipts as a campaign gathers them: what was put off or never taken goes out again, the rest does not."""
    waiting, receipts, stops = list(messages), [], 0
    taken: dict[str, Outgoing] = {}

    def handed() -> Iterator[Outgoing]:
        while waiting:
            message = waiting.pop()
            taken[message.key] = message
            yield message

    while waiting:
        try:
            for receipt in made.send(handed()):
                del taken[receipt.key]
                receipts.append(receipt)
        except CrmError:  # no line could be had: it is tried again
            stops += 1
        assert not taken, "taken without a receipt, though nothing was killed"
    return receipts, stops


@pytest.mark.parametrize(
    ("mails", "seed"), [(60, 1), pytest.param(10_000, 2, marks=pytest.mark.stress)], ids=["few", "many"]
)
@pytest.mark.parametrize("connections", [1, 4])
def test_every_receipt_is_true(channel: Make, mails: int, seed: int, connections: int) -> None:
    chance = random.Random(seed)
    desk = Moody(seed)
    server = Server(desk)
    made = channel(
        "email",
        host="127.0.0.1",
        port=server.port,
        security="none",
        sender="shop@example.com",
        timeout=60.0,
        connections=connections,
        per_connection=chance.randint(5, 30),
    )
    messages = [
        Outgoing(
            f"m{number}",
            f"{chance.choice(NAMES) if chance.random() < 0.3 else 'rain'}@x.example",
            "service",
            "hi",
            "hi",
        )
        for number in range(mails)
    ]
    try:
        receipts, _stops = sent_through(made, messages)
    finally:
        server.stop()
    states = {one.key: one.state for one in receipts}
    arrived = Counter(desk.keys)
    assert len(receipts) == len(states) == mails
    assert set(arrived.values()) == {1}
    for key, state in states.items():
        if state == "accepted":
            assert arrived[key] == 1, key
        elif state == "failed":
            assert arrived[key] == 0, key
    names = {message.key: message.to.partition("@")[0] for message in messages}
    assert all(names[key] in ("cutlate", "lost") for key, state in states.items() if state == "unknown")
