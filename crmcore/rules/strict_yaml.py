"""YAML from strangers: plain values only, no aliases, no key twice."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode
from yaml.reader import Reader, ReaderError

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _

# Signs of a number or a day; whoever means one writes fewer. To YAML 1:1:1:… is a number too, and one of a
# hundred thousand signs keeps a computer busy for minutes.
LONGEST_NUMBER = 60


class StrictLoader(yaml.SafeLoader):
    """`SafeLoader` that refuses aliases, which can blow up without end, and keys that stand twice."""

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """One node; an alias is refused."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise ConstructorError(None, None, _("aliases (*name) are not allowed here"), mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping; a key that stands twice would silently drop the first."""
        keys = set()
        for key_node, _value in node.value:
            key = str(self.construct_object(key_node, deep=True))
            if key in keys:
                raise ConstructorError(
                    None, None, _("the key {key} stands twice").format(key=key), key_node.start_mark
                )
            keys.add(key)
        return super().construct_mapping(node, deep=deep)

    def construct_whole(self, node: ScalarNode) -> Any:
        """A whole number, written no longer than somebody writes one."""
        return self.construct_yaml_int(self._short(node))

    def construct_fraction(self, node: ScalarNode) -> Any:
        """A number, written no longer than somebody writes one."""
        return self.construct_yaml_float(self._short(node))

    def _short(self, node: ScalarNode) -> ScalarNode:
        if len(node.value) > LONGEST_NUMBER:
            text = _("{number} is no number there is").format(number=f"{node.value[:40]}…")
            raise ConstructorError(None, None, text, node.start_mark)
        return node

    def construct_day(self, node: ScalarNode) -> Any:
        """A day or a moment; one that the calendar has not is told with its place."""
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError:
            text = _("there is no day {day}").format(day=node.value)
            raise ConstructorError(None, None, text, node.start_mark) from None


StrictLoader.add_constructor("tag:yaml.org,2002:timestamp", StrictLoader.construct_day)
StrictLoader.add_constructor("tag:yaml.org,2002:int", StrictLoader.construct_whole)
StrictLoader.add_constructor("tag:yaml.org,2002:float", StrictLoader.construct_fraction)


class NotYamlError(CrmError):
    """The text is no YAML, or none that may be read."""


def yaml_reason(error: Exception) -> str:
    """Where a text stops being YAML, and what stands there in the words of the one who reads it."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = str(getattr(error, "problem", None) or " ".join(str(error).split()))
    if mark is None:
        return said
    text = _("line {line}, column {column}: {reason}")
    return text.format(line=mark.line + 1, column=mark.column + 1, reason=yaml_words(said))


def foreign_sign(text: str) -> tuple[int, str]:
    """The line of the first character that no YAML holds, such as a bell, and what to say of it."""
    found = Reader.NON_PRINTABLE.search(text)
    if found is None:
        return 1, _("a character stands in it that no text has: take it out")
    return text.count("\n", 0, found.start()) + 1, foreign(found[0])


def foreign(sign: str) -> str:
    """What to say of a character that no text has."""
    said = _("a character stands here that no text has (U+{code}): take it out")
    return said.format(code=f"{ord(sign):04X}")


def yaml_words(said: str) -> str:
    """What the reader of YAML says most often, in the language in force."""
    if "expected ',' or" in said or "<stream end>" in said:
        return _("a bracket is opened and not closed")
    if "mapping values are not allowed" in said:
        return _("a colon stands where none may: put the text between quotation marks")
    if "cannot start any token" in said:
        return _("this character cannot begin a value: put it in quotation marks, and indent with blanks")
    if said.startswith(("expected <block end>", "did not find expected")):
        return _("the indentation does not fit the lines above")
    return said


def values_in(text: str) -> Any:
    """What YAML text stands for; raises `NotYamlError`."""
    try:
        return yaml.load(text, StrictLoader)  # a SafeLoader
    except ReaderError:
        line, reason = foreign_sign(text)
        where = _("line {line}: {reason}").format(line=line, reason=reason)
        raise NotYamlError(_("this is not YAML: {reason}").format(reason=where)) from None
    except yaml.YAMLError as error:
        raise NotYamlError(_("this is not YAML: {reason}").format(reason=yaml_reason(error))) from None
    except RecursionError:
        reason = _("it is nested too deeply")
        raise NotYamlError(_("this YAML cannot be read: {reason}").format(reason=reason)) from None
    except ValueError as error:  # a number of ten thousand digits
        raise NotYamlError(_("this YAML cannot be read: {reason}").format(reason=error)) from None
