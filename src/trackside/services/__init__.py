"""Use cases that the app and the command line share. No terminal is known here."""
