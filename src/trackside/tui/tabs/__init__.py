"""The tabs of the Run screen, one small widget each."""
