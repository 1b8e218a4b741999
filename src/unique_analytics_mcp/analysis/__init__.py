"""From a report's CSV to its figures: `intake.convert`, `figures.figures` and `pages.page`; and `sealed`, for SQL.

The only layer that knows DuckDB. Everything here blocks and belongs into a worker thread, but for `sealed.pool`, which
waits for a process; nothing here knows orders, backends, the store's layout or MCP. Importing it loads nothing heavy.
"""
