"""Hosts without trackside: the agent that their Python is sent, and the copy of the store that is kept here."""
