"""What goes wrong while the local cloud is started, as one sentence for a person."""


class LocalStackError(Exception):
    """The local cloud, or a part of it, cannot run; the message is one sentence that says why and what to do."""
