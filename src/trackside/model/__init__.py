"""What a run is: frozen types, ids, statuses, summaries and errors.

Standard library and msgspec only, so that a training script that imports it pays for nothing else.
It knows no file, no database and no screen.
"""
