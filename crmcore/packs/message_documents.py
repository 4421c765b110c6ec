"""Message templates of a pack: texts with variables, and nothing that could run for long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import nodes

from crmcore.i18n import gettext as _
from crmcore.messages.language import Language
from crmcore.messages.template import KEYS, PARTS, TemplateError, load_template
from crmcore.packs.faults import Faults, Path
from crmcore.packs.shapes import Text, Texts, plain, shown
from crmcore.rules.fields import suggestion

# What a message of a pack may not do though the shop's own may: go round in loops and do sums. So writing it
# out takes no longer than reading it.
_NOT_HERE = (nodes.For, nodes.Mul, nodes.Add, nodes.Getitem, nodes.Getattr)


@dataclass(frozen=True)
class TemplateShape:
    """One message template, in both languages."""

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The template as JSON."""
        if not isinstance(value, Mapping):
            faults.add(path, _("a mapping belongs here, not {value}").format(value=shown(value)))
            return value
        for key in value:
            if key not in KEYS:
                hint = suggestion(str(key), KEYS)
                text = _("there is no key {key} here{hint}")
                faults.add((*path, key), text.format(key=shown(key), hint=hint))
                return value
        template = plain(value, path, faults)
        Texts().check(value.get("title"), (*path, "title"), faults)
        for part in PARTS:
            if part in value or part == "text":
                Texts(Text(400_000, line=False)).check(value.get(part), (*path, part), faults)
        try:
            load_template({**template, "name": path[-1]})
        except TemplateError as error:
            faults.add(next(((*path, key) for key in value if key in str(error)), path), str(error))
        self._check_texts(value, path, faults)
        return template

    @staticmethod
    def _check_texts(value: Mapping[str, Any], path: Path, faults: Faults) -> None:
        for part in PARTS:
            texts = value.get(part)
            for spoken, text in texts.items() if isinstance(texts, Mapping) else ():
                if isinstance(text, str) and spoken in ("zh", "en"):
                    _check_text(text, spoken, (*path, part, spoken), faults)


def check_words(plan: Mapping[str, Any], path: Path, faults: Faults) -> None:
    """What a plan says in its own words, on each channel, and in its follow-ups."""
    messages, later = plan.get("messages"), plan.get("follow_ups")
    for channel, words in messages.items() if isinstance(messages, Mapping) else ():
        for part in PARTS if isinstance(words, Mapping) else ():
            if isinstance(words.get(part), str):  # both languages are read alike
                _check_text(words[part], "zh", (*path, "messages", channel, part), faults)
    for number, turn in enumerate(later if isinstance(later, list) else ()):
        if isinstance(turn, Mapping):
            check_words(turn, (*path, "follow_ups", number), faults)


def _check_text(text: str, spoken: str, path: Path, faults: Faults) -> None:
    """One text of a message: it can be read, and does nothing that could take long."""
    try:
        tree = Language(spoken).parsed(text)
    except TemplateError as error:
        faults.add(path, str(error))
        return
    for node in tree.find_all(_NOT_HERE):
        word = type(node).__name__.lower()
        why = _("line {line}: {word} is not allowed in a pack's message: print values, or choose with if")
        faults.add(path, why.format(word=word, line=node.lineno))
        return
