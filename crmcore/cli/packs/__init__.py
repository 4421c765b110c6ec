"""The commands of `crm pack`, one a module."""
