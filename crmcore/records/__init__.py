"""Plain records and values: customers, identities, orders, money, days. No I/O lives here."""
