"""The questions, as lists: what people ask, the calls that should answer it, and what must come out.

Who asks what is from the vendor's own roles (unique-api.md section 8). What must come out is counted from the
platform's CSV when the question is asked; no number here is from an earlier run.

- `use.py`        who uses which assistant, how much, and what changed
- `knowledge.py`  what answers cite, and who brings documents in
- `platform.py`   features, models and satisfaction
- `handling.py`   orders, pages, files, catalogue
- `refusals.py`   what cannot be, and the words that help out of it
- `rates.py`      people active, scores and costs: what is averaged or divided, never added
- `older.py`      what the older Unique API is asked
- `centre.py`     what Genesys Cloud is asked: queues, handle time, reasons, service level
- `types.py`      the types of reports, in short words
"""

from typing import Final

from probes.asking import Question
from probes.questions.handling import HANDLING
from probes.questions.knowledge import KNOWLEDGE
from probes.questions.platform import PLATFORM
from probes.questions.rates import RATES
from probes.questions.refusals import REFUSALS
from probes.questions.use import USE

QUESTIONS: Final[tuple[Question, ...]] = (*USE, *KNOWLEDGE, *PLATFORM, *RATES, *HANDLING, *REFUSALS)
"""All of the public API's, in the order they are asked."""
