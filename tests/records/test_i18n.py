"""Which language is spoken, and that one context's language is not another's."""

from __future__ import annotations

import asyncio
import threading

import pytest

from crmcore import i18n


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_TW"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LC_ALL": "zh_CN", "LANG": "en_US"}, "zh"),
        ({"LANGUAGE": "en", "LANG": "zh_CN"}, "en"),
        ({"LC_MESSAGES": "zh_CN", "LANG": "en_US"}, "zh"),
        ({"LANG": "C"}, "en"),
    ],
)
def test_the_locale_in_gettexts_own_order(environ: dict[str, str], language: str) -> None:
    assert i18n.locale_language(environ) == language


def test_messages_in_the_language_in_force() -> None:
    with i18n.speaking("zh"):
        assert i18n.gettext("Customers") == "客户"
        assert i18n.title_of("客单价", "Average order") == "客单价"
        assert i18n.gettext("nobody ever says this") == "nobody ever says this"
        with i18n.speaking("en"):
            assert i18n.gettext("Customers") == "Customers"
            assert i18n.title_of("客单价", "") == "客单价"
        assert i18n.language() == "zh"
    assert i18n.gettext("") == ""


def test_another_thread_is_not_told_ours() -> None:
    heard = []
    with i18n.speaking("zh"):
        thread = threading.Thread(target=lambda: heard.append(i18n.language()))
        thread.start()
        thread.join()
    assert heard == ["en"]


def test_a_switch_reaches_what_was_begun_before_it() -> None:
    async def later(switched: asyncio.Event) -> tuple[str, str]:
        before = i18n.language()
        await switched.wait()
        return before, i18n.language()

    async def play() -> tuple[str, str]:
        switched = asyncio.Event()
        task = asyncio.create_task(later(switched))
        await asyncio.sleep(0)
        i18n.switch_language("zh")
        switched.set()
        return await task

    with i18n.speaking("en"):
        assert asyncio.run(play()) == ("en", "zh")
    with i18n.speaking("en"):
        assert i18n.language() == "en"
