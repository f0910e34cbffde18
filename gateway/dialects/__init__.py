"""Other vendors' APIs over the same parts; each folder can be deleted without touching anything else."""
