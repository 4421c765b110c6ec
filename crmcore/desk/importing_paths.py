"""Paths as they come from a keyboard, a clipboard or a window: quoted, escaped, as URLs, with wildcards."""

from __future__ import annotations

import glob
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlparse

# Files with one of these endings may hold a table; others are shown, but not offered.
TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsm", ".htm", ".html")
_WILD = re.compile(r"[*?\[]")
_WINDOWS_WORDS = re.compile(r'"([^"]*)"|\'([^\']*)\'|(\S+)')
_MOST = 500  # entries of a folder that are shown


@dataclass(frozen=True)
class Entry:
    """A folder, or a file with its size in bytes and when it was changed (UTC seconds)."""

    path: Path
    is_folder: bool
    size: int = 0
    changed_at: int = 0

    @property
    def is_table(self) -> bool:
        """Whether its name is that of a table."""
        return self.path.suffix.lower() in TABLES


def paths_in(text: str, here: Path | None = None) -> list[Path]:
    """The files and folders that the text names, in its order; what does not exist is named as it stands.

    One path, several lines, or what terminals make of files dropped onto them: quoted ('…' or "…"), with
    backslashes before blanks, as `file://` URLs. Wildcards are filled in, `~` is the home. `here` is the
    folder that other names are relative to.
    """
    found: dict[Path, None] = {}
    for line in text.replace("\r", "\n").split("\n"):
        for word in _words(line.strip(), here):
            found.update(dict.fromkeys(_filled(word, here)))
    return list(found)


def path_in(text: str, here: Path | None = None) -> Path:
    """The one path that the text names, whether it is there or not: a place to write to, say."""
    found = paths_in(text, here)
    text = text.strip()
    bare = text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
    return found[0] if len(found) == 1 else _absolute(bare, here)


def complete(text: str, here: Path | None = None) -> str:
    """The text with as much of the path's last part as all entries that begin so have in common."""
    folder, start = split_typed(text, here)
    names = [
        one.path.name + (os.sep if one.is_folder else "")
        for one in entries(folder)
        if one.path.name.lower().startswith(start.lower())
    ]
    if not names:
        return text
    common = os.path.commonprefix([name.lower() for name in names])  # noqa: RUF071 - of names, not of paths
    if len(common) < len(start):
        return text
    return text[: len(text) - len(start)] + names[0][: len(common)]


def split_typed(text: str, here: Path | None = None) -> tuple[Path, str]:
    """The folder that a typed path is in, and the beginning of a name in it."""
    head, slash, start = text.rpartition("/")
    if os.sep != "/" and os.sep in start:
        more, slash, start = start.rpartition(os.sep)
        head = f"{head}/{more}" if head else more
    if not slash:
        return (here or Path.cwd()), start
    return _absolute(head + "/", here), start


def entries(folder: Path) -> list[Entry]:
    """What is in a folder: folders, then tables with the newest first, then other files; nothing hidden.

    A folder that cannot be read is empty.
    """
    try:
        found = [_entry(one) for one in os.scandir(folder) if not one.name.startswith(".")]
    except OSError:
        return []
    found.sort(key=lambda one: (not one.is_folder, not one.is_table, -one.changed_at, one.path.name))
    return found[:_MOST]


def likely_folder(before: Path | None = None) -> Path:
    """Where the files to import lie, most likely: where they lay `before`, here, or among the downloads."""
    import platformdirs

    here, downloads = Path.cwd(), platformdirs.user_downloads_path()
    if before is not None and before.is_dir():
        return before
    if any(one.is_table for one in entries(here)) or not downloads.is_dir():
        return here
    return downloads


def _entry(one: os.DirEntry[str]) -> Entry:
    try:
        told = one.stat()
        return Entry(Path(one.path), one.is_dir(), told.st_size, int(told.st_mtime))
    except OSError:
        return Entry(Path(one.path), False)


def _words(line: str, here: Path | None) -> Iterator[str]:
    """The names in one line: all of it where that exists, else its words."""
    line = line.removeprefix("& ").strip()  # PowerShell puts it before what is dropped
    if not line:
        return
    bare = line[1:-1] if len(line) > 1 and line[0] == line[-1] and line[0] in "'\"" else line
    if _absolute(bare, here).exists():
        yield bare
    elif os.name == "nt":
        yield from (next(filter(None, groups), "") for groups in _WINDOWS_WORDS.findall(line))
    else:
        try:
            yield from shlex.split(line)
        except ValueError:  # a quotation mark without its partner
            yield bare


def _filled(word: str, here: Path | None) -> list[Path]:
    if word.startswith("file://"):
        word = unquote(urlparse(word).path)
        if re.match(r"/[A-Za-z]:/", word):
            word = word[1:]
    path = _absolute(word, here)
    if _WILD.search(word) and not path.exists():
        return [Path(one) for one in sorted(glob.glob(str(path)))] or [path]  # noqa: PTH207 - not below a folder
    return [path]


def _absolute(word: str, here: Path | None) -> Path:
    try:
        path = Path(word).expanduser()
    except RuntimeError:  # ~ of somebody who does not exist
        path = Path(word)
    return path if path.is_absolute() else (here or Path.cwd()) / path
