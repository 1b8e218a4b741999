"""The command line: a module for each command, and what they share. Part of the top.

- `parsing.py`   what may be written: the commands and their arguments
- `ending.py`    what signals do
- `telling.py`   the program's name, its exit codes, and lines on stderr
- `chosen.py`    the settings a command runs with: the operator's, or those of a simulated platform
- `serve.py`, `demo.py`, `simulate.py`, `report.py`, `doctor.py`, `audit.py`   from arguments to an exit code

A command is imported when it is run, and what is heavy by the function that needs it.
"""
