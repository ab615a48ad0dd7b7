"""A store on another machine, read through the user's own ssh.

`near` is the end that is here, `far` the one on a machine with trackside. A machine without is sent what is in `bare`,
and a copy of its store is kept by `copies`. `protocol` is what both ends say to each other.
"""
