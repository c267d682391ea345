"""Guard the live edition: a check is answered from a whole, signed edition whose key the evaluator holds.

A deleted row would turn a true card into "no match", and so would a register key that is not the edition's.
So the whole edition is verified against its signature at each switch and every hour, and its probe is opened
at each switch and each new connection to the evaluator. Otherwise no check is answered.
"""

import math
import threading
import time

from sqlalchemy import Engine

from resident_app.register.evaluator.evaluator_client import EvaluatorClient, EvaluatorDown
from resident_app.register.probe import blind_probe, opens_probe
from resident_app.register.publication import EditionStore, LiveEdition, NothingPublished, stored_rows
from resident_app.register.sealed_file import edition_digest
from resident_app.register.signatures import BadSignature, VerifyKeys
from resident_app.security import event_log

VERIFIED_AT_ONCE = 20_000
"""An edition of so many envelopes is verified in a fraction of a second, while the check waits."""
VERIFY_AGAIN_SECONDS = 3600.0
_TRY_AGAIN_SECONDS = 15.0
LOOK_AGAIN_SECONDS = 1.0
"""How old the knowledge of `is_made_up` may be."""


class EditionRefused(Exception):
    """The live edition may not answer: it is not verified, not whole, or not of the evaluator's key."""


class EditionGuard:
    """Says which edition may answer. One for each process; any thread may call it."""

    def __init__(
        self,
        engine: Engine,
        keys: VerifyKeys,
        evaluator: EvaluatorClient,
        verify_again_seconds: float = VERIFY_AGAIN_SECONDS,
        verified_at_once: int = VERIFIED_AT_ONCE,
    ):
        self._engine = engine
        self._keys = keys
        self._evaluator = evaluator
        self._verify_again = verify_again_seconds
        self._at_once = verified_at_once
        self._store = EditionStore(engine, keys)
        self._mutex = threading.Lock()
        self._small_edition = threading.Lock()
        """Held while a small edition is verified: the other checks wait for it."""
        self._before: LiveEdition | None = None
        self._highest = 0
        self._verified: dict[int, float] = {}
        """When each edition was last found whole (monotonic seconds)."""
        self._damaged: set[int] = set()
        self._verifying: set[int] = set()
        self._probed: set[tuple[int, int]] = set()
        self._probe_failed_at = -_TRY_AGAIN_SECONDS
        self._looking = threading.Lock()
        """Held by the thread that finds out whether the edition is made up: the others use what is known."""
        self._look_at = -math.inf
        self._made_up: bool | None = None

    def live(self) -> LiveEdition:
        """Return the edition that may answer. Raises NothingPublished, EditionRefused."""
        pointed = self._pointed()
        live = self._whole(pointed)
        self._note(pointed.edition.made_up or live.edition.made_up)
        self._require_key(live)
        return live

    def is_made_up(self) -> bool | None:
        """Return whether the live edition was sealed as made-up; None if that is not known.

        A mark only takes trust away, so it is believed at once, and as long as nothing else is known. That
        there is no mark is believed of an edition whose signature was verified. Never raises an error.
        """
        # Before the first look has ended every thread waits for it. Later one thread looks again.
        if time.monotonic() >= self._look_at and self._looking.acquire(blocking=self._look_at == -math.inf):
            try:
                if time.monotonic() >= self._look_at:
                    self._note(self._look())
                    self._look_at = time.monotonic() + LOOK_AGAIN_SECONDS
            finally:
                self._looking.release()
        return self._made_up

    def _look(self) -> bool | None:
        try:
            pointed = self._pointed()
            return pointed.edition.made_up or self._whole(pointed).edition.made_up
        except (NothingPublished, EditionRefused):
            return None
        except Exception as error:
            event_log.failed("read edition", error)
            return None

    def _note(self, made_up: bool | None) -> None:
        """Keep what was found. Not knowing takes nothing away from a mark."""
        with self._mutex:
            if made_up is not None or not self._made_up:
                self._made_up = made_up

    def _pointed(self) -> LiveEdition:
        """Return the edition that the newest pointer names. Raises NothingPublished, EditionRefused."""
        with self._mutex:
            # Read before the pointer: while this thread reads, another may see a newer one.
            highest = self._highest
        try:
            live = self._store.live()
        except BadSignature:
            event_log.checks_busy("pointer-signature")
            raise EditionRefused from None
        if live.sequence < highest:
            event_log.checks_busy("pointer-sequence")
            raise EditionRefused
        with self._mutex:
            self._highest = max(self._highest, live.sequence)
        return live

    def _whole(self, live: LiveEdition) -> LiveEdition:
        """Return the edition if it was found whole; verify it again when an hour is over.

        While a large edition is verified for the first time, return the one that was live before. Raises
        EditionRefused if it is damaged, or if there is none before.
        """
        with self._mutex:
            is_due = self._is_due(live)
        if is_due and live.edition.envelopes <= self._at_once:
            with self._small_edition:
                if self._is_due(live):
                    self._verify(live)
        elif is_due:
            self._verify_in_background(live)
        with self._mutex:
            if live.number in self._damaged:
                raise EditionRefused
            if live.number in self._verified:
                self._before = live
            if self._before is None or self._before.number in self._damaged:
                raise EditionRefused
            return self._before

    def _is_due(self, live: LiveEdition) -> bool:
        since = self._verified.get(live.number)
        return since is None or time.monotonic() - since >= self._verify_again

    def _verify_in_background(self, live: LiveEdition) -> None:
        with self._mutex:
            if live.number in self._verifying:
                return
            self._verifying.add(live.number)
        threading.Thread(target=self._verify, args=(live,), daemon=True).start()

    def _verify(self, live: LiveEdition) -> None:
        """Compare all that is stored with what the sealing machine signed."""
        try:
            digest = edition_digest(live.header)
            for row in stored_rows(self._engine, live):
                digest.update(row)
            self._keys.verify("edition-signing", live.signature, digest.digest())
        except BadSignature:
            event_log.checks_busy("edition-damaged")
            self._store.forget(live.number)
            with self._mutex:
                self._damaged.add(live.number)
                self._verified[live.number] = time.monotonic() - self._verify_again + _TRY_AGAIN_SECONDS
        except Exception as error:
            event_log.failed("verify edition", error)
        else:
            with self._mutex:
                self._damaged.discard(live.number)
                self._verified[live.number] = time.monotonic()
        finally:
            with self._mutex:
                self._verifying.discard(live.number)

    def _require_key(self, live: LiveEdition) -> None:
        """Raises EditionRefused unless the evaluator opens the edition's probe, once for each connection."""
        generation = self._evaluator.generation
        with self._mutex:
            if generation and (live.number, generation) in self._probed:
                return
            if time.monotonic() - self._probe_failed_at < 1:
                raise EditionRefused
        element, blind = blind_probe(live.edition)
        try:
            reply = self._evaluator.probe(live.edition.key_id, element)
        except EvaluatorDown:
            event_log.checks_busy("evaluator-down")
            raise EditionRefused from None
        fits = reply.key_id == live.edition.key_id and opens_probe(live.edition, blind, reply.element)
        with self._mutex:
            if fits:
                self._probed.add((live.number, self._evaluator.generation))
                return
            self._probe_failed_at = time.monotonic()
        event_log.checks_busy("evaluator-key")
        raise EditionRefused
