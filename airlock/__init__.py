"""The front door: the command `airlock`, which composes all the rest."""
