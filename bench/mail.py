"""Mail: what the e-mail channel sends in a second, beside a bare client loop to the same server."""

from __future__ import annotations

import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bench.figures import Figure, Setting
from bench.measure import median

_MAILS, _ROUNDS, _BATCH = 1_000, 5, 50
_TEXT = "小雨，您的面霜快用完了吧？春茶也到了，满 200 减 30，12 月 5 日前有效。\n\n退订请回复“退订”。"


@contextmanager
def _server() -> Iterator[int]:
    """A mail server in a process of its own that takes everything and keeps nothing; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    words = ["-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Sink"]
    with subprocess.Popen([sys.executable, "-m", "aiosmtpd", *words]) as process:
        for _try in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port
        process.kill()


def _bare(port: int, mails: Sequence[tuple[str, bytes]]) -> float:
    """Mails that were written before, sent one after the other by smtplib: mails a second."""
    started = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for to, mail in mails:
            smtp.sendmail("shop@example.com", [to], mail)
    return len(mails) / (time.perf_counter() - started)


def mail(_setting: Setting) -> Iterator[Figure]:
    """The channel in its worker process, writing each mail, against smtplib with mails that are ready."""
    from crm_channels.email import Settings
    from crm_channels.email.writing import Writer

    from crmcore.hooks.channel_values import Outgoing
    from crmcore.hooks.discovery import PluginConfig
    from crmcore.hooks.worker import Worker

    with _server() as port:
        settings = {
            "host": "127.0.0.1", "port": port, "security": "none", "sender": "shop@example.com", "connections": 1,
            "per_connection": 100_000, "per_second": 1_000_000.0,
        }  # fmt: skip
        messages = [
            Outgoing(
                f"k{n}", f"c{n}@example.com", "promotion", _TEXT, "春茶到了", f"<p>{_TEXT}</p>", "林小雨"
            )
            for n in range(_MAILS)
        ]
        writer = Writer(Settings(**settings))  # type: ignore[arg-type]
        ready = [(one.to, writer.written(one)) for one in messages]
        config = PluginConfig(settings={"email": settings}, only=frozenset(["email"]), write_log=False)
        with Worker(config) as worker:
            bare, ours = [], []
            for _round in range(_ROUNDS):
                bare.append(_bare(port, ready))
                waiting = [messages[start : start + _BATCH] for start in range(0, _MAILS, _BATCH)]
                started = time.perf_counter()
                more = iter(waiting)
                receipts = worker.send("email", "email", {}, lambda more=more: next(more, []), timeout=60)  # type: ignore[misc]
                assert sum(one.state == "accepted" for one in receipts) == _MAILS
                ours.append(_MAILS / (time.perf_counter() - started))
    yield Figure(
        "e-mail, one connection", median(ours), "mails/s", median(bare), "bare smtplib loop", aim="0.8×"
    )
