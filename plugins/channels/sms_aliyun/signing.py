"""How requests to Alibaba Cloud are signed: "V3" (ACS3-HMAC-SHA256), and the way of its message queues."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote

from crmcore import Answer, Gateway

VERSION = "2017-05-25"  # of the interfaces for text messages and for their queues
_QUEUES_VERSION = "2015-06-06"


def call(gateway: Gateway, action: str, asked: Mapping[str, str], key_id: str, key_secret: str) -> Answer:
    """One signed request; raises what `Gateway.call` raises."""
    query = canonical_query(asked)
    headers = {
        "host": gateway.host,
        "x-acs-action": action,
        "x-acs-version": VERSION,
        "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
    }
    signed = authorization("POST", query, headers, key_id, key_secret)
    return gateway.call("POST", f"/?{query}", {**headers, "Authorization": signed})


def call_queue(gateway: Gateway, method: str, resource: str, key: Mapping[str, str]) -> Answer:
    """One signed request to a queue; `key` has AccessKeyId, AccessKeySecret and SecurityToken.

    Source: Alibaba Cloud, "Simple Message Queue (formerly MNS): Sign requests".
    """
    headers = {
        "Date": format_datetime(datetime.now(UTC), usegmt=True),
        "Content-Type": "text/xml",
        "x-mns-version": _QUEUES_VERSION,
    }
    signature = queue_signature(method, resource, headers, key.get("AccessKeySecret", ""))
    headers["Authorization"] = f"MNS {key.get('AccessKeyId', '')}:{signature}"
    headers["security-token"] = key.get("SecurityToken", "")
    return gateway.call(method, resource, headers)


def queue_signature(method: str, resource: str, headers: Mapping[str, str], key_secret: str) -> str:
    """The signature of a request without a body to a queue."""
    own = sorted(
        (name.lower(), value) for name, value in headers.items() if name.lower().startswith("x-mns-")
    )
    lines = "".join(f"{name}:{value}\n" for name, value in own)
    text = f"{method}\n\n{headers.get('Content-Type', '')}\n{headers['Date']}\n{lines}{resource}"
    return base64.b64encode(hmac.new(key_secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


def canonical_query(asked: Mapping[str, str]) -> str:
    """The parameters in the order and the writing that are signed: RFC 3986, by name."""
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in sorted(asked.items()))


def authorization(method: str, query: str, headers: Mapping[str, str], key_id: str, key_secret: str) -> str:
    """The header that signs a request, as Alibaba Cloud's signature V3 has it.

    `headers` have names in small letters; `host`, `content-type` and those that begin with x-acs- are signed.
    Source: Alibaba Cloud, "V3 request structure and signature".
    """
    signed = sorted(name for name in headers if name in ("host", "content-type") or name.startswith("x-acs-"))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in signed)
    names = ";".join(signed)
    request = "\n".join((method, "/", query, lines, names, headers["x-acs-content-sha256"]))
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(key_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={signature}"


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")
