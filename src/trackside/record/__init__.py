"""One run being recorded, inside the process that trains.

Standard library and msgspec only. Its one rule: trouble with storage is told once and counted, and never raised into
training. It reads no run and opens no database.
"""
