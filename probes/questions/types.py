"""The types of reports, in short words for the lists."""

from __future__ import annotations

from typing import Final

CHAT: Final = "CHAT_INTERACTION"
DETAILED: Final = "CHAT_INTERACTION_DETAILED"
ACTIVE: Final = "ACTIVE_USER"
PROMPTS: Final = "USER_CHAT_EXPORT"
CITED: Final = "REFERENCE_STAT"
INGESTED: Final = "INGESTION_STAT"
METRICS: Final = "PRODUCT_METRICS"
USAGE: Final = "MODEL_USAGE"
NPS: Final = "NPS"
