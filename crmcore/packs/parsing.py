"""YAML from strangers, read event by event: plain values only, with the line of each.

Nothing is built before it was allowed: an alias, a tag or one level too many is refused where it stands,
so that neither a bomb of aliases nor a Python object ever comes into being. Scalars mean what they mean to
`crmcore.rules.strict_yaml`; keys are texts as they are written.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import ScalarNode
from yaml.reader import ReaderError
from yaml.resolver import Resolver

from crmcore.i18n import gettext as _
from crmcore.packs.faults import PackError, Path, one_fault
from crmcore.packs.limits import DEEPEST, MOST_VALUES
from crmcore.rules.strict_yaml import LONGEST_NUMBER, foreign, foreign_sign, yaml_words

# Control characters, but for tabs and ends of lines, and the two that turn round how a line is read.
_STEERING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202d\u202e\ufffe\uffff]")
_PLAIN = frozenset(f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "timestamp"))


@dataclass
class Parsed:
    """One file's value, and the line (from 1) of everything in it by its path."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)


def parse(text: str, file: str) -> Parsed:
    """The content of one YAML file. Raises `PackError` with the file and the line."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    reading = _Reading(file)
    try:
        for event in yaml.parse(text, Loader=loader):
            reading.take(event)
    except ReaderError:
        line, reason = foreign_sign(text)
        raise one_fault(_("this is not YAML: {reason}").format(reason=reason), f"{file}:{line}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = mark.line + 1 if mark else 1
        reason = yaml_words(str(getattr(error, "problem", None) or error))
        raise one_fault(_("this is not YAML: {reason}").format(reason=reason), f"{file}:{line}") from None
    return reading.parsed


@dataclass
class _Open:
    """A list or mapping that is being read: where it stands, its value, the key that waits for its value."""

    path: Path
    value: Any
    key: str | None = None
    waiting: bool = False  # whether `key` holds a key whose value comes next


class _Reading:
    def __init__(self, file: str) -> None:
        self.file = file
        self.parsed = Parsed()
        self._open: list[_Open] = []
        self._resolver, self._constructor = Resolver(), SafeConstructor()
        self._values = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Read on by one event."""
        self._line = event.start_mark.line + 1 if event.start_mark else 1
        match event:
            case yaml.AliasEvent():
                raise self._refusal(_("aliases (*name) are not allowed here: write it out"))
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise self._refusal(_("a file holds one document: leave the second --- out"))
            case yaml.ScalarEvent():
                self._allow(event.tag if event.tag != "!" else None, event.anchor)
                self._scalar(event)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._allow(event.tag, event.anchor)
                self._begin([] if isinstance(event, yaml.SequenceStartEvent) else {})
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._open.pop()

    def _allow(self, tag: str | None, anchor: str | None) -> None:
        if tag is not None:
            raise self._refusal(
                _("the tag {tag} is not allowed here: a pack holds plain values").format(tag=tag)
            )
        if anchor is not None:
            raise self._refusal(_("anchors (&name) are not allowed here: write it out"))
        self._values += 1
        if self._values > MOST_VALUES:
            raise self._refusal(_("the file holds more than {most} values").format(most=MOST_VALUES))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        if found := _STEERING.search(event.value):  # written as "\0" it is no fault to YAML
            raise self._refusal(foreign(found[0]))
        at = self._open[-1] if self._open else None
        if at is not None and isinstance(at.value, dict) and not at.waiting:
            if event.value in at.value:
                raise self._refusal(_("the key {key} stands twice").format(key=event.value))
            at.key, at.waiting = event.value, True
            self.parsed.lines[(*at.path, event.value)] = self._line
            return
        self._put(self._constructed(event))

    def _constructed(self, event: yaml.ScalarEvent) -> Any:
        tag = self._resolver.resolve(ScalarNode, event.value, event.implicit)  # type: ignore[no-untyped-call]
        if tag not in _PLAIN:
            return event.value
        if len(event.value) > LONGEST_NUMBER:
            text = _("{value} is no day or number there is").format(value=f"{event.value[:40]}…")
            raise self._refusal(text)
        try:
            value = self._constructor.construct_object(ScalarNode(tag, event.value))
        except (ValueError, OverflowError):
            text = _("{value} is no day or number there is").format(value=event.value)
            raise self._refusal(text) from None
        if isinstance(value, float) and not math.isfinite(value):
            raise self._refusal(_("{value} is no number").format(value=event.value))
        return value

    def _begin(self, value: Any) -> None:
        if len(self._open) >= DEEPEST:
            raise self._refusal(_("nested more than {most} levels deep").format(most=DEEPEST))
        at = self._open[-1] if self._open else None
        if at is not None and isinstance(at.value, dict) and not at.waiting:
            raise self._refusal(_("a key is a text, not a list or a mapping"))
        self._open.append(_Open(self._put(value), value))

    def _put(self, value: Any) -> Path:
        """Put a value where it belongs; returns its path."""
        if not self._open:
            self.parsed.value = value
            self.parsed.lines[()] = self._line
            return ()
        at = self._open[-1]
        if isinstance(at.value, dict):
            assert at.key is not None
            at.value[at.key], at.waiting = value, False
            return (*at.path, at.key)
        at.value.append(value)
        path: Path = (*at.path, len(at.value) - 1)
        self.parsed.lines[path] = self._line
        return path

    def _refusal(self, text: str) -> PackError:
        return one_fault(text, f"{self.file}:{self._line}")
