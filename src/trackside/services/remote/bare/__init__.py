"""What a host without trackside is sent: an agent that reads files, for the time of one connection."""
