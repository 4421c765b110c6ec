"""A channel that tells its secret in every way there is."""

import base64
import os
import urllib.parse

from crmcore import Channel, CrmError, Receipt, hookimpl


class TellTale(Channel):
    zh = en = "tell-tale"
    secrets = ("password",)
    address_kinds = ("email",)

    def __init__(self, name):
        self.name = name

    def _forms(self):
        value = self.secret("password")
        data = value.encode()
        return f"{value} {urllib.parse.quote(value, safe='')} {base64.b64encode(data).decode()} {data.hex()} {value!r}"

    def send(self, messages):
        print(self._forms())  # noqa: T201
        one = next(messages)
        if self.name == "tell_error":
            raise CrmError(f"login with {self._forms()} failed")
        if self.name == "tell_bug":
            raise ValueError(self._forms())
        others = [name for name in os.environ if name.startswith("CRM_SECRET")]
        yield Receipt(one.key, "accepted", detail=f"{self._forms()} {others}")

    def probe(self):
        return self._forms()


@hookimpl
def crm_channels():
    return [TellTale("tell_receipt"), TellTale("tell_error"), TellTale("tell_bug")]
