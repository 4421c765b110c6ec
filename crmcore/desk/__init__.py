"""What staff look at and do at their desk, as plain values: no widget and no terminal here."""
