"""Bring the message catalogs up to date: extract from the sources (click's words too), update, compile.

`--check` changes nothing and fails when a catalog is behind the sources or a Chinese message is missing.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
LOCALE = ROOT / "crmcore" / "locale"
LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}
KEYWORDS = {"_": None, "mark": None, "ngettext": (1, 2)}
# Fixed, so that the files change only when a message does.
DATE = datetime(2026, 1, 1, tzinfo=UTC)
# What click says to the people who write commands, not to those who use them, stays English.
CLICK_MODULES = (
    "core.py",
    "decorators.py",
    "exceptions.py",
    "formatting.py",
    "parser.py",
    "termui.py",
    "types.py",
)


def template() -> Catalog:
    """Every message of crmcore and of click, with the files it stands in."""
    catalog = Catalog(project="crmcore", creation_date=DATE, revision_date=DATE, charset="utf-8")
    for place, message in _messages():
        catalog.add(message, locations=[(place, 0)])
    return catalog


def _messages() -> Iterator[tuple[str, str | tuple[str, str]]]:
    for name, _line, message, _comments, _context in extract_from_dir(
        ROOT / "crmcore", method_map=[("**.py", "python")], keywords=KEYWORDS
    ):
        yield f"crmcore/{name}", message
    spec = find_spec("click")
    assert spec is not None
    assert spec.origin is not None
    for name, _line, message, _comments, _context in extract_from_dir(
        Path(spec.origin).parent, method_map=[("*.py", "python")], keywords=KEYWORDS
    ):
        if name in CLICK_MODULES:
            yield f"click/{name}", message


def updated(language: str, messages: Catalog) -> Catalog:
    """The catalog of a language with every message of today and the translations it has."""
    path = po_file(language)
    kept = Catalog(locale=LANGUAGES[language])
    if path.exists():
        with path.open("rb") as file:
            kept = read_po(file, locale=LANGUAGES[language])
    kept.update(messages, no_fuzzy_matching=True)
    kept.obsolete.clear()
    kept.header_comment = (
        f"# The texts of crmcore: {language}. Kept by `make catalogs`; write after each msgstr."
    )
    kept.fuzzy = False
    kept.creation_date = kept.revision_date = DATE
    return kept


def po_file(language: str) -> Path:
    """The catalog that people write in."""
    return LOCALE / language / "LC_MESSAGES" / "crmcore.po"


def as_po(catalog: Catalog) -> bytes:
    """The catalog as text, in a fixed order."""
    stream = io.BytesIO()
    write_po(stream, catalog, width=110, sort_output=True, include_lineno=False)
    return stream.getvalue()


def as_mo(catalog: Catalog) -> bytes:
    """The catalog as programs read it."""
    stream = io.BytesIO()
    write_mo(stream, catalog)
    return stream.getvalue()


def untranslated(catalog: Catalog) -> list[Message]:
    """The messages that have no translation yet."""
    return [message for message in catalog if message.id and not _is_translated(message)]


def _is_translated(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def main() -> int:
    """Update the files, or with --check tell what is behind."""
    check = "--check" in sys.argv[1:]
    messages = template()
    behind = 0
    for language in LANGUAGES:
        catalog = updated(language, messages)
        for path, content in (
            (po_file(language), as_po(catalog)),
            (po_file(language).with_suffix(".mo"), as_mo(catalog)),
        ):
            if path.exists() and path.read_bytes() == content:
                continue
            if check:
                print(f"{path.relative_to(ROOT)} is behind the sources: run `make catalogs`")
                behind += 1
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        if language == "zh":
            missing = untranslated(catalog)
            behind += len(missing) if check else 0
            for message in missing:
                print(f"zh: {message.id!r} has no translation ({message.locations[0][0]})")
    return 1 if behind else 0


if __name__ == "__main__":
    sys.exit(main())
