"""Texts in the user's language: gettext catalogs, chosen by --lang, the shop or the locale."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

LANGUAGES = ("zh", "en")
LOCALE_FOLDER = Path(__file__).parent / "locale"

_language: ContextVar[str] = ContextVar("language", default="en")


@cache
def _catalog(language: str) -> NullTranslations:
    path = LOCALE_FOLDER / language / "LC_MESSAGES" / "crmcore.mo"
    try:
        with path.open("rb") as file:
            return GNUTranslations(file)
    except FileNotFoundError:
        return NullTranslations()


def set_language(language: str) -> None:
    """Choose the language ("zh" or "en") of this context."""
    _language.set(language)


def language() -> str:
    """The language in force: "zh" or "en"."""
    return _language.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """The language within the block."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def gettext(message: str) -> str:
    """The message in the language in force; itself where the catalog has none."""
    # The empty message is the catalog's own header.
    return _catalog(_language.get()).gettext(message) if message else ""


def ngettext(one: str, many: str, count: int) -> str:
    """The form of the message that fits `count`, in the language in force."""
    return _catalog(_language.get()).ngettext(one, many, count)


def mark(message: str) -> str:
    """The message as it is: marks a constant for the catalog that `gettext` translates where it is shown."""
    return message


def title_of(zh: str, en: str) -> str:
    """The one of two titles that fits the language in force."""
    return (zh or en) if _language.get() == "zh" else (en or zh)


def locale_language(environ: Mapping[str, str] | None = None) -> str:
    """The language the user's system is set to: "zh" for any Chinese locale, else "en".

    The variables count in gettext's own order; where none is set (Windows), the system is asked.
    """
    environ = os.environ if environ is None else environ
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(variable):
            return _language_code(value)
    if os.name == "nt":  # pragma: no cover - the variables rule everywhere else
        import locale

        return _language_code(locale.getlocale()[0] or "")
    return "en"


def _language_code(locale_name: str) -> str:
    return "zh" if locale_name.lower().startswith(("zh", "chinese")) else "en"
