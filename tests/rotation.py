"""A proxy on loopback that gives connections to several servers in turn, as a cluster's Service does.

It passes bytes as they come and knows nothing of HTTP.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import anyio
from anyio.abc import ByteStream, SocketAttribute, SocketStream

FAREWELLS = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError)


@dataclass
class Rotation:
    """Servers by their addresses, of which the next connection goes to the first."""

    members: list[str] = field(default_factory=list)

    def replace(self, old: str, new: str) -> None:
        """No further connection goes to the old one."""
        self.members[self.members.index(old)] = new

    async def _pass_on(self, caller: SocketStream) -> None:
        self.members.append(self.members.pop(0))
        address = urlsplit(self.members[-1])
        async with (
            caller,
            await anyio.connect_tcp(str(address.hostname), address.port or 80) as server,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(passed, caller, server, tasks.cancel_scope)
            tasks.start_soon(passed, server, caller, tasks.cancel_scope)


async def passed(source: ByteStream, target: ByteStream, both: anyio.CancelScope) -> None:
    """All bytes, until either side has gone."""
    try:
        async for chunk in source:
            await target.send(chunk)
    except FAREWELLS:
        pass
    both.cancel()


@asynccontextmanager
async def rotating(*members: str) -> AsyncGenerator[tuple[str, Rotation]]:
    """Served while the block runs, at an address with the path of its members."""
    rotation = Rotation(list(members))
    async with (
        await anyio.create_tcp_listener(local_host="127.0.0.1") as listener,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(listener.serve, rotation._pass_on)
        port = listener.extra(SocketAttribute.local_port)
        yield f"http://127.0.0.1:{port}{urlsplit(members[0]).path}", rotation
        tasks.cancel_scope.cancel()
