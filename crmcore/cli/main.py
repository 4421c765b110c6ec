"""`crm`: the group of all commands. Importing this module loads click alone; commands load on use."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from crmcore.cli import edge
from crmcore.cli.app import App
from crmcore.cli.base import Choice, Group, Option
from crmcore.i18n import mark

COMMANDS = {
    "init": ("crmcore.cli.init", mark("Make a shop in a folder.")),
    "demo": ("crmcore.cli.demo", mark("Make a shop full of made-up customers and walk through it.")),
    "stats": ("crmcore.cli.stats", mark("Count what the shop holds.")),
    "import": ("crmcore.cli.import_", mark("Bring in files of orders, customers or interactions.")),
    "imports": ("crmcore.cli.imports", mark("Look at earlier imports, resume or undo one.")),
    "customer": ("crmcore.cli.customer", mark("Find, show and keep customers.")),
    "log": ("crmcore.cli.log", mark("Write down an interaction with a customer.")),
    "due": ("crmcore.cli.due", mark("What is to do today; move one thing on.")),
    "segment": ("crmcore.cli.segment", mark("Count and list who belongs to a segment.")),
    "campaign": ("crmcore.cli.campaign", mark("Plan, send and measure campaigns.")),
    "consent": ("crmcore.cli.consent", mark("On what basis the shop writes to customers.")),
    "suppress": ("crmcore.cli.suppress", mark("Addresses and people that get nothing.")),
    "playbook": ("crmcore.cli.playbook", mark("Read and keep what the shop has learned.")),
    "pack": ("crmcore.cli.pack", mark("Install, make and share what shops have learned.")),
    "calendar": ("crmcore.cli.calendar", mark("Sale events, festivals, seasons, your own days.")),
    "report": ("crmcore.cli.report", mark("Work out what the shop should know.")),
    "dashboard": ("crmcore.cli.dashboard", mark("Tiles of reports that the shop has chosen.")),
    "template": ("crmcore.cli.template", mark("Messages written once for many: keep, check, preview.")),
    "channel": ("crmcore.cli.channel", mark("Look at the ways to reach customers, and try them.")),
    "secret": ("crmcore.cli.secret", mark("Keep passwords and keys of channels, outside of the shop.")),
    "figures": (
        "crmcore.cli.figures",
        mark("Daily figures for reports: traffic, product costs, the market."),
    ),
    "plugin": ("crmcore.cli.plugin", mark("List plugins, switch them and set them up.")),
    "run-plugin": ("crmcore.cli.run_plugin", mark("Run what a plugin offers, from a script.")),
    "serve": ("crmcore.cli.serve", mark("Show the terminal UI in a browser.")),
    "account": ("crmcore.cli.account", mark("Say who may sign in from a browser.")),
    "changes": ("crmcore.cli.changes", mark("See who changed what, and take an act back.")),
    "backup": ("crmcore.cli.backup", mark("Copy the shop's database into one file.")),
    "restore": ("crmcore.cli.restore", mark("Put a backup back in the place of the database.")),
    "check": ("crmcore.cli.check", mark("Check that the database is whole and its figures are right.")),
    "move": ("crmcore.cli.move", mark("Move the shop to another database (SQLite or PostgreSQL).")),
}


class Crm(Group):
    """The outermost group: chooses the language, reads the global options, turns errors into exit codes."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]
        """Run the command line and leave with its exit code."""
        words = list(sys.argv[1:] if args is None else args)
        edge.stand_in_for_closed()
        app = App(_option_in(words, "--shop"), _option_in(words, "--lang"))
        edge.write_utf8()
        with edge.speaking(app.first_language()):
            try:
                code = edge.run(
                    lambda: super(Crm, self).main(
                        args, prog_name or "crm", standalone_mode=False, obj=app, **extra
                    ),
                    app.log_folder,
                )
            finally:
                app.close()
        sys.exit(code)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the words, and show the help where it is asked for; its reader may go away, too."""
        try:
            return super().make_context(*args, **extra)
        except OSError as error:
            if edge.reader_has_gone(error):
                raise click.exceptions.Exit(0) from None
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader that goes away before it has read everything is no failure."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            if edge.reader_has_gone(error):
                ctx.exit(0)
            raise


def _option_in(words: Sequence[str], name: str) -> str | None:
    """The value of a global option, looked up before parsing: usage errors have a language too."""
    for index, word in enumerate(words):
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
        if word == name and index + 1 < len(words):
            return words[index + 1]
        if not word.startswith("-") and (index == 0 or words[index - 1] not in ("--shop", "--lang")):
            return None
    return None


def _show_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"crm {version('crmcore')}")
        ctx.exit()


def _root(ctx: click.Context, **_options: object) -> None:
    if ctx.invoked_subcommand is not None:
        return
    app = ctx.ensure_object(App)
    if sys.stdin.isatty() and sys.stdout.isatty():
        from crmcore.tui.run import run

        ctx.exit(run(app.open_shop if app.named else None, follow_language=not app.chosen_language))
    from crmcore.cli.welcome import welcome

    welcome(app)


crm = Crm(
    "crm",
    callback=click.pass_context(_root),
    invoke_without_command=True,
    help=mark("A CRM for online shops that lives in the terminal."),
    lazy=COMMANDS,
    params=[
        Option(
            ["--shop"],
            metavar="PATH_OR_URL",
            expose_value=False,
            help=mark(
                "The shop's folder or database URL; else $CRM_SHOP, the nearest folder upward, the last one."
            ),
        ),
        Option(
            ["--lang"],
            type=Choice(["zh", "en"]),
            expose_value=False,
            help=mark("The language. Else the shop's, else the system's."),
        ),
        Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_show_version,
            help=mark("Show the version and exit."),
        ),
    ],
)


def main() -> NoReturn:
    """The `crm` command."""
    crm.main()


if __name__ == "__main__":
    main()
