"""The web server: textual-serve with a sign-in in front, an origin check, and a cap on sessions.

textual-serve has no authentication and starts its command through a shell; here every path but the sign-in
asks for a session, and the command is started directly, under the name of whoever signed in.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.server import Server

from crmcore.accounts import LONGEST_NAME, Accounts
from crmcore.i18n import gettext as _
from crmcore.web.sessions import Guesses, Sessions

COOKIE = "crm_session"
_NAME = web.RequestKey("name", str)
_PAGES = Path(__file__).parent / "pages"
_OPEN_PATHS = ("/sign-in",)
_DOORS = ("/", "/ws")  # here it is looked up whether the account still exists
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'; "
        "form-action 'self'; base-uri 'none'"
    ),
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Serving:
    """How a shop is served.

    `hosts` are the names by which browsers may address it (a page of elsewhere that points its own name at us
    is turned away), `most` how many sessions there may be at once.
    """

    shop: str
    language: str
    host: str = "127.0.0.1"
    port: int = 8765
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    most: int = 10
    tls: ssl.SSLContext | None = None


class Session(AppService):
    """The process of one browser session."""

    arguments: tuple[str, ...] = ()
    actor = ""

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        environment = self._build_environment(width=width, height=height) | {"CRM_ACTOR": self.actor}
        self._process = process = await asyncio.create_subprocess_exec(
            *self.arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment
        )
        self._stdin = process.stdin
        return process

    async def stop(self) -> None:
        """End the process and wait until it is gone: what it prints ends a little before it does."""
        await super().stop()
        if self._process is not None:
            await self._process.wait()


class CrmServer(Server):
    """Serves one shop to those who have an account."""

    def __init__(self, serving: Serving, accounts: Accounts) -> None:
        super().__init__("crm", host=serving.host, port=serving.port, title="crm")
        self.serving = serving
        self._accounts = accounts
        self._sessions = Sessions()
        self._guesses = Guesses()
        self._running = 0

    async def make_app(self) -> web.Application:
        """The application; for tests as well."""
        app = await self._make_app()
        app.middlewares.append(self._guard)
        app.add_routes([
            web.get("/sign-in", self._sign_in_page),
            web.post("/sign-in", self._sign_in),
            web.post("/sign-out", self._sign_out),
        ])  # fmt: skip
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Nothing is printed here: the command line says where it is."""

    # --- the guard ----------------------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Turn away foreign pages and those who have not signed in."""
        if not self._is_our_host(request):
            raise web.HTTPForbidden(text=_("this server is not known by that name"))
        if (request.method == "POST" or request.path == "/ws") and not self._is_our_page(request):
            raise web.HTTPForbidden(text=_("the request comes from another page"))
        if request.path not in _OPEN_PATHS:
            name = await self._who(request)
            if name is None:
                if request.path == "/":
                    raise web.HTTPSeeOther("/sign-in")
                raise web.HTTPUnauthorized(text=_("sign in first"))
            request[_NAME] = name
        response = await handler(request)
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    async def _who(self, request: web.Request) -> str | None:
        """Who sent the request; nobody whose account was removed since the sign-in."""
        token = request.cookies.get(COOKIE)
        name = self._sessions.who(token)
        if name is None or request.path not in _DOORS or await asyncio.to_thread(self._accounts.has, name):
            return name
        self._sessions.end(token)
        return None

    def _is_our_host(self, request: web.Request) -> bool:
        return _host_name(request.host) in self.serving.hosts

    def _is_our_page(self, request: web.Request) -> bool:
        origin = request.headers.get("Origin", "")
        scheme = "https" if self.serving.tls else "http"
        return origin == f"{scheme}://{request.host}"

    # --- signing in ---------------------------------------------------------------------------------------

    async def _sign_in_page(self, _request: web.Request) -> web.Response:
        return _page("sign_in.html", **_sign_in_words(""))

    async def _sign_in(self, request: web.Request) -> web.Response:
        form = await request.post()
        name, password = str(form.get("name", "")), str(form.get("password", ""))
        sources = (f"name {name[:LONGEST_NAME]}", f"from {request.remote}")
        if wait := self._guesses.wait(*sources):
            said = _("too many wrong passwords: wait {seconds} seconds").format(seconds=wait)
            return _page("sign_in.html", 429, **_sign_in_words(said, name))
        # Counted before the slow check: many tries sent at once must not all be looked at.
        self._guesses.begin(*sources)
        if not await asyncio.to_thread(self._accounts.check, name, password):
            said = _("the name or the password is wrong")
            return _page("sign_in.html", 401, **_sign_in_words(said, name))
        self._guesses.was_right(*sources)
        response = web.HTTPSeeOther("/")
        response.set_cookie(
            COOKIE,
            self._sessions.begin(name),
            httponly=True,
            samesite="Strict",
            secure=self.serving.tls is not None,
            path="/",
        )
        raise response

    async def _sign_out(self, request: web.Request) -> web.Response:
        self._sessions.end(request.cookies.get(COOKIE))
        response = web.HTTPSeeOther("/sign-in")
        response.del_cookie(COOKIE)
        raise response

    # --- the session --------------------------------------------------------------------------------------

    async def handle_index(self, request: web.Request) -> web.Response:
        """The page with the terminal in it."""
        if self._running >= self.serving.most:
            return _page("full.html", 503, title=_("Nobody else can come in now"), text=self._full())
        scheme = "wss" if self.serving.tls else "ws"
        return _page(
            "terminal.html",
            title=f"crm - {request[_NAME]}",
            socket=f"{scheme}://{request.host}/ws",
            name=request[_NAME],
            sign_out=_("Sign out"),
            ended=_("The session has ended."),
            again=_("Begin anew"),
        )

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """One session: a process that lives as long as the page."""
        if self._running >= self.serving.most:
            raise web.HTTPServiceUnavailable(text=self._full())
        self._running += 1
        socket = web.WebSocketResponse(heartbeat=15, max_msg_size=1 << 20)
        session: Session | None = None
        try:
            await socket.prepare(request)
            session = self._session(socket, request[_NAME])
            await session.start(*_size(request))
            await self._process_messages(socket, session)
        finally:
            self._running -= 1
            if session is not None:
                await session.stop()
        return socket

    def _session(self, socket: web.WebSocketResponse, name: str) -> Session:
        session = Session(
            "crm",
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=socket.close,  # type: ignore[arg-type]  # it returns whether it closed
            download_manager=self.download_manager,
        )
        serving = self.serving
        session.actor = name
        session.arguments = (
            sys.executable, "-m", "crmcore.web.session_main", serving.shop, serving.language,
        )  # fmt: skip
        return session

    def _full(self) -> str:
        return _("all {count} places are taken: somebody has to leave first").format(count=self.serving.most)


