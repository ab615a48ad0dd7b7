"""What reaches the terminal: not more than changed, not faster than it keeps up, and no process but tmux's."""
