"""Real servers on the loopback address: mail (SMTP, IMAP) and HTTP gateways; certificates of a CA of our own."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import trustme

from crmcore import Channel, Outgoing, Receipt
from crmcore.hooks.channel_jobs import _given
from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.manager import PluginManager
from crmcore.hooks.worker import Worker
from tests.campaigns.conftest import shop_template, world  # noqa: F401 - a shop, for the road through all of it
from tests.channels.http_server import Asked, HttpServer, Says
from tests.channels.sms import Serve


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate that clients are to trust."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


Make = Callable[..., Channel]


@pytest.fixture
def channel() -> Make:
    """A bundled channel with settings, in this process: `channel("email", host=…)`."""

    def make(plugin: str, name: str = "", **settings: Any) -> Channel:
        config = PluginConfig(settings={plugin: settings}, only=frozenset([plugin]), write_log=False)
        manager = PluginManager.load(config)
        found = {one.name: one for one in manager.channels()}
        assert not manager.failures, manager.failures
        return found[name or plugin]

    return make


@pytest.fixture
def worker() -> Iterator[Callable[..., Worker]]:
    """Worker processes that have one bundled plugin with its settings."""
    made: list[Worker] = []

    def make(plugin: str, **settings: Any) -> Worker:
        config = PluginConfig(settings={plugin: settings}, only=frozenset([plugin]), write_log=False)
        made.append(Worker(config))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def serve() -> Iterator[Serve]:
    made: list[HttpServer] = []

    def make(answering: Callable[[Asked], Says]) -> HttpServer:
        made.append(HttpServer(answering))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def sent(
    channel: Channel, messages: Sequence[Outgoing], secrets: Mapping[str, str] | None = None
) -> list[Receipt]:
    """The receipts of messages sent in this process."""
    with _given(channel, secrets or {}):
        return list(channel.send(iter(messages)))


def by_key(receipts: Sequence[Receipt]) -> dict[str, Receipt]:
    assert len({one.key for one in receipts}) == len(receipts), "a second receipt"
    return {one.key: one for one in receipts}
