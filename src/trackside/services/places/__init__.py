"""From the places that a person names to stores that are open: their own ones, and mirrors of other systems."""
