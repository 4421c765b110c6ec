"""The commands of `crm customer`, one module each."""
