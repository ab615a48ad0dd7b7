"""The end that is on the machine with the store, where trackside is installed."""
