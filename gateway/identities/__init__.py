"""Who is it: collections, subjects and faces in PostgreSQL, search, thresholds and decisions."""
