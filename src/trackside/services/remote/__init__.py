"""A store on another machine, read through the user's own ssh.

`near` is the end that is here, `far` the one on a machine with trackside, `bare` what a machine without is sent and the
copy that is kept of its store; `protocol` is what both ends say to each other.
"""
