"""Reports: the process that works them out over the whole shop, and the files they become."""
