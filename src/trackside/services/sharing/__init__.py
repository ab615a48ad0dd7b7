"""What a screen shows as something to hand on: a link that opens it again, a command that prints it, a file."""
