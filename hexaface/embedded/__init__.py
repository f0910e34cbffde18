"""The all-in-one process and its stores: the one place where gateway and services meet."""
