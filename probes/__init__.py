"""Probes: what people ask, put to the real server, each answer held against a count of its own. `python -m probes`.

- `questions/`     the questions, as lists: the calls, and what must come out
- `claims.py`      what can be demanded of an answer
- `reading.py`     an answer read from its text and from its structured content
- `truth.py`       the platform's own CSV, read without this server; `counting.py`, `days.py`: plain Python over it
- `older.py`       the same of the older Unique API; `centre.py`: the raw conversations of Genesys Cloud
- `platforms.py`   which platform is asked what
- `asking.py`      one question put to a connected server
- `report.py`      what was found, for people and as JSON
"""