def _host_name(host: str) -> str:
    """The name without the port."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def _size(request: web.Request) -> tuple[int, int]:
    """The terminal's columns and rows, within what a screen can have."""

    def number(key: str, default: int) -> int:
        text = request.query.get(key, "")
        return min(max(int(text), 20), 500) if text.isascii() and text.isdigit() else default

    return number("width", 80), number("height", 24)


def _page(file: str, status: int = 200, /, **words: str) -> web.Response:
    page = Template((_PAGES / file).read_text("utf-8"))
    shown = {key: escape(word) for key, word in words.items()}
    return web.Response(text=page.substitute(shown), status=status, content_type="text/html")


def _sign_in_words(said: str, known: str = "") -> dict[str, str]:
    """The words of the page; `known` is the name that was typed: it need not be typed again."""
    known = known[:LONGEST_NAME]
    return {
        "known": known,
        "at_name": "" if known else "autofocus",
        "at_password": "autofocus" if known else "",
        "title": _("Sign in"),
        "name": _("Name"),
        "password": _("Password"),
        "enter": _("Sign in"),
        "said": said,
    }


def serve(serving: Serving, accounts: Accounts) -> None:
    """Serve until Ctrl-C."""
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    server = CrmServer(serving, accounts)
    web.run_app(server.make_app(), host=serving.host, port=serving.port, ssl_context=serving.tls, print=None)
