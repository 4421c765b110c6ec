"""Answers of customers to text messages, from Alibaba Cloud's queue; and which of them ask for no more."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest

from crmcore import CrmError, wants_no_more
from crmcore.hooks.channel_jobs import _given
from tests.channels.conftest import Make
from tests.channels.http_server import Asked, Says
from tests.channels.sms import KEYS, Serve, signed_by_aliyun_s_rules


class Queue:
    """A queue that hides what it gave until `later`, and gives it again until it is deleted."""

    def __init__(self, *answers: dict[str, object]) -> None:
        self.bodies = {f"m{number}": json.dumps(one) for number, one in enumerate(answers)}
        self.hidden: set[str] = set()
        self.wrong = ""

    def later(self) -> None:
        self.hidden.clear()

    def __call__(self, asked: Asked) -> Says:
        if asked.headers.get("x-acs-action") == "QueryTokenForMnsQueue":
            assert signed_by_aliyun_s_rules(asked)
            assert asked.values == {"MessageType": "SmsUp", "QueueName": "Alicom-Queue-1-SmsUp"}
            return Says(body={"Code": "OK", "MessageTokenDTO": TOKEN})
        assert asked.path == "/queues/Alicom-Queue-1-SmsUp/messages"
        assert asked.headers["security-token"] == TOKEN["SecurityToken"]
        if not self.signed(asked):
            return Says(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        if asked.method == "DELETE":
            self.bodies.pop(asked.values["ReceiptHandle"].removeprefix("handle+"))
            return Says(204, b"")
        if self.wrong:
            return Says(200, self.wrong.encode())
        given_ = [name for name in self.bodies if name not in self.hidden][
            : int(asked.values["numOfMessages"])
        ]
        self.hidden |= set(given_)
        if not given_:
            return Says(
                404, b"<Error xmlns='http://mns.aliyuncs.com/doc/v1/'><Code>MessageNotExist</Code></Error>"
            )
        rows = "".join(
            f"<Message><MessageId>{name}</MessageId><ReceiptHandle>handle+{name}</ReceiptHandle>"
            f"<MessageBody>{base64.b64encode(self.bodies[name].encode()).decode()}</MessageBody></Message>"
            for name in given_
        )
        return Says(200, f"<Messages xmlns='http://mns.aliyuncs.com/doc/v1/'>{rows}</Messages>".encode())

    @staticmethod
    def signed(asked: Asked) -> bool:
        """The server's own reading of the rules for queues."""
        resource = f"{asked.path}?{asked.query}"
        lines = "".join(f"{n}:{v}\n" for n, v in sorted(asked.headers.items()) if n.startswith("x-mns-"))
        text = (
            f"{asked.method}\n\n{asked.headers['content-type']}\n{asked.headers['date']}\n{lines}{resource}"
        )
        right = base64.b64encode(hmac.new(b"temporary-secret", text.encode(), hashlib.sha1).digest()).decode()
        return asked.headers["authorization"] == f"MNS STS.temporary:{right}"


TOKEN = {
    "AccessKeyId": "STS.temporary",
    "AccessKeySecret": "temporary-secret",
    "SecurityToken": "tok/77123==",
}


def test_the_signature_for_queues_is_the_one_of_a_worked_example() -> None:
    from crm_channels.sms_aliyun.signing import queue_signature

    headers = {"Date": "Thu, 09 Jul 2015 03:01:34 GMT", "x-mns-version": "2015-06-06"}
    # The vendor prints all but its last four signs.
    assert queue_signature("GET", "/MyQueue", headers, "TestAccessSecret").startswith(
        "uwx3yeWoILzgmvesW0BQSgfM"
    )


def test_answers_are_told_once_and_leave_the_queue_when_they_are_kept(channel: Make, serve: Serve) -> None:
    at = "2026-03-05 10:00:00"
    queue = Queue(
        {"phone_number": "13800138000", "content": "TD", "send_time": at, "sequence_id": 1.0},
        {"phone_number": "8613800138001", "content": "还有货吗", "send_time": at},
        {"phone_number": "13800138002", "content": "Ｒ", "send_time": "soon"},
        {"content": "nobody's"},
        {"phone_number": "85291234567", "content": "好", "send_time": at},
        *({"phone_number": f"1390013{n:04d}", "content": "好", "send_time": at} for n in range(20)),
    )
    queue.bodies["deep"] = "[" * 100_000
    url = serve(queue).url
    made = channel("sms_aliyun", tokens_url=url, queues_url=url, replies_queue="Alicom-Queue-1-SmsUp")
    with _given(made, KEYS):
        first = made.fetch("", ())
        assert [(one.what, one.address) for one in first.events[:4]] == [
            ("unsubscribed", "+8613800138000"),
            ("replied", "+8613800138001"),
            ("unsubscribed", "+8613800138002"),
            ("replied", "+85291234567"),
        ]
        assert (first.events[0].at, len(first.events)) == (1_772_676_000, 24)
        assert len(queue.bodies) == 26  # the shop may die now: nothing is lost
        assert made.fetch(first.cursor, ()).events == []  # still hidden
        queue.later()
        second = made.fetch(first.cursor, ())
        assert (list(second.events), queue.bodies) == ([], {})
        queue.bodies["new"] = json.dumps({"phone_number": "13800138009", "content": "退订", "send_time": at})
        assert [one.what for one in made.fetch(second.cursor, ()).events] == ["unsubscribed"]


@pytest.mark.parametrize("wrong", ["<html>", '<!DOCTYPE x [<!ENTITY a "b">]><Messages>&a;</Messages>'])
def test_a_queue_that_cannot_be_read_says_so(channel: Make, serve: Serve, wrong: str) -> None:
    queue = Queue()
    queue.wrong = wrong
    url = serve(queue).url
    made = channel("sms_aliyun", tokens_url=url, queues_url=url, replies_queue="Alicom-Queue-1-SmsUp")
    with _given(made, KEYS), pytest.raises(CrmError, match="the queue of replies gave what cannot be read"):
        made.fetch("", ())
    another = {**TOKEN, "AccessKeySecret": "other"}
    refusing = serve(
        lambda asked: (
            Says(body={"Code": "OK", "MessageTokenDTO": another})
            if "x-acs-action" in asked.headers
            else queue(asked)
        )
    ).url
    made = channel(
        "sms_aliyun", tokens_url=refusing, queues_url=refusing, replies_queue="Alicom-Queue-1-SmsUp"
    )
    with _given(made, KEYS), pytest.raises(CrmError, match="403 SignatureDoesNotMatch"):
        made.fetch("", ())


@pytest.mark.parametrize(
    "text", ["TD", "td.", "退订", "Ｔ", "拒收", "别再发了", "STOP", "Unsubscribe!", " r "]
)
def test_a_whole_answer_that_asks_for_no_more(text: str) -> None:
    assert wants_no_more(text)


@pytest.mark.parametrize(
    "text", ["", "退订是怎么回事？", "stop by tomorrow?", "T恤有货吗", "不要紧，谢谢", "N" * 41]
)
def test_an_answer_that_says_something_else(text: str) -> None:
    assert not wants_no_more(text)
