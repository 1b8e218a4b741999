"""Believable reports of any size, the same on every machine. Knows columns, no platform and no measuring."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Final

_COLUMNS: Final = (
    "S/N,User ID,Assistant ID,Chat ID,App ID,Language Model,Spent,Input Tokens,Completion Tokens,Timestamp\n"
)
_MODELS: Final = ("AZURE_GPT_4o_2024_1120", "AZURE_GPT_5_2025_0807", "litellm:anthropic-claude-sonnet-4-5")
_START: Final = datetime(2026, 10, 1, 6, tzinfo=UTC)
_BUFFER_BYTES: Final = 1 << 20


def write_model_usage(path: Path, *, size_bytes: int) -> None:
    """Write MODEL_USAGE, the largest of the reports: the last row is the one that reaches the size."""
    written = len(_COLUMNS)
    with path.open("w", encoding="ascii", newline="", buffering=_BUFFER_BYTES) as file:
        file.write(_COLUMNS)
        for row in _model_usage_rows():
            written += file.write(row)
            if written >= size_bytes:
                return


def _model_usage_rows() -> Iterator[str]:
    chance = Random(7)
    people = [f"{chance.randrange(10**17, 10**18)}" for _ in range(400)]
    assistants = [f"assistant_{chance.getrandbits(96):024x}" for _ in range(40)]
    for number in count(1):
        tokens = int(chance.expovariate(1 / 1800)) + 40
        answered = int(chance.expovariate(1 / 350)) + 5
        moment = _START + timedelta(milliseconds=2417 * number)
        yield (
            f"{number},{people[int(400 * chance.random() ** 2)]},{assistants[int(40 * chance.random() ** 3)]},"
            f"chat_{chance.getrandbits(96):024x},app_mgm7l3vkhkk6rtrxfr1xyvc2,{_MODELS[number % 3]},"
            f"{(tokens * 25 + answered * 100) / 1e7:.7f},{tokens},{answered},{moment:%Y-%m-%dT%H:%M:%S}.000Z\n"
        )
