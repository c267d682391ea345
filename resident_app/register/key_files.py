"""Make the key files that a deployment needs beside the register key: each purpose has a key of its own."""

from pathlib import Path

from resident_app.private_files import make_private_folder, write_private
from resident_app.register.signatures import make_signing_key, private_line
from resident_app.security.audit_keys import new_audit_key
from resident_app.security.public_keys import make_public_keys
from resident_app.settings import KeyFileSettings


def make_key_files(settings: KeyFileSettings) -> list[tuple[Path, str]]:
    """Write the key files that are missing. Returns each with who may hold it. Raises OSError."""
    make_private_folder(settings.instance_dir)
    written: list[tuple[Path, str]] = []

    def write(path: Path, contents: str, holder: str) -> None:
        write_private(path, contents.encode())
        written.append((path, holder))

    if not settings.public_keys_path.exists():
        write(settings.public_keys_path, make_public_keys(), "the public processes and the sealing machine")
    signing, publisher = settings.edition_signing_key_path, settings.publisher_key_path
    if not (signing.exists() or publisher.exists() or settings.verify_keys_path.exists()):
        edition_key, publisher_key = make_signing_key("edition-signing"), make_signing_key("publisher")
        write(signing, private_line(edition_key), "the sealing machine alone")
        write(publisher, private_line(publisher_key), "the person who publishes; no server process")
        write(settings.verify_keys_path, edition_key.public_line + publisher_key.public_line, "every process")
    if not settings.audit_key_path.exists():
        write(settings.audit_key_path, new_audit_key(), "the console, the worker and `flask audit`")
    return written
