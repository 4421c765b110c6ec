"""What the tests of text messages share: a message, keys, and gateways that check what they are asked by their own rules."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote

from crmcore import Outgoing
from tests.channels.http_server import Asked, HttpServer, Says

KEYS = {"key_id": "LTAI-public", "key_secret": "secret-77120"}
ACCOUNT = {"account_sid": "AC0001", "auth_token": "token-77121"}
HELLO = Outgoing("k/1", "+8613800138000", "promotion", "小雨，面霜快用完了，满200减30。拒收请回复R")
TEMPLATES = {"SMS_1": "${name}，${goods}快用完了，${offer}。拒收请回复R", "SMS_2": "您的包裹已发出"}
Serve = Callable[[Callable[[Asked], Says]], HttpServer]


def signed_by_aliyun_s_rules(asked: Asked) -> bool:
    """The server's own reading of the rules, from the request as it arrived."""
    words = asked.headers["authorization"].removeprefix("ACS3-HMAC-SHA256 ").split(",")
    given_ = dict(word.split("=", 1) for word in words)
    names = given_["SignedHeaders"].split(";")
    if not {"host", "x-acs-action", "x-acs-date", "x-acs-signature-nonce"} <= set(names):
        return False
    query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in sorted(asked.values.items())
    )
    lines = "".join(f"{name}:{asked.headers[name]}\n" for name in sorted(names))
    body = hashlib.sha256(asked.body).hexdigest()
    text = "\n".join([asked.method, asked.path, query, lines, ";".join(sorted(names)), body])
    to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(text.encode()).hexdigest()
    expected = hmac.new(KEYS["key_secret"].encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    moment = datetime.strptime(asked.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    fresh = abs((datetime.now(UTC) - moment).total_seconds()) < 900
    return (
        fresh
        and given_["Credential"] == KEYS["key_id"]
        and hmac.compare_digest(given_["Signature"], expected)
    )


def aliyun(asked: Asked) -> Says:
    """Answers by the last digit of the number."""
    if not signed_by_aliyun_s_rules(asked):
        return Says(400, {"Code": "SignatureDoesNotMatch", "Message": "signature"})
    number = asked.values.get("PhoneNumbers", "")
    if asked.headers["x-acs-action"] != "SendSms":
        return Says(body={"Code": "OK", "Message": "OK"})
    return {
        "1": Says(body={"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "bad"}),
        "2": Says(body={"Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": "slow"}),
        "3": Says(503, {"Code": "ServiceUnavailable"}),
        "4": Says(500, {"Code": "InternalError", "Message": "oops"}),
        "5": Says(late=True),
        "6": Says(none=True),
        "7": Says(200, b"<html>"),
        "8": Says(body={"Code": "isv.AMOUNT_NOT_ENOUGH", "Message": "no money"}),
    }.get(number[-1], Says(body={"Code": "OK", "BizId": f"biz-{asked.values['OutId']}"}))


def twilio(asked: Asked) -> Says:
    signed = base64.b64encode(b"AC0001:token-77121").decode()
    if asked.headers.get("authorization") != f"Basic {signed}":
        return Says(401, {"code": 20003, "message": "Authenticate"})
    if asked.method == "GET":
        return Says(body={"status": "active"})
    assert asked.path == "/2010-04-01/Accounts/AC0001/Messages.json"
    return {
        "1": Says(400, {"code": 21211, "message": "invalid To"}),
        "2": Says(429, {"code": 20429, "message": "too many"}, {"Retry-After": "7"}),
        "3": Says(400, {"code": 21610, "message": "unsubscribed recipient"}),
        "4": Says(503, b"busy"),
        "5": Says(late=True),
    }.get(asked.form["To"][-1], Says(201, {"sid": f"SM{asked.form['To'][-4:]}", "num_segments": "2"}))
