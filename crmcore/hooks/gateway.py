"""HTTP for channels: a gateway, spoken to so that "not sent" can be told from "nobody knows".

A request whose bytes did not all leave was not sent. One that left whole and got no whole answer may have
been carried out: a message in it is `unknown`, and must not go out again by itself.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import select
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from crmcore.errors import CrmError, system_reason
from crmcore.i18n import gettext as _

_LARGEST = 2_000_000  # bytes of an answer
_IDLE = 10.0  # seconds after which a connection is not trusted any more


class NotSentError(CrmError):
    """The request certainly did not reach the gateway."""


class NoAnswerError(CrmError):
    """The request was handed over, and nobody knows what became of it."""


@dataclass(frozen=True)
class Answer:
    """What a gateway answered; names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The answer's JSON object; {} where it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


class Gateway:
    """A gateway at an https address (http on this computer only). Close it, or use it with `with`.

    The connection is kept between calls. Redirections are answers like any other. `ca_file`: certificates to
    trust beside the system's. Raises `CrmError` for an address that will not do.
    """

    def __init__(self, url: str, *, timeout: float = 30.0, ca_file: str = "") -> None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        secure = parts.scheme == "https"
        if not host or not (secure or (parts.scheme == "http" and is_here(host))):
            raise CrmError(
                _("{url}: a gateway is an https address (http on this computer only)").format(url=url)
            )
        self.host = parts.netloc.rpartition("@")[2]
        self._prefix = parts.path.rstrip("/")
        self._used = 0.0
        self._connection: http.client.HTTPConnection
        if secure:
            context = ssl.create_default_context()
            if ca_file:
                context.load_verify_locations(ca_file)
            self._connection = http.client.HTTPSConnection(host, parts.port, timeout=timeout, context=context)
        else:
            self._connection = http.client.HTTPConnection(host, parts.port, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """One request and its answer; raises `NotSentError`, `NoAnswerError`."""
        try:
            self._connect()
            self._connection.request(method, self._prefix + path, body or None, dict(headers))
        except ssl.SSLCertVerificationError as error:
            self.close()
            reason = _("the certificate of {host} is not good: {reason}")
            raise NotSentError(reason.format(host=self.host, reason=error.verify_message)) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            reason = _("{host} does not answer: {reason}")
            raise NotSentError(reason.format(host=self.host, reason=_plain(error))) from None
        try:
            response = self._connection.getresponse()
            content = response.read(_LARGEST)
            if response.length and len(content) < _LARGEST:
                raise http.client.IncompleteRead(content, response.length)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            reason = _("no answer from {host}: {reason}")
            raise NoAnswerError(reason.format(host=self.host, reason=_plain(error))) from None
        self._used = time.monotonic()
        if not response.isclosed():  # more than anybody would say
            self.close()
        return Answer(
            response.status, {name.lower(): value for name, value in response.getheaders()}, content
        )

    def _connect(self) -> None:
        """A connection that is alive: a request into one that the other side has closed would be in doubt."""
        sock = self._connection.sock
        if sock is not None:
            ended = bool(select.select([sock], [], [], 0)[0])
            if ended or time.monotonic() - self._used > _IDLE:
                self.close()
        if self._connection.sock is None:
            self._connection.connect()


def is_here(host: str) -> bool:
    """Whether that is this computer."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _plain(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return _("it took too long")
    return system_reason(error) if isinstance(error, OSError) else type(error).__name__
