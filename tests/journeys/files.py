"""Files of the product's kinds, made to size."""

from __future__ import annotations

from pathlib import Path


def suites(path: Path, rows: int, *, first: int = 0, name: str = "Suite") -> Path:
    """Write ``rows`` suite templates with codes from ``first`` on."""
    lines = ["code,name,suite_type,bedrooms,area,area_unit,base_price,currency,quantity"]
    lines += [
        f"S{number:06},{name} {number},APARTMENT,{number % 5},{40 + number % 60}.5,SQM,{200_000 + number}.00,CAD,3"
        for number in range(first, first + rows)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path
