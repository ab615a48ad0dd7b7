"""The tabs of the Compare screen."""
