"""What a run printed, as a terminal would show it."""
