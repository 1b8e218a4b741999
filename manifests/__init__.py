"""Files that tell others how to run the server: made by `python -m manifests`, kept in the repository."""
