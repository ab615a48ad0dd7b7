"""Settings, keymap and themes, read from files. It knows no screen."""
