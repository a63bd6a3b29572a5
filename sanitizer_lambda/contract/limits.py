"""How large a file may be. Each limit is a setting of the function and of the API, read from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

from sanitizer_lambda.contract.wire import ContractError


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes past which a file is refused by name.

    ``max_file_bytes``: 2 GB, what one function run of 15 minutes cleans with a wide margin.
    ``max_rows``: 2 million records, what one import commits in one transaction.
    ``max_columns``: 1,000; a wider header is never a template and makes every row slow.
    ``max_cell_chars``: 131,072, the field limit of Python's csv module, four times Excel's.
    """

    max_file_bytes: int = 2_000_000_000
    max_rows: int = 2_000_000
    max_columns: int = 1_000
    max_cell_chars: int = 131_072

    def __post_init__(self) -> None:
        """Refuse a limit that would refuse every file."""
        if min(self.max_file_bytes, self.max_rows, self.max_columns, self.max_cell_chars) < 1:
            raise ContractError("every limit must be at least 1")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read ``MAX_FILE_BYTES``, ``MAX_ROWS``, ``MAX_COLUMNS``, ``MAX_CELL_CHARS``; what is absent keeps its default.

        Raises ContractError.
        """
        names = {field.name: environ.get(field.name.upper(), "") for field in fields(cls)}
        wrong = [name.upper() for name, text in names.items() if text and not (text.isascii() and text.isdigit())]
        if wrong:
            raise ContractError(f"{', '.join(wrong)}: a whole number is expected")
        return cls(**{name: int(text) for name, text in names.items() if text})
