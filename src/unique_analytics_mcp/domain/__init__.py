"""The pure core: no I/O, no clock, no event loop.

Glossary, one word per idea:

- *report type*: one of the tables a platform can produce, described by a literal in a backend's catalogue.
- *window*: the inclusive days a report covers, in one named time zone.
- *period*: the words a caller uses for a window (`last_month`, `2026-Q3`).
- *order*: one request for one report, with a life on the platform: PENDING, PROCESSING, DONE or FAILED.
- *attempt*: the note that an order is about to be placed.
- *report*: the CSV that a DONE order gives; *intake*: what reading it found.
- *typed table*: a report's rows with values in place of texts, in one or several Parquet parts.
- *summary*: the answer computed from a report.
- *measure*: a number the engine counts or adds; *figure*: a measure, or a ratio of measures.
- *grouping*: a part of a moment to group rows by, such as day, month or hour.
- *reading*: a number that says how things stood and is never added; *cadence*: how often one is taken.
- *plan*: the orders that answer a question; *summary plan*: the figures and tables that a report is summed up as.
- *backend*: an analytics service behind the port.
- *principal*: whoever the orders and reports belong to; *caller*: who asks over HTTP with a login of their own.
- *shelf*: what the store keeps for one principal; *desk*: one principal's orders and reports on one backend.
- *fingerprint*: what makes two requests equal: backend, principal, type, window, options.
"""
