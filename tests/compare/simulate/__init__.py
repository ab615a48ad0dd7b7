"""How often each statistic claims a difference where there is none, and how often it finds one that is there."""
