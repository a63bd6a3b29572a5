"""`python -m airlock` is `airlock`."""

from airlock.cli import main

main()
