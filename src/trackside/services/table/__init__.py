"""The runs table as plain data: what is asked of it, which runs those are, their rows, columns and facets."""
