"""PostgreSQL and Redis: connections, tables, vectors, and whether they answer."""
