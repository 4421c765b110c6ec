"""What may cross from a worker to the shop: plain values and records of ours, and nothing that runs."""

from __future__ import annotations

import io
import pickle
import struct

import pytest

from crmcore.hooks.channel_values import Receipt
from crmcore.hooks.frames import NotPlain, receive, send


def named(module: str, name: str) -> io.BytesIO:
    """A message that asks for a class or function by its name, as a forged one would."""
    words = b"".join(b"\x8c" + bytes([len(word)]) + word.encode() for word in (module, name))
    body = b"\x80\x04" + words + b"\x93."
    return io.BytesIO(struct.pack(">Q", len(body)) + body)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("builtins", "eval"),
        ("crmcore.hooks.child", "subprocess.Popen"),  # what a module of ours imports
        ("crmcore.hooks.child", "subprocess"),
        ("crmcore.config", "write_shop_file"),  # a function of ours
        ("crmcore.hooks.child", "Child"),  # a class of ours that does things
        ("crmcore.shop", "Shop"),
        ("crmcore.errors", "CrmError"),
    ],
)
def test_what_could_run_is_refused_by_name(module: str, name: str) -> None:
    with pytest.raises((NotPlain, pickle.UnpicklingError, AttributeError)):
        receive(named(module, name))


def test_records_cross() -> None:
    pipe = io.BytesIO()
    send(pipe, [Receipt("k", "accepted")])
    pipe.seek(0)
    assert receive(pipe) == [Receipt("k", "accepted")]
