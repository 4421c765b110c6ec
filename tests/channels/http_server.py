"""A real HTTP gateway on the loopback address: keeps what it was asked, and can answer late, half or not at all."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def values(self) -> dict[str, str]:
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass
class Says:
    """An answer; `late`: not before the server is stopped, `broken`: only half of it, `none`: the line is cut instead."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    late: bool = False
    broken: bool = False
    none: bool = False


Answering = Callable[[Asked], Says]


class HttpServer:
    def __init__(self, answering: Answering) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self._over = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                outer.connections += 1
                super().setup()

            def log_message(self, *_args: object) -> None:
                return

            def _answer(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                parts = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, parts.path, parts.query, headers, self.rfile.read(size))
                outer.asked.append(asked)
                says = answering(asked)
                if says.late:
                    outer._over.wait()
                if says.none or says.late:
                    self.close_connection = True
                    return
                content = says.body if isinstance(says.body, bytes) else json.dumps(says.body).encode()
                self.send_response(says.status)
                self.send_header("Content-Length", str(len(content)))
                for name, value in says.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if says.broken else content)
                self.close_connection = self.close_connection or says.broken

            do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - as http.server calls them

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
