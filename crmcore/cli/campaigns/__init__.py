"""The commands of `crm campaign`, one module each."""
