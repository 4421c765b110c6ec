"""A command is a class: its key, its words and its message stand in one place.

Bindings, the command bar, the palette and the help screen are all made from the classes that a screen lists
in `ACTS`, so they cannot disagree. Doing one means posting it: the screen answers with `@on(TheCommand)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from textual.dom import DOMNode as _Node
else:
    _Node = object  # Textual takes the looks of a class from its first base that is a node

_SHOWN_KEYS = {
    "enter": "↵", "escape": "Esc", "space": "␣", "delete": "Del", "question_mark": "?", "slash": "/",
    "plus": "+", "minus": "-", "comma": ",", "full_stop": ".", "tab": "Tab", "up": "↑", "down": "↓",
    "left": "←", "right": "→", "pageup": "PgUp", "pagedown": "PgDn", "home": "Home", "end": "End",
}  # fmt: skip


class Command(Message):
    """Something the user can do on a screen.

    `title` is the word in the bar and the palette, `explanation` one sentence for the palette and the help;
    both are marked for the catalog. `key` may name several keys ("f,ctrl+f"); the first is shown. One that
    `works_while_typing` has its key also when the cursor stands in a text field: for keys that type nothing.
    """

    key: ClassVar[str] = ""
    title: ClassVar[str] = ""
    explanation: ClassVar[str] = ""
    works_while_typing: ClassVar[bool] = False
    in_bar: ClassVar[bool] = True

    def __init_subclass__(cls) -> None:
        # A command called Leave or Show must not pass for Textual's event of that name.
        super().__init_subclass__(namespace="command")

    @classmethod
    def name(cls) -> str:
        """Its name in bindings: `plan_call` for `PlanCall`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def shown_key(cls) -> str:
        """The key as people read it: `F2`, `^S`, `n`."""
        first = cls.key.partition(",")[0]
        if first.startswith("ctrl+"):
            return "^" + first[5:].upper()
        if first.startswith("shift+"):
            return "⇧" + _SHOWN_KEYS.get(first[6:], first[6:].upper())
        if re.fullmatch(r"f\d+", first):
            return first.upper()
        return _SHOWN_KEYS.get(first, first)

    @classmethod
    def words(cls) -> str:
        """The title in the language in force."""
        return _(cls.title)

    @classmethod
    def sentence(cls) -> str:
        """The explanation in the language in force; the title where there is none."""
        return _(cls.explanation) if cls.explanation else cls.words()

    @classmethod
    def binding(cls) -> Binding:
        """The binding of its keys."""
        action = f"say('{cls.name()}')"
        return Binding(cls.key, action, cls.title, show=False, priority=cls.works_while_typing)


Commands = tuple[type[Command], ...]


class Host(_Node):
    """A screen, widget or app that has commands; mix it in before the Textual class.

    Keys come from `ACTS` of the class and its bases.
    """

    ACTS: ClassVar[Commands] = ()

    def __init_subclass__(cls, **settings: Any) -> None:
        own = cls.__dict__.get("ACTS", ())
        declared: list[BindingType] = list(cls.__dict__.get("BINDINGS", ()))
        cls.BINDINGS = [*declared, *(command.binding() for command in own if command.key)]
        super().__init_subclass__(**settings)

    @classmethod
    def all_commands(cls) -> list[type[Command]]:
        """Its own commands, then those of its bases."""
        found: dict[str, type[Command]] = {}
        for base in cls.__mro__:
            for command in base.__dict__.get("ACTS", ()):
                found.setdefault(command.name(), command)
        return list(found.values())

    def allows(self, command: type[Command]) -> bool:
        """Whether the command makes sense now; those that do not are hidden and their keys pass on."""
        del command
        return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Textual asks this before a key is taken."""
        if action == "say":
            command = self._command(str(parameters[0]))
            return command is not None and self.allows(command)
        return super().check_action(action, parameters)

    def action_say(self, name: str) -> None:
        """Do the command of that name."""
        command = self._command(name)
        if command is not None and self.allows(command):
            self.post_message(command())

    def _command(self, name: str) -> type[Command] | None:
        return next((one for one in self.all_commands() if one.name() == name), None)


def usable(hosts: Iterable[Host]) -> list[tuple[Host, type[Command]]]:
    """The commands that make sense now, nearest host first, each key and name once."""
    seen: set[str] = set()
    found: list[tuple[Host, type[Command]]] = []
    for host in hosts:
        for command in host.all_commands():
            if command.name() not in seen and host.allows(command):
                seen.add(command.name())
                found.append((host, command))
    return found
