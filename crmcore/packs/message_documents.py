"""Message templates of a pack: texts with variables, and nothing that could run for long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from crmcore.i18n import gettext as _
from crmcore.packs.faults import Faults, Path
from crmcore.packs.shapes import Choice, Day, ListOf, MapOf, Plain, Record, Slug, Text, Texts

# What a message of a pack may do: print variables with filters, choose between texts. It cannot go round in a
# loop, call, multiply or keep anything, so that writing it out takes as long as reading it.
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Name, nodes.If, nodes.CondExpr,
    nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Filter, nodes.Test, nodes.Concat,
)  # fmt: skip
_PARTS = {
    "subject": Texts(Text(500)),
    "text": Texts(Text(20_000, line=False)),
    "html": Texts(Text(400_000, line=False)),
}
_SHAPE = Record(
    {
        "title": Texts(),
        "description": Texts(Text(2_000, line=False)),
        "purpose": Choice(("promotion", "service", "order")),
        "channels": ListOf(Text(80)),
        **_PARTS,
        "values": MapOf(Slug(), Plain()),
        "offer_ends": Day(),
    },
    needed=("title", "purpose", "text"),
)


@dataclass(frozen=True)
class TemplateShape:
    """One message template."""

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The template as JSON."""
        checked = _SHAPE.check(value, path, faults)
        if isinstance(value, Mapping):
            for part in _PARTS:
                texts = value.get(part)
                for language, text in texts.items() if isinstance(texts, Mapping) else ():
                    if isinstance(text, str):
                        _check_text(text, (*path, part, language), faults)
        return checked


def _check_text(text: str, path: Path, faults: Faults) -> None:
    try:
        tree = ImmutableSandboxedEnvironment().parse(text)
    except TemplateSyntaxError as error:
        faults.add(path, _("this is no message template: {reason}").format(reason=error.message))
        return
    except RecursionError:
        faults.add(path, _("the template is nested too deeply"))
        return
    for node in _walked(tree):
        if not isinstance(node, _ALLOWED):
            word = type(node).__name__.lower()
            why = _(
                "{word} is not allowed in a pack's message (its line {line}): print values, or choose with if"
            )
            faults.add(path, why.format(word=word, line=node.lineno))
            return


def _walked(tree: nodes.Node) -> Iterator[nodes.Node]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.iter_child_nodes())
