"""Many pictures: from folders, tables and object stores to one table of faces, on one machine or a cluster."""
