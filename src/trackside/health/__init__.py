"""What a curve's shape says of a run's health: a sketch of each curve, and one file for each rule that reads sketches.

HEALTH.md tells a person what each rule says, and why. The rules know no file, no run and no screen.
"""
