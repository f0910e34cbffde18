"""This version beside other toolkits for faces, each behind its own server: `make bench-peers`."""
