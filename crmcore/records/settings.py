"""What a shop is set to: its currency, time zone and language."""

from __future__ import annotations

from dataclasses import dataclass

from crmcore.errors import UsageError
from crmcore.i18n import LANGUAGES
from crmcore.i18n import gettext as _
from crmcore.records.clock import zone
from crmcore.records.money import check_currency


@dataclass(frozen=True)
class ShopSettings:
    """`currency` is an ISO 4217 code, `time_zone` an IANA name, `language` "zh" or "en"."""

    currency: str = "CNY"
    time_zone: str = "Asia/Shanghai"
    language: str = "zh"

    def checked(self) -> ShopSettings:
        """The settings in their normal form; `UsageError` for a currency, zone or language that is none."""
        if self.language not in LANGUAGES:
            raise UsageError(
                _("unknown language {language!r}: choose zh or en").format(language=self.language)
            )
        zone(self.time_zone)
        return ShopSettings(check_currency(self.currency), self.time_zone, self.language)
