"""`crm serve`: the terminal UI in a browser."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import Whole, option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import note, say
from crmcore.errors import CrmError, UsageError, system_reason
from crmcore.i18n import gettext as _
from crmcore.i18n import language, mark


@crm_command(
    mark(
        "Show the terminal UI in a browser, for colleagues who have only that. They sign in with an account "
        "(`crm account add NAME`); what they change stands under their name. Only this computer can reach "
        "it, unless you say --lan."
    )
)
@option("--port", type=Whole(1, 65535), default=8765, show_default=True, help=mark("The port."))
@option("--lan", is_flag=True, help=mark("Let other computers of the network reach it."))
@option(
    "--name", "names", multiple=True, help=mark("A further name by which browsers address this computer.")
)
@option(
    "--sessions",
    type=Whole(1, 200),
    default=10,
    show_default=True,
    help=mark("At most so many at once; each takes about 150 MB of memory."),
)
@option(
    "--certificate",
    type=click.Path(path_type=Path, exists=True),
    help=mark("A TLS certificate (PEM), so that nobody on the way can read along."),
)
@option("--key", type=click.Path(path_type=Path, exists=True), help=mark("The key of the certificate (PEM)."))
@pass_app
def command(
    app: App,
    port: int,
    lan: bool,
    names: tuple[str, ...],
    sessions: int,
    certificate: Path | None,
    key: Path | None,
) -> None:
    """Serve until Ctrl-C."""
    try:
        from crmcore.web.server import Serving, serve
    except ModuleNotFoundError as error:
        raise CrmError(
            _("the browser UI is not installed ({name} is missing): pip install 'crmcore[web]'").format(
                name=error.name
            )
        ) from None
    from crmcore.accounts import Accounts

    shop = app.shop
    shop.permit("serve")
    accounts = Accounts(shop.documents)
    if not accounts.names():
        raise CrmError(_("nobody can sign in yet: crm account add NAME"))
    tls = _tls(certificate, key)
    hosts = ("127.0.0.1", "localhost", "[::1]", *names)
    addresses = ["127.0.0.1"]
    if lan:
        addresses = _own_addresses()
        hosts += (*addresses, socket.gethostname(), f"{socket.gethostname()}.local")
    serving = Serving(
        shop=app.require_named(),
        language=language(),
        host="0.0.0.0" if lan else "127.0.0.1",
        port=port,
        hosts=hosts,
        most=sessions,
        tls=tls,
    )
    scheme = "https" if tls else "http"
    for address in addresses:
        say(_("Serving {shop} on {url}").format(shop=shop.place.shown, url=f"{scheme}://{address}:{port}/"))
    if lan and tls is None:
        note(
            _(
                "Without --certificate everything, passwords too, crosses the network in clear: only do this "
                "in a network you trust."
            )
        )
    say(_("Ctrl-C ends it."))
    try:
        serve(serving, accounts)
    except OSError as error:
        raise CrmError(
            _("port {port} cannot be used ({reason}): name another with --port").format(
                port=port, reason=system_reason(error)
            )
        ) from error


def _tls(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        if key is not None:
            raise UsageError(_("--key goes with --certificate"))
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as error:
        raise CrmError(
            _("the certificate {file} cannot be used: {reason}").format(file=certificate, reason=error)
        ) from error
    return context


def _own_addresses() -> list[str]:
    """The addresses of this computer on its networks."""
    import psutil

    found = [
        one.address
        for addresses in psutil.net_if_addrs().values()
        for one in addresses
        if one.family == socket.AF_INET and not one.address.startswith("127.")
    ]
    return sorted(set(found)) or ["127.0.0.1"]
