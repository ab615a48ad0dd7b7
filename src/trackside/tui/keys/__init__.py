"""What keys do: one registry of actions, keys that come in a burst, and keys that do nothing where they are pressed."""
