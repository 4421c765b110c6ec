from dataclasses import dataclass

from crmcore import hookimpl


@dataclass(frozen=True)
class Settings:
    days: int


@hookimpl
def crm_importers():
    return []
