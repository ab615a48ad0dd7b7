"""What a run prints: passed on as it comes, and kept. Bytes are kept as they were printed, secrets too."""
