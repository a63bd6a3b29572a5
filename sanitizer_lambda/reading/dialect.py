"""How text becomes cells: delimiter, quote, escape, record ends."""

from __future__ import annotations

from dataclasses import dataclass

# What stands for the delimiter of a table of one column, in which no character divides cells.
NO_DELIMITER = "\x1d"


@dataclass(frozen=True, slots=True)
class Dialect:
    """``delimiter``: ``NO_DELIMITER`` where lines are whole cells. ``quote`` None: no cell is quoted.

    ``escape`` None: a quote inside quotes is doubled. ``newline``: ``LF``, ``CRLF``, ``CR`` or ``MIXED``; whatever it
    says, each of the three ends a record. ``runs``: any number of blanks, at least as many as ``delimiter`` has, is one
    delimiter, and those at the ends of a line are none; there are no quotes then.
    """

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    newline: str = "LF"
    runs: bool = False

    def cut(self, line: str) -> list[str]:
        """Return the cells of a line without quotes."""
        if not self.runs:
            return line.split(self.delimiter)
        if self.delimiter == " ":
            return [cell for cell in line.split(" ") if cell]
        return [cell.strip(" ") for cell in line.strip(" ").split(self.delimiter) if cell.strip(" ")]

    @property
    def shown_delimiter(self) -> str:
        """The delimiter to name to people and to write with: blanks around it are how the file is laid out."""
        if self.delimiter == NO_DELIMITER:
            return ","
        return " " if self.runs else self.delimiter.strip(" ") or " "

    @property
    def is_plain(self) -> bool:
        """One ASCII byte as the delimiter, cells in double quotes, quotes doubled: bytes may be copied through."""
        return (
            len(self.delimiter) == 1
            and self.delimiter.isascii()
            and self.quote == '"'
            and self.escape is None
            and self.newline in {"LF", "CRLF"}
        )
