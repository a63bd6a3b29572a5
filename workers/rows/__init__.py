"""Pure: a clean row to typed values, or the reasons why it is refused."""

from workers.rows.columns import ColumnReader, Columns, Part
from workers.rows.copied import NULL, copied
from workers.rows.dependencies import Dependency, read_dependencies
from workers.rows.fault import CellFault, Fault, MarksNeededError
from workers.rows.marks import MarkScan
from workers.rows.reader import RowReader, fold
from workers.rows.side import Field, Record, Side, sides_of
from workers.rows.wild import WEEK_DAYS
from workers.rows.words import nearest

__all__ = [
    "NULL",
    "WEEK_DAYS",
    "CellFault",
    "ColumnReader",
    "Columns",
    "Dependency",
    "Fault",
    "Field",
    "MarkScan",
    "MarksNeededError",
    "Part",
    "Record",
    "RowReader",
    "Side",
    "copied",
    "fold",
    "nearest",
    "read_dependencies",
    "sides_of",
]
