"""Unique AI: the public analytics-order API, its client and its pretend twin."""
