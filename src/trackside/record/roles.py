"""What a process is to the run that it writes of."""

MAIN = "main"
CHILD = "child"
JOINED = "joined"
_OF_ONE_PROCESS = (MAIN, JOINED)


def role_of_child(role: str) -> str:
    """The role, in the same run, of a process that was made by one in `role`."""
    return CHILD if role in _OF_ONE_PROCESS else role
