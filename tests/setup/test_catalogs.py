"""The Chinese catalog is complete, both catalogs are up to date, and placeholders survive translation."""

from __future__ import annotations

import importlib.util
import re
import string
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def catalogs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("catalogs", ROOT / "scripts" / "catalogs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def messages(catalogs: ModuleType) -> Any:
    """Every message of the source as it stands."""
    return catalogs.template()


def test_every_message_has_its_chinese(catalogs: ModuleType, messages: Any) -> None:
    current = catalogs.updated("zh", messages)
    assert [message.id for message in catalogs.untranslated(current)] == []


def test_the_files_are_what_make_catalogs_writes(catalogs: ModuleType, messages: Any) -> None:
    for language in catalogs.LANGUAGES:
        current = catalogs.updated(language, messages)
        assert catalogs.po_file(language).read_bytes() == catalogs.as_po(current)
        assert catalogs.po_file(language).with_suffix(".mo").read_bytes() == catalogs.as_mo(current)


def test_texts_in_the_middle_of_an_f_string_are_in_the_catalog(messages: Any) -> None:
    """Where the finder of texts does not see them, they would stay English in a Chinese shop."""
    known = {message.id for message in messages}
    for path in (ROOT / "crmcore").rglob("*.py"):
        found = re.findall(r"""\{_\((['"])(.+?)\1\)""", path.read_text("utf-8"))
        assert [text for _quote, text in found if text not in known] == [], path


def test_translations_keep_the_placeholders(catalogs: ModuleType, messages: Any) -> None:
    for message in catalogs.updated("zh", messages):
        if not message.id:
            continue
        one_or_many = message.id if isinstance(message.id, tuple) else (message.id,)
        translated = message.string if isinstance(message.string, tuple) else (message.string,)
        known = {name for text in one_or_many for name in _names(text)}
        for text in translated:
            assert _names(text) <= known, (message.id, text)
            if len(one_or_many) == 1:
                assert _names(text) == _names(one_or_many[0]), (message.id, text)


def _names(text: str) -> set[str]:
    if re.search(r"%\(\w+\)", text):
        return set(re.findall(r"%\(\w+\)\w", text))
    return {name for _literal, name, _spec, _conversion in string.Formatter().parse(text) if name}
