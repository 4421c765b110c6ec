"""Files of any kind and encoding become plain tables of text."""

from crmcore.importing.reading.bind import Binding, bind
from crmcore.importing.reading.fast import NeedsCare
from crmcore.importing.reading.names import matching, same_name
from crmcore.importing.reading.part import Reject, TablePart
from crmcore.importing.reading.tables import (
    careful,
    line_of,
    lines_of,
    open_tables,
    peek,
    pieces_of,
    whole,
)

__all__ = [
    "Binding",
    "NeedsCare",
    "Reject",
    "TablePart",
    "bind",
    "careful",
    "line_of",
    "lines_of",
    "matching",
    "open_tables",
    "peek",
    "pieces_of",
    "same_name",
    "whole",
]
