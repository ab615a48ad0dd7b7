"""`trackside agent`: the end of a connection that is on the machine with the store. No person types it."""

import os
import sys

import click


@click.command("agent", short_help="Answer a trackside on another machine; ssh:// starts it.")
@click.argument("version", metavar="VERSION", type=int)
def agent_command(version: int) -> None:
    """Answer, over standard input and output, what a trackside on another machine asks of a store here.

    VERSION is what the other one speaks. `trackside ssh://host/path` there starts it through ssh, and it ends with it.
    """
    from trackside.services.remote.far import agent
    from trackside.services.remote.protocol import wire

    if version != wire.VERSION:
        raise click.UsageError(f"version {version} is not spoken here, {wire.VERSION} is")
    # What else is printed must not come between the messages.
    told = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    agent.serve(sys.stdin.buffer, told)
