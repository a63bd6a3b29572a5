"""Sound records to canonical CSV without a list of cells: quotes stay where they must be, delimiters become commas."""

from __future__ import annotations

# What stands for a cell in quotes, and for a line break in one: no harmless record holds either.
_CELL = "\0"
BREAK = "\1"


def recut(text: str, delimiter: str, *, folded: bool = False) -> str:
    """Return harmless records, with LF after each, as canonical CSV.

    ``folded``: cells in quotes may hold line breaks, which are ``BREAK`` in what is returned.
    """
    if '"' not in text:
        return _bare(text, delimiter)
    pieces = text.split('"')
    inside = pieces[1::2]
    if folded:
        inside = '"'.join(inside).replace("\n", BREAK).split('"')
        cells = [f'"{cell}"' if "," in cell or BREAK in cell else cell for cell in inside]
    else:
        cells = [f'"{cell}"' if "," in cell else cell for cell in inside]
    outside = pieces[::2]
    _join_doubled(outside, inside, cells)
    pieces[::2] = outside if delimiter == "," else _bare(_CELL.join(outside), delimiter).split(_CELL)
    pieces[1::2] = cells
    return "".join(pieces)


def _bare(text: str, delimiter: str) -> str:
    """Return records without quotes as canonical CSV."""
    if delimiter == ",":
        return text
    if "," not in text:
        return text.replace(delimiter, ",")
    cells = text.replace("\n", f"{delimiter}\n{delimiter}").split(delimiter)
    return ",".join([f'"{cell}"' if "," in cell else cell for cell in cells]).replace(",\n,", "\n")


def _join_doubled(outside: list[str], inside: list[str], cells: list[str]) -> None:
    """Make one cell of those between which nothing stands: that is a doubled quote."""
    doubled = [index for index, piece in enumerate(outside) if not piece and index]
    done = 0
    for start in doubled:
        if start < done:
            continue
        done = start
        while not outside[done]:
            done += 1
        cells[start - 1] = '"' + '""'.join(inside[start - 1 : done]) + '"'
        cells[start:done] = [""] * (done - start)
