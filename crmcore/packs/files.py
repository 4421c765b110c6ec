"""The texts of a pack's files, from a folder, a `.crmpack` file or a single YAML file.

The files come from strangers: no link is followed, no name leads out of the pack, and nothing is unpacked
further than the limits allow.
"""

from __future__ import annotations

import codecs
import lzma
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from crmcore.errors import FileError, system_reason
from crmcore.i18n import gettext as _
from crmcore.packs.faults import PackError, one_fault
from crmcore.packs.limits import LARGEST_ARCHIVE, LARGEST_FILE, LONGEST_NAME, MOST_BYTES, MOST_FILES

MANIFEST = "pack.yaml"
ENDING = ".crmpack"
YAML_ENDINGS = (".yaml", ".yml")
# Files that explain a pack and are no part of what it does.
_BESIDE = ("readme", "license", "licence", "changelog", "copying", "authors")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Names that Windows has for its devices, whatever stands behind the first dot.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\.|$)", re.I)
# What a Mac puts beside the files when it packs a folder.
_MAC = "__MACOSX/"


def read_files(path: Path) -> dict[str, str]:
    """The pack's YAML files by name ("segments/lapsed.yaml"). A single file is its `pack.yaml`.

    Raises `FileError` when there is nothing to read, `PackError` for what a pack must not hold.
    """
    if path.is_symlink():
        raise one_fault(_("{path} is a link: name the pack itself").format(path=path))
    try:
        if path.is_dir():
            return _texts(dict(_of_folder(path)))
        if path.suffix in YAML_ENDINGS and path.is_file():
            return _texts({MANIFEST: _read(path, path.name)})
        if path.is_file():
            return _of_archive(path)
    except OSError as error:
        reason = system_reason(error)
        raise FileError(_("{path} cannot be read: {reason}").format(path=path, reason=reason)) from None
    raise FileError(
        _("there is no pack at {path}: name a folder, a {ending} file or a YAML file").format(
            path=path, ending=ENDING
        )
    )


def _of_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    total = 0
    for count, (name, path) in enumerate(sorted(_walk(folder)), start=1):
        if count > MOST_FILES:
            raise one_fault(_("the pack has more than {most} files").format(most=MOST_FILES))
        data = _read(path, name)
        total += len(data)
        _refuse_big(total)
        yield name, data


def _walk(folder: Path, inside: str = "") -> Iterator[tuple[str, Path]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{inside}{entry.name}"
            if entry.name.startswith(".") or entry.name == "__pycache__":
                continue  # a checkout's .git, be it a folder, a file or a link
            if entry.is_symlink():
                raise one_fault(_("a link has no place in a pack: put the file itself there"), name)
            if entry.is_dir(follow_symlinks=False):
                if inside.count("/") >= 2:
                    raise one_fault(_("a pack's folders are one level deep"), name)
                yield from _walk(Path(entry.path), f"{name}/")
            elif not entry.is_file(follow_symlinks=False):
                raise one_fault(_("this is no ordinary file"), name)
            elif _wanted(name):
                yield name, Path(entry.path)


def _read(path: Path, name: str) -> bytes:
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise _too_large(name)
    return data


def _wanted(name: str) -> bool:
    """Whether a file is part of the pack; one that has no business in it is refused."""
    path = PurePosixPath(name)
    if any(map(_DEVICES.match, path.parts)):
        raise one_fault(_("no file may be called that on Windows: choose another name"), name)
    if path.suffix in YAML_ENDINGS:
        return True
    if path.stem.lower() in _BESIDE or (path.name == "__init__.py" and len(path.parts) == 1):
        return False
    raise one_fault(_("a pack holds YAML files and nothing else"), name)


# --- archives ---------------------------------------------------------------------------------------------


_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    IndexError,  # a member without a name
    NotImplementedError,
    RuntimeError,
    ValueError,
)


def _of_archive(path: Path) -> dict[str, str]:
    if path.stat().st_size > LARGEST_ARCHIVE:  # the list of its files alone would fill the memory
        size = f"{LARGEST_ARCHIVE // 1_000_000} MB"
        raise one_fault(_("{path} is bigger than {size}: that is no pack").format(path=path, size=size))
    try:
        with zipfile.ZipFile(path) as archive:
            return _texts(_unpacked(archive))
    except _DAMAGED as error:
        raise FileError(
            _("{path} is no {ending} file, or damaged: {reason}").format(
                path=path, ending=ENDING, reason=error
            )
        ) from None


def _unpacked(archive: zipfile.ZipFile) -> dict[str, bytes]:
    members = [one for one in archive.infolist() if not one.is_dir() and not one.filename.startswith(_MAC)]
    if len(archive.infolist()) > MOST_FILES:
        raise one_fault(_("the pack has more than {most} files").format(most=MOST_FILES))
    for member in archive.infolist():
        _check_name(member.filename)
        if member.flag_bits & 0x1:
            raise one_fault(_("the file is locked with a password"), member.filename)
        mode = member.external_attr >> 16
        if stat.S_ISLNK(mode):
            raise one_fault(_("a link has no place in a pack: put the file itself there"), member.filename)
    top = _top_folder([one.filename for one in members])
    found: dict[str, bytes] = {}
    total = 0
    for member in members:
        name = member.filename.removeprefix(top)
        if PurePosixPath(name).name.startswith(".") or not _wanted(name):
            continue
        if name in found:
            raise one_fault(_("the file stands twice in the pack"), name)
        with archive.open(member) as file:  # what the archive says of its sizes may be a lie
            data = file.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise _too_large(name)
        total += len(data)
        _refuse_big(total)
        found[name] = data
    return found


def _check_name(name: str) -> None:
    parts = name.rstrip("/").split("/")
    bad = (
        len(name) > LONGEST_NAME
        or name.startswith("/")
        or any(part in ("", ".", "..") for part in parts)
        or any(sign in name for sign in '\\:*?"<>|')
        or not name.isprintable()
    )
    if bad:
        shown = repr(name[:LONGEST_NAME])
        raise one_fault(_("the name {name} leads out of the pack, or is none").format(name=shown))


def _top_folder(names: list[str]) -> str:
    """The one folder that everything lies in ("shop/"), "" when the manifest is at the top."""
    tops = {name.partition("/")[0] for name in names}
    if MANIFEST not in names and len(tops) == 1:
        return f"{tops.pop()}/"
    return ""


# --- what comes out ---------------------------------------------------------------------------------------


def _texts(files: dict[str, bytes]) -> dict[str, str]:
    if MANIFEST not in files:
        raise one_fault(
            _("this is no pack: it has no {file}; `crm pack new` makes one to start from").format(
                file=MANIFEST
            )
        )
    texts = {}
    for name, data in files.items():
        if data.startswith(_UTF_16) or data.count(0) * 4 > len(data):  # as Notepad's "Unicode" writes
            raise one_fault(_("this is UTF-16 text: save it as UTF-8"), f"{name}:1")
        try:
            texts[name] = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise one_fault(_("this is not UTF-8 text: save it as UTF-8"), f"{name}:{line}") from None
    return texts


def _refuse_big(total: int) -> None:
    if total > MOST_BYTES:
        size = f"{MOST_BYTES // 1_000_000} MB"
        raise one_fault(_("the pack is bigger than {size}: a pack holds what people write").format(size=size))


def _too_large(name: str) -> PackError:
    size = f"{LARGEST_FILE // 1_000_000} MB"
    return one_fault(_("the file is bigger than {size}").format(size=size), name)
