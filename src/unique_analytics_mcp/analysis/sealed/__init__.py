"""Other people's SQL over reports, in a child process that reaches nothing else.

- `pool.py`      our side: children kept warm, a deadline, a kill
- `frames.py`    how the two sides talk: length-prefixed JSON over pipes
- `child.py`     the other side: limits of the operating system, one question at a time
- `tables.py`    the sealed engine and its tables
- `gate.py`      which statements may run, by the engine's own parse tree
- `allowed.py`   the names of functions that a statement may use
- `dialects.py`  what other databases' functions are called here
- `troubles.py`  the engine's errors in our words

Nothing here is a word list over SQL text, and nothing trusts the engine's own limits: see docs/adr/0007. All but
`pool.py` runs in the child and therefore imports little.
"""
