"""An import inside the database: typed rows staged, checked and written by set-based statements."""

from workers.staging.desk import Desk
from workers.staging.draft import Draft, Order
from workers.staging.intake import Intake
from workers.staging.warnings import Warned
from workers.staging.write import Written

__all__ = ["Desk", "Draft", "Intake", "Order", "Warned", "Written"]
