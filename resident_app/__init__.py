"""The site, phone line, console and worker for residents who ask whether their record was shared with ICE."""

__version__ = "0.6.0"
