"""Importers that do something wrong when they are used."""

import os
import time

from crmcore import Batch, TableImporter, column, hookimpl


class Base(TableImporter):
    platform, record = "odd", "order"
    columns = {"order_ref": "no"}


class SureOfTwo(Base):
    def sniff(self, sample):
        return 2


class Unsendable(Base):
    def sniff(self, sample):
        return 0.5

    def lock(self):
        return lambda: None

    def own(self):
        return Private()


class Private:
    pass


class Endless(Base):
    def read(self, path):
        while True:
            yield Batch({}, 1)


class Uneven(Base):
    def read(self, path):
        yield Batch({"no": ["1"]}, 2)
        yield Batch({"no": ["2", "3"], "paid": ["4"]}, 3)


class Numbers(Base):
    def read(self, path):
        yield Batch({"no": [1]}, 2)


class TooMany(Base):
    def read(self, path):
        yield Batch({"no": ["1"] * 50_001}, 2)


class NoBatch(Base):
    def read(self, path):
        yield {"no": ["1"]}


class NotIterable(Base):
    def read(self, path):
        return 7


class DiesMidway(Base):
    def read(self, path):
        yield Batch({"no": ["1"]}, 2)
        os._exit(1)


class Slow(Base):
    def read(self, path):
        yield Batch({"no": ["1"]}, 2)
        time.sleep(60)


class Columns(Base):
    @column("title")
    def category(self, title):
        if title == "bad":
            raise ValueError("13812345678")
        if title == "hang":
            time.sleep(60)
        if title == "list":
            return ["a"]
        return len(title)

    @column("place", fills=["province", "city"])
    def place(self, place):
        province, _, city = place.partition(" ")
        return {"province": province, "city": city or None}


@hookimpl
def crm_importers():
    return [
        one()
        for one in (
            *(SureOfTwo, Unsendable, Endless, Uneven, Numbers, TooMany),
            *(NoBatch, NotIterable, DiesMidway, Slow, Columns),
        )
    ]
