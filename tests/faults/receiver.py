"""A mail server that can hang, refuse, redirect, dawdle and lose replies, and writes down every id it took."""

import asyncio
import email
import socket
from collections.abc import Awaitable, Callable
from enum import IntEnum
from pathlib import Path

from tests.faults.control import Control, Dial

Take = Callable[[str], object]
Say = Callable[[str], Awaitable[None]]


class Manner(IntEnum):
    """How it behaves to those who connect now."""

    WELL = 0
    HANGS = 1  # takes the connection and says nothing
    BUSY = 2  # 451 after the message
    REFUSES = 3  # 550 for the recipient
    REDIRECTS = 4  # 551, try another host
    DAWDLES = 5  # a character at a time
    LOSES_REPLY = 6  # takes the message, and the connection breaks before the reply
    SLOW = 7  # takes a tenth of a second, so that kills hit


def serve(listener: socket.socket, ledger: Path, control: Control) -> None:
    """Serve for ever. A taken message is one line `id` in the ledger, written before the reply."""
    asyncio.run(_serve(listener, ledger, control))


async def _serve(listener: socket.socket, ledger: Path, control: Control) -> None:
    with ledger.open("a", buffering=1) as file:

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await _talk(reader, writer, file.write, Manner(int(control[Dial.RECEIVER])))
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                pass  # the sender went away
            finally:
                writer.close()

        async with await asyncio.start_server(talk, sock=listener, limit=2**20) as server:
            await server.serve_forever()


async def _talk(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, take: Take, manner: Manner
) -> None:
    if manner is Manner.HANGS:
        await asyncio.sleep(30)
        return
    pieces = list if manner is Manner.DAWDLES else _whole

    async def say(line: str) -> None:
        for part in pieces(line):
            writer.write(part.encode())
            await writer.drain()
            await asyncio.sleep(0.2 if manner is Manner.DAWDLES else 0)

    await say("220 receiver\r\n")
    while line := (await reader.readline()).decode(errors="replace").strip():
        verb = line[:4].upper()
        if verb == "DATA":
            await say("354 go on\r\n")
            if not await _received(await reader.readuntil(b"\r\n.\r\n"), take, manner, say):
                return
        else:
            await say(ANSWERS.get((verb, manner), "250 fine\r\n"))
            if verb == "QUIT":
                return


ANSWERS = {
    ("RCPT", Manner.REFUSES): "550 no such person\r\n",
    ("RCPT", Manner.REDIRECTS): "551 try <a@elsewhere.example>\r\n",
}


def _whole(line: str) -> list[str]:
    return [line]


async def _received(body: bytes, take: Take, manner: Manner, say: Say) -> bool:
    """Take a message or not; return whether the connection goes on."""
    if manner is Manner.BUSY:
        await say("451 later\r\n")
        return True
    if manner is Manner.SLOW:
        await asyncio.sleep(0.1)
    take(f"{email.message_from_bytes(body)['Message-ID']}\n")
    if manner is Manner.LOSES_REPLY:
        return False
    await say("250 taken\r\n")
    return True
