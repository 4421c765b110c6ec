"""The commands of `crm segment` that are loaded on use."""
