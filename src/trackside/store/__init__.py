"""Where runs live: files that are the truth, and a SQLite index that may be deleted at any moment."""
