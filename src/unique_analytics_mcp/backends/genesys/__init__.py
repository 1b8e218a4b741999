"""Genesys Cloud: conversation analytics behind the port."""
