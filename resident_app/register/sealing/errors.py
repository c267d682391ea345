"""What can end a sealing, each with one line for the person at the terminal."""


class SealingError(Exception):
    """The sealing cannot go on; the message says why, and names a file or an option, never a row."""


class NotReadableFile(SealingError):
    """An input is missing, in an unknown encoding, or lacks a column."""


class AlreadySealing(SealingError):
    """Another process is at work on the same output or the same job."""


class NothingToJoin(SealingError):
    """No job in the work database was made from these files with this key."""


class InputChanged(SealingError):
    """An input is no longer what was read first."""
