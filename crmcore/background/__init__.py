"""Long work in a process of its own: whoever waits stays quick, and the work can be stopped at any moment.

`process.Process` starts the work and tells how it goes; `works` says what can be done, `child` does it.
"""
