"""The rule language: TinyDB queries over a customer card."""
