"""What goes between the shop and its worker process: pickles, each after its length, over two pipes.

What a worker sends was made by plugin code. Unpickling runs whatever a class says, so only plain values and
crmcore's own records are let through; anything else is refused by name before it is made.
"""

from __future__ import annotations

import io
import pickle
import struct
from dataclasses import dataclass, is_dataclass
from enum import Enum
from typing import Any, BinaryIO

from crmcore.i18n import gettext as _

_LENGTH = struct.Struct(">Q")
# One answer may be this big; a batch of 50,000 rows is some 20 MB.
LARGEST = 256 * 2**20

_PLAIN = {
    "builtins": {"set", "frozenset", "bytearray", "complex", "range"},
    "collections": {"OrderedDict"},
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
    "decimal": {"Decimal"},
    "pathlib": {"Path", "PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath"},
    "zoneinfo": {"ZoneInfo", "ZoneInfo._unpickle"},
}


@dataclass(frozen=True)
class Hello:
    """The first thing a worker hears: which plugins there are, and how to find and speak."""

    config: Any
    path: tuple[str, ...]
    language: str
    load_seconds: float


@dataclass(frozen=True)
class Request:
    """A job of `crmcore.hooks.jobs` for one plugin. `seconds`: how long its silence may last."""

    job: str
    plugin: str
    args: tuple[Any, ...]
    seconds: float


@dataclass(frozen=True)
class Reply:
    """What a worker says: ready, item, done, ask (value: name and arguments), or failed (reason, detail)."""

    kind: str
    value: Any = None
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Answer:
    """What the shop says to a question of an action; `refusal` is a sentence, "" when it was answered."""

    value: Any = None
    refusal: str = ""


@dataclass(frozen=True)
class Broken:
    """In the place of a value: plugin code raised there or returned a wrong type; `reason` is one line."""

    reason: str


class TooLarge(ValueError):  # noqa: N818 - not an error of ours: a verdict on an answer
    """An answer that is bigger than `LARGEST`."""


class NotPlain(ValueError):  # noqa: N818 - see above
    """An answer that holds an object which may not cross."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if name in _PLAIN.get(module, ()):
            return super().find_class(module, name)
        if module.startswith("crmcore.") and _is_record(found := super().find_class(module, name), module):
            return found
        raise NotPlain(_("an object of {module}.{name}").format(module=module, name=name))


def _is_record(found: object, module: str) -> bool:
    """Whether that is a record of crmcore's own, made where it says: not what a module merely imports."""
    if not isinstance(found, type) or found.__module__ != module:
        return False
    return is_dataclass(found) or issubclass(found, Enum)


def send(pipe: BinaryIO, message: object) -> None:
    """Write one message; raises `TooLarge`, and whatever pickling it raises, before a byte is written."""
    write(pipe, packed(message))


def packed(message: object) -> bytes:
    """A message as it goes through the pipe; raises `TooLarge`, and whatever pickling it raises."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    if len(body) > LARGEST:
        raise TooLarge(_("an answer of {size} MB").format(size=len(body) // 2**20))
    return body


def write(pipe: BinaryIO, body: bytes) -> None:
    """Write a packed message after its length."""
    pipe.write(_LENGTH.pack(len(body)))
    pipe.write(body)
    pipe.flush()


def receive_trusted(pipe: BinaryIO) -> Any:
    """Read one message of the shop's own; raises `EOFError` at the end."""
    return pickle.loads(_body(pipe))


def receive(pipe: BinaryIO) -> Any:
    """Read one message of a worker; raises `EOFError` at the end, `NotPlain` for what may not cross."""
    return _Unpickler(io.BytesIO(_body(pipe))).load()


def _body(pipe: BinaryIO) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))
    if length > LARGEST:
        raise EOFError
    return _exactly(pipe, length)


def _exactly(pipe: BinaryIO, size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data
