"""How things stand between her and the shop: rules that plugins share, for segments and on a card's facts.

`CALM(facts)` asks the facts that advice gets the same question that `… & CALM` asks in a segment.
"""

from __future__ import annotations

from crmcore.rules.where import where

# No complaint of hers is open: what went wrong is settled before anything is sold.
CALM = where("complaints_open") == 0
# And nothing went wrong before: who has this behind her may be asked to tell others.
CONTENT = CALM & (where("reviews_bad") == 0) & (where("orders_refunded") == 0)
