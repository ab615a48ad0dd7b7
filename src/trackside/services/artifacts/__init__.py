"""The files of a run's artifacts, and what each of them shows."""
