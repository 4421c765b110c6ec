"""Reports that come with crmcore."""
