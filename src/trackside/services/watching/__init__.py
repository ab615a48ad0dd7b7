"""Watching runs: what happens to them that somebody wants to be told of, and how it is told.

`events.py` says what happened to a run, `watch.py` what of it is new, `telling.py` hands it on until it has arrived;
`message.py` is what is told, `webhook.py` and `program.py` are ways to tell it. `helper.py` is the process that goes on
after logout. None of it knows a screen.
"""
