"""The pure core: no I/O, no clock, no event loop.

Glossary, one word per idea:

- *report type*: one of the tables a platform can produce, described by a literal in a backend's catalogue.
- *window*: the inclusive days a report covers, in one named time zone.
- *period*: the words a caller uses for a window (`last_month`, `2026-Q3`).
- *order*: one request for one report, with a life on the platform: PENDING, PROCESSING, DONE or FAILED.
- *report*: the CSV that a DONE order gives.
- *typed table*: a report's rows with values in place of texts, in one or several Parquet parts.
- *summary*: the answer computed from a report.
- *measure*: a number the engine counts or adds; *figure*: a measure, or a ratio of measures.
- *grouping*: a part of a moment to group rows by: day, month, hour or weekday.
- *backend*: an analytics service behind the port.
- *principal*: whoever the orders and reports belong to.
- *fingerprint*: what makes two requests equal: backend, principal, type, window, options.
"""
