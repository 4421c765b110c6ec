"""Fields that follow from what a shop knows beside its customers: its calendar, the tiers of regions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from crmcore.rules.fields import Field, Fields, FieldType, Groups
from crmcore.rules.occasions import Occasions


@dataclass(frozen=True)
class Grouping:
    """A field that says what another one's text stands for: the tier of a city."""

    name: str
    base: str
    type: FieldType
    zh: str
    en: str
    description: str
    groups: Groups

    def field(self, base: Field) -> Field:
        """The field beside the one it is derived from."""
        return Field(
            self.name, self.type, self.zh, self.en, self.description, base.source, base, groups=self.groups
        )


@dataclass(frozen=True)
class Around:
    """What a shop knows beside its customers, and the fields that follow from it.

    `occasions`: every dated field gets one that says during which occasion it falls, and the card the days
    until and since each. `groups`: field derived -> (field it is derived from, titles, what its texts mean).
    """

    occasions: Occasions | None = None
    groups: tuple[Grouping, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything follows at all."""
        return self.occasions is not None or bool(self.groups)

    def complete(self, fields: Fields) -> None:
        """Add to the fields of one place what follows from theirs."""
        for grouping in self.groups:
            if base := fields.stored.get(grouping.base):
                fields.offer(grouping.field(base))
        if self.occasions is None:
            return
        for field in list(fields.stored.values()):
            if field.type in (FieldType.INSTANT, FieldType.DATE):
                stem = field.name.removesuffix("at").removesuffix("_")
                fields.offer(
                    Field(
                        f"{stem}_during" if stem else "during",
                        FieldType.OCCASION,
                        f"{field.zh}所在的日子",
                        f"{field.en or field.name} during",
                        "an occasion of the calendar, of every year or of one",
                        field.source,
                        base=field,
                        occasions=self.occasions,
                    )
                )

    def complete_day(self, fields: Fields) -> None:
        """Add what the calendar says of the day of the question."""
        if self.occasions is None:
            return
        running = "occasions of the calendar that run on the day of the question"
        fields.offer(
            Field(
                "occasions_today",
                FieldType.LIST,
                "今天的节点",
                "Occasions today",
                running,
                occasions=self.occasions,
            )
        )
        for one in self.occasions:
            base = Field(one.name, FieldType.DATE, one.zh, one.en, source=one.source)
            zh, en = one.zh or one.name, one.en or one.name
            day = Field("", FieldType.DAYS, source=one.source, base=base, occasions=self.occasions)
            fields.offer(
                replace(day, name=f"days_since_{one.name}", zh=f"距{zh}已过天数", en=f"Days since {en}")
            )
            fields.offer(
                replace(
                    day,
                    name=f"days_until_{one.name}",
                    zh=f"距{zh}还有天数",
                    en=f"Days until {en}",
                    since=False,
                )
            )
