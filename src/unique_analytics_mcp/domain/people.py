"""Pseudonyms: what stands for people where the operator wants no name to be seen.

Pure. Keyed hashes: without the key nobody can tell who is meant, not even by trying every name there is; with it the
same person has the same pseudonym everywhere. Where the key comes from and what is replaced is decided elsewhere.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

PEOPLE_REPLACED: Final = "People are shown under pseudonyms made here"
"""How the remark begins on a report whose people were replaced."""

TEXTS_LEFT_OUT: Final = "What people wrote is left out"
"""How the remark begins on a report whose texts were replaced."""

KEY_BYTES: Final = 32
"""Length of a key that is made here."""

_DIGITS: Final = 12  # 48 bits: among 100,000 people two share a pseudonym with a chance of 1 in 56,000
_OTHER: Final = r"[^\s@\uff20<>()\[\]{}\"',;:|/\\=&?*`]"  # what an address is not, or hardly ever, made of
_MAIL: Final = re.compile(rf"(?<!{_OTHER}){_OTHER}++[@\uff20]{_OTHER}*\w")  # begins and ends once: linear in time
NOBODY: Final = "unknown"
"""What anonymised people are called, all of them, in lower case: `Unknown` (unique-api.md section 4)."""

_NAMELESS: Final = frozenset({"", NOBODY})


def are_replaced(remarks: Iterable[str]) -> bool:
    """True for the remarks of a report in which pseudonyms stand for people, or for what they wrote."""
    return any(remark.startswith((PEOPLE_REPLACED, TEXTS_LEFT_OUT)) for remark in remarks)


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """The pseudonyms of one key."""

    key: bytes = field(repr=False)

    @property
    def identity(self) -> str:
        """Equal for equal keys, and no help in finding one."""
        return self._digest("identity", "")

    def of_person(self, value: str) -> str:
        """`person-…` for a mail address, however it is spelled or framed; `name-…` for anything else that names one.

        Empty values and the word Unknown name nobody and stay.
        """
        if value.strip().casefold() in _NAMELESS:
            return value
        mail = _MAIL.search(value)
        return self._of_mail(mail) if mail else f"name-{self._digest('name', value.strip().casefold())}"

    def of_text(self, value: str) -> str:
        """`text-…`, the same for equal texts, so that they can be counted; blank texts stay."""
        return f"text-{self._digest('text', value)}" if value.strip() else value

    def without_mails(self, value: str) -> str:
        """The value with `person-…` for each mail address in it."""
        return _MAIL.sub(self._of_mail, value) if "@" in value or "\uff20" in value else value

    def _of_mail(self, mail: re.Match[str]) -> str:
        return f"person-{self._digest('mail', _address(mail[0]))}"

    def _digest(self, kind: str, value: str) -> str:
        return hmac.digest(self.key, f"{kind} {value}".encode(), "sha256").hex()[:_DIGITS]


def _address(mail: str) -> str:
    """One spelling of an address."""
    return mail.casefold().replace("\uff20", "@").lstrip("+-.!#$%^~")
