"""The end that is here: ssh, the connection that is made again, and the store that is read over it."""
