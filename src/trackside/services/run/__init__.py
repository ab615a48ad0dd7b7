"""One run as a person reads it: what it was, how it stands, what deserves a look."""
