"""The shop's database: one way to write, one place for each kind of record."""
