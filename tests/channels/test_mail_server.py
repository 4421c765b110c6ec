"""The mail server of these tests leaves nothing open: what it left would be reported by whichever test runs later."""

from __future__ import annotations

import contextlib
import gc
import socket
import threading
import warnings

from tests.channels.mail_server import Desk, Server
from tests.waiting import PATIENCE, until


def test_a_server_that_is_stopped_while_clients_come_in_hangs_up_on_every_one() -> None:
    server = Server(Desk())
    loop, held, free = server._loop, threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        free.wait(PATIENCE)

    gc.collect()
    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always", ResourceWarning)
        loop.call_soon_threadsafe(hold)
        assert held.wait(PATIENCE)
        clients = [socket.create_connection(("127.0.0.1", server.port)) for _number in range(3)]
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        # Nothing public says that the loop has something to do, and it is held: it cannot be asked.
        until(lambda: loop._ready, "the server was not told to stop")  # type: ignore[attr-defined]
        free.set()
        stopping.join(PATIENCE)
        for client in clients:
            with client, contextlib.suppress(ConnectionResetError):  # who was not let in yet
                client.settimeout(PATIENCE)
                while client.recv(100):
                    pass
        gc.collect()
    assert left == []
