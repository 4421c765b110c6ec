"""Messages and the channels they go out by."""
