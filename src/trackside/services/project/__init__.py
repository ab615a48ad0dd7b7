"""What was decided of a project: its baseline, its metrics' goals, what does not matter."""
