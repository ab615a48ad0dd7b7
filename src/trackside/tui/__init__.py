"""The terminal app: screens over services."""
