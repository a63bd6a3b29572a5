"""Pure: a clean row to typed values, or the reasons why it is refused."""

from workers.rows.cells import Form
from workers.rows.dependencies import Dependency
from workers.rows.fault import CellFault, Fault, MarksNeededError
from workers.rows.marks import MarkScan
from workers.rows.reader import RowReader, fold
from workers.rows.side import Field, Record, Side, sides_of
from workers.rows.wild import WEEK_DAYS
from workers.rows.words import nearest

__all__ = [
    "WEEK_DAYS",
    "CellFault",
    "Dependency",
    "Fault",
    "Field",
    "Form",
    "MarkScan",
    "MarksNeededError",
    "Record",
    "RowReader",
    "Side",
    "fold",
    "nearest",
    "sides_of",
]
