"""A store on another machine, read through the user's own ssh: the address, the connection, and both of its ends."""
