"""A stand-in for the model behind Claude Code: it follows a script and remembers what it was shown.

It speaks as much of Anthropic's Messages API as the program needs, streamed (mcp.md 6.5, tried on 2026-11-21), and
knows nothing of our server.
"""

import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from unique_analytics_mcp.simulator import serve_in_thread

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One call that the model makes."""

    tool: str
    arguments: Entry


@dataclass
class ScriptedModel:
    """Makes the calls of a script, one after the other, and then says that it is done."""

    script: Sequence[Step]
    url: str = ""
    shown: list[str] = field(default_factory=list)
    """What each call gave it, as the host put it."""

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/v1/messages", self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> Response:
        asked: Entry = await request.json()
        given = given_by_tools(asked)
        self.shown = max(self.shown, given, key=len)
        block, reason = self._next(len(given)) if asked.get("tools") else (saying("A title"), "end_turn")
        return StreamingResponse(streamed(asked["model"], block, reason), media_type="text/event-stream")

    def _next(self, done: int) -> tuple[list[Entry], str]:
        if done < len(self.script):
            return calling(done, self.script[done]), "tool_use"
        return saying("Done."), "end_turn"


def given_by_tools(asked: Entry) -> list[str]:
    """The results of all calls in a conversation, as text."""
    blocks = [block for message in asked["messages"] for block in message["content"] if isinstance(block, dict)]
    return [
        json.dumps(block["content"], ensure_ascii=False) if isinstance(block["content"], list) else block["content"]
        for block in blocks
        if block["type"] == "tool_result"
    ]


def saying(text: str) -> list[Entry]:
    """A block of text, and what fills it."""
    return [{"type": "text", "text": ""}, {"type": "text_delta", "text": text}]


def calling(number: int, step: Step) -> list[Entry]:
    """A block with a call, and what fills it."""
    return [
        {"type": "tool_use", "id": f"toolu_{number}", "name": step.tool, "input": {}},
        {"type": "input_json_delta", "partial_json": json.dumps(step.arguments)},
    ]


def streamed(model: str, block: Sequence[Entry], reason: str) -> Iterator[str]:
    """A message of one block as server-sent events."""
    begun, filled = block
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": [], "usage": usage}
    yield event("message_start", message={**message, "stop_reason": None, "stop_sequence": None})
    yield event("content_block_start", index=0, content_block=begun)
    yield event("content_block_delta", index=0, delta=filled)
    yield event("content_block_stop", index=0)
    yield event("message_delta", delta={"stop_reason": reason, "stop_sequence": None}, usage={"output_tokens": 1})
    yield event("message_stop")


def event(kind: str, **content: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **content})}\n\n"


@contextmanager
def modelled(*script: Step) -> Generator[ScriptedModel]:
    """Served while the block runs."""
    model = ScriptedModel(script)
    with serve_in_thread(model.app) as model.url:
        yield model
