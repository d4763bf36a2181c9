"""Papers of communities: what is taken along as Word or PDF."""
