"""Channels that do everything but what their contract says."""

import os
import threading
import time

from crmcore import Channel, CrmError, Receipt, hookimpl


class Odd(Channel):
    zh = en = "odd"
    address_kinds = ("email",)
    secrets = ("password",)

    def __init__(self, name, answer):
        self.name, self._answer = name, answer

    def send(self, messages):
        yield from self._answer(self, messages)


def twice(_self, messages):
    one = next(messages)
    yield Receipt(one.key, "accepted")
    yield Receipt(one.key, "accepted")


def hang(_self, messages):
    yield Receipt(next(messages).key, "accepted")
    next(messages)
    time.sleep(60)


def die(_self, messages):
    yield Receipt(next(messages).key, "accepted")
    next(messages)
    os._exit(9)


def thread(_self, messages):
    caught = []

    def take():
        try:
            next(messages)
        except TypeError as error:
            caught.append(error)

    taker = threading.Thread(target=take)
    taker.start()
    taker.join()
    raise caught[0]


def tell(self, messages):
    next(messages)
    raise CrmError(f"login failed with {self.secret('password')}")


def curse(self, messages):
    raise ValueError(f"{next(messages).to} {self.secret('password')}")


@hookimpl
def crm_channels():
    return [
        Odd("twice", twice),
        Odd("foreign", lambda _self, messages: [Receipt("other", "accepted")]),
        Odd("state", lambda _self, messages: [Receipt(next(messages).key, "perhaps")]),
        Odd("text", lambda _self, messages: [next(messages).key]),
        Odd("again", lambda _self, messages: [Receipt(next(messages).key, "accepted", retry_after=5)]),
        Odd("hang", hang),
        Odd("die", die),
        Odd("thread", thread),
        Odd("tell", tell),
        Odd("curse", curse),
        Odd("lazy", lambda _self, messages: []),
    ]
