"""Verifying all that a store holds, and saving what can be saved. Damaged files are kept, in `aside/`."""
