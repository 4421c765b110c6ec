"""The sign-in, the origin check and the cap, asked through a real server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import aiohttp
import psutil
from aiohttp import web

from crmcore.accounts import Accounts, Cost
from crmcore.shop import Shop
from crmcore.web.server import CrmServer, Serving
from crmcore.web.sessions import GUESSES, IDLE_SECONDS, Guesses, Sessions

PASSWORD = "correct horse"


@asynccontextmanager
async def serving(url: str, most: int = 10) -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    """A server over the shop, and a browser with its own cookies."""
    with Shop.open(url, actor="owner") as shop:
        accounts = Accounts(shop.documents, Cost(n=2**4))
        if not accounts.names():
            accounts.add("amy", PASSWORD)
        server = CrmServer(Serving(url, "en", most=most), accounts)
        runner = web.AppRunner(await server.make_app())
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address, not of a name
        async with aiohttp.ClientSession(cookie_jar=jar) as browser:
            yield address, browser
        await runner.cleanup()


def play(url: str, story: Callable[[str, aiohttp.ClientSession], Awaitable[None]], most: int = 10) -> None:
    async def run() -> None:
        async with serving(url, most) as (address, browser):
            await story(address, browser)

    asyncio.run(run())


async def sign_in(address: str, browser: aiohttp.ClientSession, password: str = PASSWORD) -> int:
    headers = {"Origin": address}
    data = {"name": "amy", "password": password}
    async with browser.post(f"{address}/sign-in", data=data, headers=headers) as answer:
        return answer.status


def test_nothing_is_shown_before_the_sign_in(sqlite_url: str) -> None:
    async def story(address: str, browser: aiohttp.ClientSession) -> None:
        async with browser.get(f"{address}/") as answer:
            assert answer.url.path == "/sign-in"
        for path in ("/ws", "/download/x", "/static/js/textual.js"):
            async with browser.get(f"{address}{path}", headers={"Origin": address}) as answer:
                assert answer.status == 401, path

    play(sqlite_url, story)


def test_the_right_password_opens_the_page_and_sign_out_closes_it(sqlite_url: str) -> None:
    async def story(address: str, browser: aiohttp.ClientSession) -> None:
        wrong = {"name": 'a"<b>', "password": "wrong password"}
        async with browser.post(f"{address}/sign-in", data=wrong, headers={"Origin": address}) as answer:
            assert answer.status == 401
            assert 'value="a&quot;&lt;b&gt;"' in await answer.text()  # need not be typed again
        assert await sign_in(address, browser) == 200
        async with browser.get(f"{address}/") as answer:
            text = await answer.text()
            assert answer.url.path == "/"
            assert "amy" in text
            assert "http://" not in text  # nothing is fetched from elsewhere
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        cookie = next(iter(browser.cookie_jar))
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        async with browser.post(f"{address}/sign-out", headers={"Origin": address}) as answer:
            assert answer.url.path == "/sign-in"
        async with browser.get(f"{address}/") as answer:
            assert answer.url.path == "/sign-in"

    play(sqlite_url, story)


def test_other_pages_and_other_names_are_turned_away(sqlite_url: str) -> None:
    async def story(address: str, browser: aiohttp.ClientSession) -> None:
        assert await sign_in(address, browser) == 200
        evil = {"Origin": "http://evil.example"}
        for headers in (evil, {}):
            async with browser.get(f"{address}/ws", headers=headers) as answer:
                assert answer.status == 403
            async with browser.post(f"{address}/sign-in", data={}, headers=headers) as answer:
                assert answer.status == 403
        async with browser.get(f"{address}/", headers={"Host": "evil.example"}) as answer:
            assert answer.status == 403

    play(sqlite_url, story)


def test_after_some_wrong_passwords_none_is_looked_at_for_a_while(sqlite_url: str) -> None:
    async def story(address: str, browser: aiohttp.ClientSession) -> None:
        for _try in range(GUESSES):
            assert await sign_in(address, browser, "wrong password") == 401
        assert await sign_in(address, browser) == 429

    play(sqlite_url, story)


def test_wrong_passwords_sent_all_at_once_are_not_all_looked_at(sqlite_url: str) -> None:
    async def story(address: str, browser: aiohttp.ClientSession) -> None:
        tries = [sign_in(address, browser, "wrong password") for _try in range(3 * GUESSES)]
        answers = await asyncio.gather(*tries)
        assert sorted(answers) == [401] * GUESSES + [429] * (2 * GUESSES)

    play(sqlite_url, story)


def test_who_has_no_account_any_more_is_turned_away(sqlite_url: str) -> None:
    async def story(address: str, browser: aiohttp.ClientSession) -> None:
        assert await sign_in(address, browser) == 200
        with Shop.open(sqlite_url, actor="owner") as shop:
            Accounts(shop.documents).remove("amy")
        async with browser.get(f"{address}/ws", headers={"Origin": address}) as answer:
            assert answer.status == 401
        async with browser.get(f"{address}/") as answer:
            assert answer.url.path == "/sign-in"

    play(sqlite_url, story)


def test_who_comes_when_all_places_are_taken_is_told(sqlite_url: str) -> None:
    async def story(address: str, browser: aiohttp.ClientSession) -> None:
        assert await sign_in(address, browser) == 503
        async with browser.get(f"{address}/") as answer:
            assert "all 0 places are taken" in await answer.text()

    play(sqlite_url, story, most=0)


def test_a_session_draws_the_ui_and_acts_under_the_name_that_signed_in(sqlite_url: str) -> None:
    async def story(address: str, browser: aiohttp.ClientSession) -> None:
        assert await sign_in(address, browser) == 200
        headers = {"Origin": address}
        url = f"{address}/ws?width=80&height=24"
        socket = await browser.ws_connect(url, headers=headers)
        drawn = b""
        while b"Who is this?" not in drawn:
            message = await asyncio.wait_for(socket.receive(), 120)
            assert message.type == aiohttp.WSMsgType.BINARY, message
            drawn += message.data
        assert sessions()
        await browser.close()  # as a page that is closed: its process ends too

    def sessions() -> list[psutil.Process]:
        found = []
        for one in psutil.Process().children():
            with suppress(psutil.NoSuchProcess):  # a child of another test that nobody has asked how it ended
                if "crmcore.web.session_main" in one.cmdline():
                    found.append(one)
        return found

    play(sqlite_url, story)
    assert sessions() == []


def test_tokens_end_when_they_are_not_used() -> None:
    time = [0.0]
    sessions = Sessions(lambda: time[0])
    token = sessions.begin("amy")
    time[0] = IDLE_SECONDS - 1
    assert sessions.who(token) == "amy"
    time[0] = 2 * IDLE_SECONDS
    assert sessions.who(token) is None
    assert sessions.who(None) is None


def test_guesses_are_forgotten_after_a_while() -> None:
    time = [0.0]
    guesses = Guesses(lambda: time[0])
    for _try in range(GUESSES):
        assert guesses.wait("amy") == 0
        guesses.begin("amy")
    assert guesses.wait("amy") == 60
    assert guesses.wait("bob", "amy") == 60
    time[0] = 61.0
    assert guesses.wait("amy") == 0
