"""Who is the same person among faces that nobody named: `hexaface group`."""
