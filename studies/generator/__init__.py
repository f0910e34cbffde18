"""A generator trained here, and the imbalance study with it."""
