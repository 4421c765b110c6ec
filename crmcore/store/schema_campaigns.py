"""The tables of campaigns: what was planned, what was sent, what came back.

`sends` is the ledger: an undo does not touch it, what was handed to a channel stays in it for ever, and its
unique key (campaign, person, step) is taken before a channel is asked to send anything.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, SmallInteger, Table, UniqueConstraint

from crmcore.store.schema import Big, Text, change_columns, id_column, make_table, metadata

# A query that says it in these very words reads the short index `sends_open`: SQLite does not see by itself
# that one state is among them.
OPEN = "state IN (1, 2, 6, 8)"

campaigns = make_table(
    "campaigns",
    id_column(),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("purpose", Text, nullable=False),  # promotion service order
    # draft scheduled running paused done cancelled: campaigns.states
    Column("state", Text, nullable=False),
    Column("body", Text, nullable=False),  # JSON: campaigns.body.Body
    Column("seed", Integer, nullable=False),  # draws the control group
    Column("at", Big, nullable=False),
    Column("starts_at", Big),
    Column("started_at", Big),
    Column("ended_at", Big),
    Column("message", Text),  # why it is paused
    *change_columns(),
    UniqueConstraint("name", name="campaigns_name"),
)

send_channels = make_table(
    "send_channels",
    id_column(),
    Column("name", Text, nullable=False),
    Column("consent", Text, nullable=False),  # under which name people say yes or no to it
    Column("free_at", Big),  # UTC microseconds: when its messages a second allow the next one
    UniqueConstraint("name", name="send_channels_name"),
)

# Wide columns first: PostgreSQL pads narrow ones before them.
sends = make_table(
    "sends",
    id_column(),
    Column("customer_id", Big, nullable=False),  # the present owner
    Column("identity_id", Big),  # the address it went to, or her own where none is needed
    # Who she was when the place was taken: a merge must neither free the place nor take another's.
    Column("person", Big, nullable=False),
    Column("step", Big, nullable=False),  # which occasion: 0, a year, an order's id …
    Column("at", Big, nullable=False),
    Column("campaign_id", Integer, nullable=False),
    Column("sender", Integer),  # who has it in hand: senders.id
    Column("cost", Integer),  # hundredths of a minor unit: a text message costs 4.5 fen
    Column("channel", SmallInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),  # records.sending.SendState
    Column("reference", Text),  # the gateway's
    Column("text", Text),
    Column("detail", Text),  # why it failed, one line
    Column("held_by", Text),  # whose item of work it is for the moment
    # Also the index that finds a campaign's messages.
    UniqueConstraint("campaign_id", "person", "step", name="sends_place"),
    Index("sends_customer", "customer_id", "at"),
    # Few at any time: what is on its way, and what waits for a person.
    Index("sends_open", "campaign_id", "state", info={"where": OPEN}),
    Index("sends_reference", "reference", info={"where": "reference IS NOT NULL"}),
)

# A process that sends: who has messages in hand, and whether it is alive.
senders = make_table(
    "senders",
    id_column(),
    Column("campaign_id", Big, nullable=False),
    Column("process", Text, nullable=False),  # host:pid:start
    Column("started_at", Big, nullable=False),
    Column("heartbeat_at", Big, nullable=False),
    Column("ended_at", Big),
    # What it holds of a channel's connections while it sends by it.
    Column("channel", SmallInteger),
    Column("lines", SmallInteger),
)

send_events = make_table(
    "send_events",
    id_column(),
    Column("send_id", Big, nullable=False),
    Column("at", Big, nullable=False),
    Column("what", SmallInteger, nullable=False),  # records.sending.Event
    Column("machine", Boolean, nullable=False),
    Column("text", Text),
    Column("created_by", Big, nullable=False),
    # The same report read twice says nothing new.
    UniqueConstraint("send_id", "what", "at", name="send_events_once"),
)

# Addresses and people that get nothing, whatever they agreed to. An address stands here without its owner, so
# that it holds when it comes again with another customer.
suppressions = make_table(
    "suppressions",
    id_column(),
    Column("customer_id", Big, index=True),
    Column("identity_id", Big),
    Column("kind", Text, nullable=False),  # email phone buyer, or person
    Column("value", Text, nullable=False),  # in its normal form; "" for a person
    Column("at", Big, nullable=False),
    Column("source", Text, nullable=False),
    Column("reason", Text),
    *change_columns(),
    Index("suppressions_value", "value", "kind"),
)

# What the shop stated once: on what basis it writes to people who were never asked. Append-only.
consent_bases = make_table(
    "consent_bases",
    id_column(),
    Column("channel", Text, nullable=False),  # or *
    Column("at", Big, nullable=False),
    Column("days", Integer),  # only who bought in the last so many days; empty: who ever bought
    Column("basis", Text),  # in the shop's words; empty: the basis is withdrawn
    Column("created_by", Big, nullable=False),
)

# A plan as it was shown: everybody, and what was decided about her.
plans = make_table(
    "plans",
    id_column(),
    Column("campaign_id", Big, nullable=False, index=True),
    Column("at", Big, nullable=False),
    Column("turn", SmallInteger, nullable=False, server_default="0"),  # 0: the first message; which follow-up
    Column("counts", Text, nullable=False),  # JSON: channels, reasons, cost
    Column("progress", Text, nullable=False),  # JSON: how far sending has gone through it
    Column("created_by", Big, nullable=False),
)
plan_people = Table(
    "plan_people",
    metadata,
    Column("plan_id", Big, primary_key=True, autoincrement=False),
    Column("person", Big, primary_key=True, autoincrement=False),  # who she was then
    Column("step", Big, nullable=False),
    Column("reason", SmallInteger, nullable=False),  # records.sending.Reason; 0: gets it
    Column("channel", SmallInteger),
    Column("wish", SmallInteger),  # 0: by the channel she wishes; a Reason: why not by that one
    Column("problem", SmallInteger),  # which of the plan's problems her address has
    Column("later", SmallInteger),  # why it was not sent after all (0: it was, though the plan had said no)
    sqlite_with_rowid=False,
)

# What a campaign cost beside its messages; money in minor units.
campaign_costs = make_table(
    "campaign_costs",
    id_column(),
    Column("campaign_id", Big, nullable=False, index=True),
    Column("at", Big, nullable=False),
    Column("amount", Big, nullable=False),
    Column("what", Text, nullable=False),
    Column("created_by", Big, nullable=False),
)

# Codes on coupons and flyers: an order that carries one belongs to its campaign, whenever it came.
codes = make_table(
    "codes",
    id_column(),
    Column("campaign_id", Big, nullable=False, index=True),
    Column("code", Text, nullable=False),  # in capitals
    Column("send_id", Big),  # whose personal code it is
    Column("created_by", Big, nullable=False),
    UniqueConstraint("code", name="codes_code"),
)
code_uses = make_table(
    "code_uses",
    id_column(),
    Column("code_id", Big, nullable=False, index=True),
    Column("order_id", Big, nullable=False),
    Column("at", Big, nullable=False),
    Column("created_by", Big, nullable=False),
    UniqueConstraint("order_id", name="code_uses_order"),
)

TABLES = (
    campaigns, send_channels, sends, senders, send_events, suppressions, consent_bases, plans, plan_people,
    campaign_costs, codes, code_uses,
)  # fmt: skip
