"""crmcore: a plugin-based CRM for online shops that lives in the terminal."""
