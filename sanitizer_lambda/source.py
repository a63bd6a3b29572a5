"""The bytes of a file in blocks of one size, whatever the sizes they arrive in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# Detection looks at one block; reading holds one block as text and as records. 256 KiB keeps both far below 64 MB
# and is enough rows that the widest table shows its shape. The same blocks whatever the chunks: the same result.
BLOCK_BYTES = 256 * 1024


class Blocks:
    """Iterates over blocks of ``BLOCK_BYTES`` (the last one may be shorter) and can be looked into first."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._blocks = _blocks(chunks)
        self._next = next(self._blocks, None)
        # Whether the first block is all there is; known because one block more has been asked for.
        self.first = self._next or b""
        self._ahead = next(self._blocks, None)

    @property
    def complete(self) -> bool:
        """Whether the first block is the whole file."""
        return self._ahead is None

    def __iter__(self) -> Iterator[tuple[bytes, bool]]:
        """Yield each block and whether it is the last; an empty file yields one empty block."""
        block: bytes | None = self.first
        ahead = self._ahead
        while block is not None:
            yield block, ahead is None
            block, ahead = ahead, next(self._blocks, None)


def _blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) >= BLOCK_BYTES:
            yield bytes(held[:BLOCK_BYTES])
            del held[:BLOCK_BYTES]
    if held:
        yield bytes(held)
