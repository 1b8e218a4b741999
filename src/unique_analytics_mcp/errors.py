"""Every error this package raises on purpose, as one tree.

AnalyticsError
├── InvalidRequest            the caller can mend it; nothing was sent
├── ConfigurationError        the operator can mend it; nothing was sent
├── BackendError              the platform refused or could not be reached
│   ├── NotAuthenticated      401
│   ├── NotAllowed            403, usually a missing role
│   ├── OrderNotFound         404
│   ├── OrderNotReady         the report is asked for before the order is DONE
│   ├── RequestRefused        400 and 422: the platform's own validation
│   ├── RateLimited           429
│   ├── BackendUnavailable    no connection, time-out, 5xx
│   ├── UnexpectedAnswer      an answer that is not what the documents promise
│   └── SubmissionUnclear     nobody can say whether the order was placed
├── LimitReached              the caller asks for more than the operator grants within a time
├── OrderFailed               the platform gave the order up (FAILED, ERROR)
├── ReportUnreadable          the report's bytes cannot be read as a table
├── QueryEnded                a query ran into a limit of the sealed engine
└── StoreError                the store or the audit file cannot keep or give something

A message says what happened in our words, `hint` the one next step. Neither ever holds a secret or an upstream body,
nor a path but one that the operator typed, so both may be shown to a model. This module knows nothing of HTTP or MCP.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import ClassVar, Self


class AnalyticsError(Exception):
    """The root: catch it to catch all of this package's own errors."""

    retryable: ClassVar[bool] = False
    """Whether the same call may succeed later without anybody changing anything."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def about(self, what: str, *, hint: str | None = None) -> Self:
        """The same error, saying first what it is about: one of several orders; `hint` stands in for its own."""
        return self._told(f"{what}: {self.message}", self.hint if hint is None else hint)

    def adding(self, sentence: str) -> Self:
        """The same error, its message one sentence longer."""
        return self._told(f"{self.message} {sentence}", self.hint)

    def reworded(self, words: Mapping[str, str]) -> Self:
        """The same error with other words for some, the keys of `words`."""
        message, hint = self.message, self.hint
        for said, meant in words.items():
            message, hint = message.replace(said, meant), hint.replace(said, meant)
        return self._told(message, hint)

    def _told(self, message: str, hint: str) -> Self:
        told = type(self).__new__(type(self), message)
        told.__dict__.update(self.__dict__, message=message, hint=hint)
        return told

    def __reduce__(self) -> tuple[object, ...]:
        """Whole in another process too, such as the one that gave a worker its task."""
        return partial(type(self), hint=self.hint), (self.message,), self.__dict__

    def __str__(self) -> str:
        """One paragraph: what happened, then the way out."""
        return f"{self.message} {self.hint}".strip()


class InvalidRequest(AnalyticsError):
    """The request breaks a rule that is known before any call: no byte went upstream."""


class ConfigurationError(AnalyticsError):
    """A setting is missing or impossible: no byte went upstream."""


class BackendError(AnalyticsError):
    """The analytics platform refused, failed or could not be reached."""


class NotAuthenticated(BackendError):
    """The platform did not accept the credentials (401)."""


class NotAllowed(BackendError):
    """The platform knows the caller but a role is missing or a route is blocked (403)."""


class OrderNotFound(BackendError):
    """The platform has no such order (404), or no analytics orders at this address."""


class OrderNotReady(BackendError):
    """The report was asked for before its order was DONE (400 or 409 on a download)."""

    retryable = True


class RequestRefused(BackendError):
    """The platform's own validation refused the request (400, 422)."""


class RateLimited(BackendError):
    """The platform throttles (429)."""

    retryable = True

    def __init__(self, message: str, *, hint: str, retry_after_s: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class BackendUnavailable(BackendError):
    """No connection, no answer in time, or a 5xx after the allowed number of tries."""

    retryable = True


class UnexpectedAnswer(BackendError):
    """The answer is not what the documents promise: HTML or JSON for CSV, an order without an id, a cut body."""


class SubmissionUnclear(BackendError):
    """The order may or may not have been placed, and the platform's list could not settle it."""

    retryable = True


class LimitReached(AnalyticsError):
    """The caller used up what the operator grants to each; nothing was sent."""

    retryable = True


class OrderFailed(AnalyticsError):
    """The platform ended the order without a report."""


class ReportUnreadable(AnalyticsError):
    """The report's bytes cannot be read as the table they should be; the bytes are kept."""


class QueryEnded(AnalyticsError):
    """A query over reports ran into its limit of time or memory, or ended its engine; the server goes on."""


class StoreError(AnalyticsError):
    """The store or the audit file cannot keep or give something: a disk is full, a bucket or Redis away."""
