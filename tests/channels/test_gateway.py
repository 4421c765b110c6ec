"""The line to a gateway: every way an answer fails to come."""

from __future__ import annotations

import socket

import pytest

from crmcore import CrmError, Gateway, NoAnswerError, NotSentError
from tests.channels.http_server import Says
from tests.channels.sms import Serve
from tests.waiting import until


def test_a_gateway_is_https_or_this_computer() -> None:
    for url in ("http://sms.example.com", "ftp://127.0.0.1", "sms.example.com", ""):
        with pytest.raises(CrmError, match="a gateway is an https address"):
            Gateway(url)


def test_what_was_not_sent_is_told_from_what_nobody_knows(serve: Serve) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    with Gateway(nobody) as gateway, pytest.raises(NotSentError, match="does not answer"):
        gateway.call("GET", "/", {})
    for says in (Says(late=True), Says(none=True), Says(body={"a": "b" * 50}, broken=True)):
        server = serve(lambda _asked, says=says: says)  # type: ignore[misc]
        with (
            Gateway(server.url, timeout=0.3 if says.late else 60) as gateway,
            pytest.raises(NoAnswerError, match="no answer from"),
        ):
            gateway.call("GET", "/", {})
        until(lambda server=server: server.asked)  # type: ignore[misc]
        assert len(server.asked) == 1


def test_a_connection_is_kept_and_one_that_was_closed_is_not_trusted(serve: Serve) -> None:
    server = serve(lambda _asked: Says(headers={} if len(server.asked) < 3 else {"Connection": "close"}))
    with Gateway(server.url) as gateway:
        for _number in range(3):
            assert gateway.call("GET", "/", {}).json() == {}
        assert server.connections == 1
        gateway.call("GET", "/", {})
        assert gateway.call("GET", "/", {}).status == 200
    assert server.connections >= 2
