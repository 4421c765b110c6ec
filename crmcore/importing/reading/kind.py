"""What sort of file this is, by its first bytes, and what is wrong with it as a whole."""

from __future__ import annotations

import zipfile
from pathlib import Path

from crmcore.errors import FileError, system_reason
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.importing.reading.encoding import HEAD, guess, has_bom

# Names that browsers give to files that are still being downloaded.
HALF_DOWNLOADED = (".crdownload", ".part", ".partial", ".download", ".opdownload", ".!ut", ".filepart")

_BIG, _PACKED_AT_MOST = 100_000_000, 300
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"\x1f\x8b": "gzip",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"SQLite format 3": "SQLite",
    b"GIF8": "GIF",
}


def kind_of(path: Path) -> tuple[str, bytes]:
    """The kind of a file (text, html, xlsx, xls) and its first 64 KB.

    Raises `FileError` when it cannot be a table: missing, empty, locked, half downloaded, encrypted, …
    """
    head = head_of(path)
    if not head:
        raise FileError(_empty(path))
    if head.startswith(b"PK"):
        return _inside_zip(path), head
    if head.startswith(_OLE):
        if _encrypted(path):
            raise FileError(encrypted(path))
        return "xls", head
    for magic, name in _OTHERS.items():
        if head.startswith(magic):
            text = _("{path}: this is a {name} file, not a table; export it as csv or xlsx")
            raise FileError(text.format(path=path, name=name))
    start = head[:1024].decode(guess(head), "ignore").lstrip("\ufeff \t\r\n").lower()
    if start.startswith(("<html", "<table", "<!doctype html", "<?xml", "<head", "<meta", "<style")):
        return "html", head
    _check_text(path, head)
    return "text", head


def head_of(path: Path) -> bytes:
    """The first 64 KB; raises `FileError` with what is wrong and what to do."""
    name = path.name
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        text = _("{path}: this name is no text on this computer; rename the file or its folder")
        raise FileError(text.format(path=path)) from None
    if name.startswith("~$") or (name.startswith(".~lock.") and name.endswith("#")):
        real = name[2:] if name.startswith("~$") else name.removeprefix(".~lock.").removesuffix("#")
        text = _("{path}: this is only the mark of a spreadsheet that has {real} open; choose {real} itself")
        raise FileError(text.format(path=path, real=real))
    if name.lower().endswith(HALF_DOWNLOADED):
        text = _("{path}: the download has not finished; wait until it has, then choose the finished file")
        raise FileError(text.format(path=path))
    try:
        if path.is_dir():
            text = _("{path}: this is a folder; name the files in it, or watch it with --watch {path}")
            raise FileError(text.format(path=path))
        if path.exists() and not path.is_file():  # a pipe would keep us waiting, a device never end
            text = _("{path}: this is no file on a disk but a pipe or a device; save it as a file first")
            raise FileError(text.format(path=path))
        with path.open("rb") as file:
            return file.read(HEAD)
    except FileNotFoundError:
        text = _("{path}: there is no such file; check the name and the folder")
        raise FileError(text.format(path=path)) from None
    except PermissionError as error:
        raise FileError(_no_access(path, error)) from None
    except OSError as error:
        text = _("{path}: it cannot be read: {reason}; copy it to this computer and try again")
        raise FileError(text.format(path=path, reason=system_reason(error))) from None


def open_elsewhere(path: Path) -> bool:
    """Whether a spreadsheet program has the file open: its mark lies beside it."""
    return any(path.with_name(mark).exists() for mark in (f"~${path.name}", f".~lock.{path.name}#"))


def encrypted(path: Path) -> str:
    """The sentence for a workbook with a password."""
    text = _("{path}: the workbook has a password; open it, save it without one, and import it again")
    return text.format(path=path)


def _no_access(path: Path, error: PermissionError) -> str:
    # 32 and 33 are Windows' sharing and lock violations.
    if getattr(error, "winerror", None) in (32, 33) or open_elsewhere(path):
        text = _("{path}: another program has it open (Excel, WPS?); close it there and try again")
        return text.format(path=path)
    text = _("{path}: you may not read it; change its permissions or copy it to a folder of yours")
    return text.format(path=path)


def _empty(path: Path) -> str:
    if any(path.with_name(path.name + ending).exists() for ending in HALF_DOWNLOADED):
        text = _("{path}: it is still being downloaded; wait until it has finished")
    else:
        text = _("{path}: the file is empty; export it again")
    return text.format(path=path)


def _inside_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            swollen = any(map(_is_swollen, archive.infolist()))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        text = _(
            "{path}: the end of the workbook is missing: it was downloaded or copied in part; fetch it again"
        )
        raise FileError(text.format(path=path)) from None
    if swollen:
        text = _("{path}: it is packed a thousandfold, which no spreadsheet does; export it as csv")
        raise FileError(text.format(path=path))
    if any(name.lower().startswith("xl/") for name in names) or "content.xml" in names:
        return "xlsx"
    text = _("{path}: this is a zip archive ({names}); unpack it and import the files in it")
    shown = joined([*names[:3], "…"] if len(names) > 3 else names)
    raise FileError(text.format(path=path, names=shown))


def _is_swollen(part: zipfile.ZipInfo) -> bool:
    """Whether a part unpacks to what fills the memory: real sheets pack some 10 to 50 times smaller."""
    return part.file_size > _BIG and part.file_size > _PACKED_AT_MOST * max(part.compress_size, 1)


def _encrypted(path: Path) -> bool:
    """Whether an OLE container holds an encrypted workbook: the name stands in its directory, in UTF-16."""
    mark = "EncryptedPackage".encode("utf-16-le")
    tail = b""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            if mark in tail + block:
                return True
            tail = block[-len(mark) :]
    return False


def _check_text(path: Path, head: bytes) -> None:
    """Refuse what is no text: many control signs."""
    if has_bom(head) or guess(head).startswith("utf-16"):
        return
    control = sum(head.count(byte) for byte in (*range(9), 11, *range(14, 32)))
    if control > 0.02 * len(head) + 1:
        text = _("{path}: this is not a table: it holds no text; export it as csv or xlsx")
        raise FileError(text.format(path=path))
