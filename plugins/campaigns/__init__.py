"""Campaign plans that come with crmcore."""
