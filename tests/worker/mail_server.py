"""A minimal mail server on this machine (RFC 5321), whose replies a test chooses."""

import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class MailServer:
    """`says` has the answer to a command, as `RCPT`, where it is not to be yes.

    The end of a letter is `.`, and to connect is `HERE`; no answer: the connection ends.
    """

    port: int = 0
    says: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    """To whom, and the letter."""

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    told = MailServer()
    handler = type("Handler", (_Handler,), {"told": told})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        told.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield told
        server.shutdown()


class _Handler(socketserver.StreamRequestHandler):
    """One connection."""

    told: MailServer
    _to = ""

    def handle(self) -> None:
        goes_on = self._say("HERE", "220 here")
        while goes_on and (line := self.rfile.readline().decode().strip()):
            goes_on = self._answer(re.split("[ :]", line.upper())[0], line)

    def _answer(self, verb: str, line: str) -> bool:
        """False: the connection is over."""
        if verb == "RCPT":
            self._to = line.partition("<")[2].partition(">")[0]
        if verb == "DATA":
            return self._say("DATA", "354 go on") and self._take()
        if verb == "QUIT":
            self._say("QUIT", "221 bye")
            return False
        return self._say(verb, "250 yes")

    def _take(self) -> bool:
        letter = message_from_bytes(b"".join(iter(self.rfile.readline, b".\r\n")), policy=policy.default)
        assert isinstance(letter, EmailMessage)
        if not self.told.says.get(".", "250").startswith(("4", "5")):
            self.told.taken.append((self._to, letter))
        return self._say(".", "250 taken")

    def _say(self, at: str, usual: str) -> bool:
        """False: instead of an answer the connection ends."""
        answer = self.told.says.get(at, usual)
        if not answer:
            self.connection.shutdown(socket.SHUT_RDWR)
            return False
        self.wfile.write(f"{answer}\r\n".encode())
        return True
