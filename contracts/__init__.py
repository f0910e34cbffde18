"""The messages that gateway and services exchange, and the geometry of the chip they share."""
