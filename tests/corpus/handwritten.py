"""Small files as people and programs leave them, each of another kind: a few rows must be enough."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from tests.corpus.case import ANY, Case

# Name -> (text, delimiter, quote); the delimiter is None where every line is one cell.
_FILES: dict[str, tuple[str, str | None, str]] = {
    "accounts": ("root:x:0:0:root:/root:/bin/sh\nbin:x:2:2:bin:/bin:/bin/no\nsys:x:3:3:sys:/dev:/bin/no\n", ":", '"'),
    "numbers between blanks": ("x y z\n1.5 2.25 3\n4.0 5.5 6\n7.1 8.2 9\n", " ", '"'),
    "decimal commas, no header": ("1,5;2,7;3,1\n2,5;3,7;4,1\n3,5;4,7;5,1\n", ";", '"'),
    "questions": ("question,answer\nWhat is the capital of France?,Paris\nHow many legs has a spider?,8\n", ",", '"'),
    "lists in cells": ("id,tags\n1,a|b|c\n2,b|c|d\n3,a|c|d\n", ",", '"'),
    "one column of numbers": ("value\n1\n2\n3\n", None, '"'),
    "one column of times": ("12:30:45\n13:01:22\n14:55:00\n", None, '"'),
    "one column of sentences": ("The fox, jumped.\nOver the lazy dog\nAnd then; it slept, a while\n", None, '"'),
    "pipes, no header": ("A1|Widget, large|3.50\nB2|Gadget|4.00\nC3|Thing; odd|1.2\n", "|", '"'),
    "tabs": ("name\tbio\nAnn\tLikes cats, dogs, and birds\nBob\tNo pets\nCy\tHas 3, maybe 4\n", "\t", '"'),
    "dates, times, decimals": ("Datum;Zeit;Wert\n01.02.2023;12:00;3,5\n02.02.2023;13:00;4,5\n", ";", '"'),
    "two rows": ("a;b;c\n1;2;3\n", ";", '"'),
    "one row": ("a;b;c", ";", '"'),
    "JSON in cells": ('id,data\n1,"{""a"":1,""b"":[1,2]}"\n2,"{""a"":3,""b"":[]}"\n', ",", '"'),
    "single quotes": ("'id';'name';'note'\n'1';'O''Neil';'x; y'\n'2';'Smith';'z'\n", ";", "'"),
    "carets": ("id^desc^amt\n1^foo, bar^3\n2^baz^4\n3^q; r^5\n", "^", '"'),
    "tildes and quotes": ('"a"~"b"\n"1"~"x,y"\n"2"~"z"\n', "~", '"'),
    "surname, first name": ('Name,Age\n"Doe, John",34\n"Roe, Jane",28\n', ",", '"'),
    "years": ('Year,Growth (%),Comment\n2001,1.2,"slow, steady"\n2002,-0.3,bad\n2003,2.2,\n', ",", '"'),
    "coordinates": ("lat,lon\n52.5200,13.4050\n48.8566,2.3522\n40.7128,-74.0060\n", ",", '"'),
    "prices in euro": ("item;price\nTea;€ 1.200,50\nCoffee;€ 3,20\n", ";", '"'),
    "empty columns amid": ("a,,b,,c\n1,,2,,3\n4,,5,,6\n", ",", '"'),
    "pipes around": ("| id | name |\n| 1 | Ann |\n| 2 | Bob |\n", "|", '"'),
    "timestamps": ("ts;v\n2024-01-01T00:00:00Z;1\n2024-01-01T00:05:00Z;2\n2024-01-01T00:10:00Z;3\n", ";", '"'),
    "commas only in quotes": ('"a,b","c"\n"d,e","f"\n"g,h","i"\n', ",", '"'),
    "inches": ('size,name\n5" pipe,A\n6" pipe,B\n3/4" rod,C\n', ",", '"'),
    "apostrophes": ("id,txt\n1,it's\n2,'tis the season\n3,don't 'quote' me\n", ",", '"'),
    "line breaks in quotes": ('a\tb\n"x\ny"\t1\n"z"\t2\n', "\t", '"'),
    "a hash as the first name": ("#id,name\n1,a\n2,b\n", ",", '"'),
    "booleans": ("a;b\ntrue;false\nfalse;false\ntrue;true\n", ";", '"'),
    "rows cut short at will": ("a,b,c,d\n1,2\n1,2,3\n1,2,3,4\n1\n", ",", '"'),
}  # fmt: skip


def handwritten() -> Iterator[Case]:
    """Yield each of them; what it means is what the csv module reads when it is told the dialect."""
    for name, (text, delimiter, quote) in _FILES.items():
        lines = text.splitlines(keepends=True)
        rows = (
            [[line.rstrip("\n")] for line in lines]
            if delimiter is None
            else list(csv.reader(lines, delimiter=delimiter, quotechar=quote))
        )
        yield Case("handwritten", name, text.encode(), rows, delimiter, "'" if quote == "'" else ANY)
