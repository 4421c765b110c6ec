"""Texts in the user's language: gettext catalogs, chosen by --lang, the shop or the locale."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

LANGUAGES = ("zh", "en")
# A text, or one for each language: {"zh": "…", "en": "…"}.
Words = str | Mapping[str, str]
LOCALE_FOLDER = Path(__file__).parent / "locale"


@dataclass
class _Spoken:
    """The language of everything that was begun under it: tasks and threads that copied the context too."""

    language: str


_spoken: ContextVar[_Spoken | None] = ContextVar("spoken", default=None)


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
    _spoken.set(_Spoken(language))


def switch_language(language: str) -> None:
    """Change the language that is in force here, for everything that was begun under it: a running UI."""
    spoken = _spoken.get()
    if spoken is None:
        set_language(language)
    else:
        spoken.language = language


def language() -> str:
    """The language in force: "zh" or "en"."""
    spoken = _spoken.get()
    return spoken.language if spoken is not None else "en"


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """The language within the block."""
    token = _spoken.set(_Spoken(language))
    try:
        yield
    finally:
        _spoken.reset(token)


def gettext(message: str) -> str:
    """The message in the language in force; itself where the catalog has none."""
    # The empty message is the catalog's own header.
    return _catalog(language()).gettext(message) if message else ""


def ngettext(one: str, many: str, count: int) -> str:
    """The form of the message that fits `count`, in the language in force."""
    return _catalog(language()).ngettext(one, many, count)


def mark(message: str) -> str:
    """The message as it is: marks a constant for the catalog that `gettext` translates where it is shown."""
    return message


def title_of(zh: str, en: str) -> str:
    """The one of two titles that fits the language in force."""
    return (zh or en) if language() == "zh" else (en or zh)


def in_words(words: Words) -> str:
    """A text in the language in force."""
    return words if isinstance(words, str) else title_of(words.get("zh", ""), words.get("en", ""))


def joined(texts: Iterable[str]) -> str:
    """Names or values one after the other, apart by the mark of the language in force: `a, b` or `a、b`."""
    return ("、" if language() == "zh" else ", ").join(texts)


def phrases(texts: Iterable[str]) -> str:
    """Words about one thing, which are no list: `a, b` or `a，b`."""
    return ("，" if language() == "zh" else ", ").join(texts)


def clauses(texts: Iterable[str]) -> str:
    """Sentences, or parts of one, one after the other: `a; b` or `a；b`."""
    return ("；" if language() == "zh" else "; ").join(texts)


def sentences(*texts: str) -> str:
    """Whole sentences one after the other; Chinese ones have no blank between them."""
    return ("" if language() == "zh" else " ").join(texts)


def locale_language(environ: Mapping[str, str] | None = None) -> str:
    """The language the user's system is set to: "zh" for any Chinese locale, else "en".

    The variables count in gettext's own order; where none is set (Windows), the system is asked.
    """
    if name := _locale_name(environ):
        return _language_code(name)
    if os.name == "nt":  # pragma: no cover - the variables rule everywhere else
        import locale

        return _language_code(locale.getlocale()[0] or "")
    return "en"


def asked_language(environ: Mapping[str, str] | None = None) -> str:
    """The language that the user's system is set to by name; "" where that is none of ours (`C`, `fr`)."""
    code = _locale_name(environ).lower()[:2]
    return code if code in LANGUAGES else ""


def _locale_name(environ: Mapping[str, str] | None) -> str:
    environ = os.environ if environ is None else environ
    variables = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    return next((value for one in variables if (value := environ.get(one))), "")


def _language_code(locale_name: str) -> str:
    return "zh" if locale_name.lower().startswith(("zh", "chinese")) else "en"
