"""Texts in the user's language: gettext catalogs, chosen by --lang, the shop or the locale."""

from __future__ import annotations

from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources

_language: ContextVar[str] = ContextVar("language", default="en")


@cache
def _catalog(language: str) -> NullTranslations:
    path = resources.files("crmcore") / "locale" / language / "LC_MESSAGES" / "crmcore.mo"
    if not path.is_file():
        return NullTranslations()
    with path.open("rb") as file:
        return GNUTranslations(file)


def set_language(language: str) -> None:
    """Choose the language ("zh" or "en") of this context."""
    _language.set(language)


def language() -> str:
    """The language in force: "zh" or "en"."""
    return _language.get()


def gettext(message: str) -> str:
    """The message in the language in force; itself where the catalog has none."""
    return _catalog(_language.get()).gettext(message)


def title_of(zh: str, en: str) -> str:
    """The one of two titles that fits the language in force."""
    return (zh or en) if _language.get() == "zh" else (en or zh)
