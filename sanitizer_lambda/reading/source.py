"""The bytes of a file: a sample of its head, then blocks of one size, whatever the sizes they arrive in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# What detection looks at: enough rows that the widest table shows its columns.
SAMPLE_BYTES = 256 * 1024
# What is decoded and cut at a time: text and cells of a block stay in the processor's cache, which doubles the speed.
BLOCK_BYTES = 32 * 1024


class Source:
    """A file's bytes, to be iterated over once. ``sample``: its head; ``complete``: whether that is all of it."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        held = bytearray()
        self.complete = True
        for chunk in self._chunks:
            held += chunk
            if len(held) > SAMPLE_BYTES:
                self.complete = False
                break
        self.sample = bytes(held[:SAMPLE_BYTES])
        self._held = held

    def blocks(self, start: int = 0) -> Iterator[tuple[bytes, bool]]:
        """Yield each block from byte ``start`` of the sample on, and whether it is the last; at least one."""
        block: bytes | None = None
        for following in self._cut(start):
            if block is not None:
                yield block, False
            block = following
        yield block or b"", True

    def _cut(self, start: int) -> Iterator[bytes]:
        held, self._held = self._held, bytearray()
        position = start
        for chunk in self._rest():
            held += chunk
            while len(held) - position >= BLOCK_BYTES:
                yield bytes(held[position : position + BLOCK_BYTES])
                position += BLOCK_BYTES
            del held[:position]
            position = 0
        if held:
            yield bytes(held)

    def _rest(self) -> Iterator[bytes]:
        yield b""
        yield from self._chunks
