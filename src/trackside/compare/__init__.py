"""Whether a difference is real: statistics as pure functions over arrays. It knows no store, no run and no screen."""
