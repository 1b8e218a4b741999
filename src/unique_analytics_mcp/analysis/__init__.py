"""From a report's CSV to its figures: `intake.convert`, `figures.figures` and `pages.page`.

The only layer that knows DuckDB. Everything here blocks and belongs into a worker thread; nothing here knows orders,
backends, the store's layout or MCP. Importing it loads nothing heavy.
"""
