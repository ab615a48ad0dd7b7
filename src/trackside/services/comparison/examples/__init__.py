"""What two sides of a comparison logged for the same examples, and where it differs."""
