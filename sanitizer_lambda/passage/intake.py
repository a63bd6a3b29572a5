"""The user's bytes on their way in: counted, hashed, held to the limits and to what was declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sanitizer_lambda.contract import Limits, RejectionCode, SanitizeRequest, reject


class Intake:
    """Iterates once over the chunks of a file. Raises FileRejectedError as soon as there are too many bytes."""

    def __init__(self, chunks: Iterable[bytes], request: SanitizeRequest, limits: Limits) -> None:
        import hashlib  # noqa: PLC0415 - loads OpenSSL

        self.size = 0
        self._chunks = iter(chunks)
        self._request = request
        self._limits = limits
        self._hash = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.size += len(chunk)
            self._hash.update(chunk)
            self._check_size()
            yield chunk

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was read so far, in hexadecimal."""
        return self._hash.hexdigest()

    def finish(self) -> None:
        """Read what nobody asked for and compare all of it with what was declared. Raises FileRejectedError."""
        for _ in self:
            pass
        if self.size != self._request.size_bytes:
            raise reject(
                RejectionCode.SIZE_MISMATCH,
                f"The file has {self.size:,} bytes, but {self._request.size_bytes:,} were declared; send it again.",
            )
        if self._request.sha256 is not None and self._request.sha256.lower() != self.sha256:
            raise reject(
                RejectionCode.CHECKSUM_MISMATCH,
                "The file's SHA-256 is not the one declared: it was changed on its way; send it again.",
            )

    def _check_size(self) -> None:
        if self.size > self._limits.max_file_bytes:
            raise reject(
                RejectionCode.FILE_TOO_LARGE,
                f"The file is larger than {self._limits.max_file_bytes:,} bytes; split it.",
            )
        if self.size > self._request.size_bytes:
            raise reject(
                RejectionCode.SIZE_MISMATCH,
                f"The file has more than the {self._request.size_bytes:,} bytes declared; send it again.",
            )
