"""Commands, groups and options whose words are looked up when they are shown, in the language of that moment.

click translates its own words through the process's gettext domain; ours stand in the same catalog. A group
knows its commands by name and imports a command's module when the command is used.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import click

from crmcore import wide
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark

F = TypeVar("F", bound=Callable[..., Any])


# The largest number that a database can hold.
_LARGEST = 2**63 - 1


class Whole(click.IntRange):
    """A whole number; what is none is told in words, where click tells the name of its own class."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number that was typed."""
        try:
            int(value)
        except ValueError:
            self.fail(_("{value} is no whole number").format(value=repr(value)), param, ctx)
        number: int = super().convert(value, param, ctx)
        return number


class Number(Whole):
    """The number of a record; one that no database could hold is refused before any is asked."""

    name = "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number that was typed."""
        number = super().convert(value, param, ctx)
        if abs(number) > _LARGEST:
            self.fail(_("{value} is no number of a record").format(value=value), param, ctx)
        return number


class HowMany(Whole):
    """How many to show at most; without end where more is asked for than can be."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number that was typed, cut down to what a database takes."""
        return min(super().convert(value, param, ctx), _LARGEST - 1)


class Percent(click.types.FloatParamType):
    """A number, whole or not."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number that was typed."""
        try:
            return float(value)
        except ValueError:
            self.fail(_("{value} is no number").format(value=repr(value)), param, ctx)


class Choice(click.Choice[str]):
    """One of some words; what is none of them is told with all of them."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """The sentence about a word that is none of them."""
        del ctx
        text = _("{value} is none of the choices: {choices}")
        return text.format(value=repr(value), choices=joined(map(str, self.choices)))


class NameOrFile(click.types.StringParamType):
    """A name of ours or the path of a file, whose name may be bytes that are no text."""


NUMBER = Number()
NAME_OR_FILE = NameOrFile()


class Formatter(click.HelpFormatter):
    """click's help pages with Chinese text wrapped by its width on the screen."""

    def write_text(self, text: str) -> None:
        """Write paragraphs, wrapped; one that starts with a backspace line (click's sign) stays as it is."""
        for index, paragraph in enumerate(text.split("\n\n")):
            if index:
                self.write("\n")
            if paragraph.startswith("\b\n"):
                lines = paragraph[2:].splitlines()
            else:
                lines = wide.wrap(paragraph, self.width - self.current_indent)
            self.write("".join(f"{'':>{self.current_indent}}{line}\n" for line in lines))

    def write_dl(self, rows: Any, col_max: int = 30, col_spacing: int = 2) -> None:
        """Write terms beside what they mean."""
        rows = list(rows)
        first = min(max((wide.width(term) for term, _text in rows), default=0), col_max) + col_spacing
        for term, text in rows:
            lines = wide.wrap(text, max(self.width - self.current_indent - first, 20)) or [""]
            head = f"{'':>{self.current_indent}}{term}"
            if wide.width(term) > first - col_spacing:
                self.write(f"{head}\n")
            else:
                self.write(f"{head}{'':>{first - wide.width(term)}}{lines.pop(0)}".rstrip() + "\n")
            self.write("".join(f"{'':>{self.current_indent + first}}{line}\n" for line in lines))


class Context(click.Context):
    """click's context with our formatter."""

    formatter_class = Formatter


class Option(click.Option):
    """An option whose help is translated when it is shown."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The option and its help, in the language in force."""
        record = super().get_help_record(ctx)
        if record is None or not self.help:
            return record
        return record[0], record[1].replace(self.help, _(self.help), 1)


class Command(click.Command):
    """A command whose help is translated when it is shown."""

    context_class = Context

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words; raises `click.BadParameter` for a text that is none: no database could keep it."""
        rest = super().parse_args(ctx, args)
        for param in self.params:
            typed = ctx.params.get(param.name or "")
            if not isinstance(param.type, NameOrFile) and any(map(_half_a_text, _texts(typed))):
                raise click.BadParameter(_("holds bytes that are no text in UTF-8"), ctx, param)
        return rest

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option --help of click, whose words it would fix at its first use."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _("Show this message and exit.")
        return option

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help text, in the language in force."""
        del ctx
        if self.help:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(_(self.help))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The words below the options, in the language in force."""
        del ctx
        if self.epilog:
            formatter.write_paragraph()
            formatter.write_text(_(self.epilog))

    def get_short_help_str(self, limit: int = 45) -> str:
        """The one line of a list of commands, in the language in force."""
        del limit
        text = self.short_help or self.help
        return _(text) if text else ""


def _texts(typed: object) -> Iterator[str]:
    """The texts in what was typed for one parameter; a `Path` is none."""
    if isinstance(typed, str):
        yield typed
    elif isinstance(typed, dict):
        yield from typed
        yield from typed.values()
    elif isinstance(typed, tuple | list):
        for one in typed:
            yield from _texts(one)


def _half_a_text(text: str) -> bool:
    """Whether it holds what the system could not decode: Python keeps such bytes as lone surrogates."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)


class Group(Command, click.Group):
    """A group of commands; a `lazy` one is named by its module and imported when it is used.

    `lazy` maps a command's name to (module, its line in the list of commands). The module holds the command
    under the name `command`.
    """

    command_class = Command

    def __init__(self, *args: Any, lazy: Mapping[str, tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which they were named."""
        del ctx
        return [*self.lazy, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now where it is lazy."""
        if cmd_name in self.lazy and cmd_name not in self.commands:
            module, short_help = self.lazy[cmd_name]
            command: click.Command = importlib.import_module(module).command
            command.short_help = short_help
            return command
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names; an unknown one is told with the nearest known name."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            names = self.list_commands(ctx)
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=names, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands; a lazy one is not imported for its line."""
        rows = []
        for name in self.list_commands(ctx):
            if name in self.lazy:
                rows.append((name, _(self.lazy[name][1])))
            elif (command := self.get_command(ctx, name)) and not command.hidden:
                rows.append((name, command.get_short_help_str()))
        with formatter.section(_("Commands")):
            formatter.write_dl(rows)


def command(help: str, **settings: Any) -> Callable[[Callable[..., Any]], click.Command]:  # noqa: A002 - click's word
    """Make a function a command; `help` is marked for translation and shown in the language in force."""
    return click.command(cls=Command, help=help, **settings)


def group(help: str, lazy: Mapping[str, tuple[str, str]] | None = None) -> Group:  # noqa: A002 - click's word
    """A group of commands; without a command it shows its help."""
    return Group(help=help, lazy=lazy, no_args_is_help=True)


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    """An option of a command; its `help` is translated when it is shown."""
    return click.option(*names, cls=Option, **settings)


def json_option(function: F) -> F:
    """`--json`: one JSON document on stdout and nothing else."""
    return option("--json", "as_json", is_flag=True, help=mark("Print one JSON document and nothing else."))(
        function
    )


def set_option(function: F) -> F:
    """`--set K=V`, as often as needed: a dictionary of the texts."""
    text = mark("Set a value; may be repeated.")
    return option("--set", "values", metavar="K=V", multiple=True, callback=_pairs, help=text)(function)


def _pairs(_ctx: click.Context, _param: click.Parameter, words: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign or not key.strip():
            raise click.BadParameter(_("{word!r} has no value: write --set NAME=VALUE").format(word=word))
        pairs[key.strip()] = value
    return pairs


def as_of_option(function: F) -> F:
    """`--as-of DATE`: the state at the end of that day of the shop's calendar."""
    return option("--as-of", metavar="DATE", help=mark("Ask about the end of that day instead of now."))(
        function
    )
