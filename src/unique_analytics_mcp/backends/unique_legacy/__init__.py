"""The older Unique API: a GET that starts a job, GraphQL that lists and deletes, a download."""
