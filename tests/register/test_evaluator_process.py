"""The evaluator as it runs: a process of its own, on a Unix socket and over TCP with mutual TLS."""

import os
import secrets
import signal
import socket
import ssl
import threading
import time
from itertools import cycle
from pathlib import Path

import pytest

from resident_app.register import oprf
from resident_app.register.blind_evaluation import BlindEvaluator
from resident_app.register.check import AnswerKind, Register
from resident_app.register.edition_guard import EditionGuard
from resident_app.register.evaluator.evaluator_client import SECONDS, EvaluatorClient, EvaluatorDown
from resident_app.register.evaluator.protocol import Evaluate
from resident_app.register.facts import Facts, fold
from resident_app.register.probe import blind_probe, opens_probe, random_blind
from resident_app.register.publication import live_edition
from resident_app.register.register_key import RegisterKey, load_register_keys
from resident_app.security.request_source import from_address
from tests.conftest import Deployment, DeployWith
from tests.made_up import CARDS, NEVER, NINE, ONCE, Card
from tests.people import people
from tests.register.certificates import make_certificates
from tests.register.evaluator_process import EvaluatorProcess, wait_until

TRUE = {ONCE: AnswerKind.SHARED, NEVER: AnswerKind.NOT_SHARED, NINE: AnswerKind.SHARED}
RECOVERY_SECONDS = 5.0


def web_process(deployment: Deployment, client: EvaluatorClient) -> Register:
    """The register as a web process opens it, with a connection of its own to the evaluator."""
    context = deployment.context
    return Register(
        context.engine,
        EditionGuard(context.engine, context.verify_keys, client),
        BlindEvaluator(client, context.keys),
        context.keys.dictionary,
        context.capacity,
        context.configuration.limits.capacity,
    )


def check(register: Register, card: Card, address: str | None = None, wrong: bool = False) -> AnswerKind:
    issued = card.issued_on.replace(year=card.issued_on.year + 1) if wrong else card.issued_on
    facts = Facts(fold(card.card_number), card.born_on, issued)
    return register.check_record(facts, from_address(address) if address else None).kind


def answers(register: Register) -> dict[Card, AnswerKind]:
    return {card: check(register, card) for card in CARDS}


def test_three_web_processes_on_two_sockets_and_tls_share_one_evaluator(
    deployment: Deployment, folder: Path, made_keys: Path
) -> None:
    """They give the same answers, and what one of them counts counts for all."""
    certificates = make_certificates(folder)
    port = free_port()
    urls = [f"unix:{folder / 'first'}", f"unix:{folder / 'second'}", f"tls://127.0.0.1:{port}"]
    process = EvaluatorProcess(folder, made_keys / "register.key", " ".join(urls), certificates.server)
    process.start()
    try:
        clients = [EvaluatorClient(url, certificates.client) for url in urls]
        registers = [web_process(deployment, client) for client in clients]
        assert [answers(register) for register in registers] == [TRUE] * 3
        tries = [check(registers[n % 3], ONCE, "192.0.2.7", wrong=True) for n in range(6)]
        assert tries == [AnswerKind.NO_MATCH] * 5 + [AnswerKind.PAUSED]
        for register in registers:
            assert check(register, ONCE, "192.0.2.200") is AnswerKind.PAUSED, "the same /24"
            assert check(register, ONCE, "198.51.100.1") is AnswerKind.SHARED, "the person, elsewhere"
        assert '"limit": "card-and-source"' in process.events()
    finally:
        process.kill()


def test_tls_refuses_strangers(folder: Path, made_keys: Path) -> None:
    certificates = make_certificates(folder)
    port = free_port()
    url = f"tls://127.0.0.1:{port}"
    process = EvaluatorProcess(folder, made_keys / "register.key", url, certificates.server)
    process.start()
    try:
        assert EvaluatorClient(url, certificates.client).key_ids()
        with pytest.raises(EvaluatorDown):
            EvaluatorClient(url, certificates.stranger).key_ids()
        assert without_a_certificate(port, certificates.client.authority) == b""
        assert b"key" not in without_tls(port)
        with pytest.raises(EvaluatorDown):
            EvaluatorClient(url, certificates.wrong_authority).key_ids()
    finally:
        process.kill()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


HELLO = b'\x00\x00\x00\x0e{"op":"hello"}'


def without_a_certificate(port: int, authority: Path) -> bytes:
    """What a client gets that shows no certificate."""
    context = ssl.create_default_context(cafile=str(authority))
    try:
        with (
            socket.create_connection(("127.0.0.1", port), 5) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
        ):
            secured.sendall(HELLO)
            return secured.recv(1000)
    except (ssl.SSLError, ConnectionError):
        return b""


def without_tls(port: int) -> bytes:
    """What a client gets that speaks the protocol in the clear."""
    with socket.create_connection(("127.0.0.1", port), 5) as plain:
        plain.sendall(HELLO)
        try:
            return plain.recv(1000)
        except ConnectionError:
            return b""


def test_killed_under_load_and_started_again(
    deploy: DeployWith, process: EvaluatorProcess, events: list[str]
) -> None:
    """Every answer is true or busy, and within five seconds of a restart checks are answered again."""
    cards = people(300, seed=11)
    deployment = deploy(cards)
    registers = [web_process(deployment, EvaluatorClient(process.url)) for _ in range(2)]
    seen: list[tuple[Card, AnswerKind]] = []
    stop = threading.Event()

    def ask(register: Register) -> None:
        for card in cycle(cards):
            if stop.is_set():
                return
            seen.append((card, check(register, card)))

    asking = [threading.Thread(target=ask, args=(register,)) for register in registers for _ in range(2)]
    for thread in asking:
        thread.start()
    try:
        for _ in range(2):
            time.sleep(0.5)
            process.kill()
            time.sleep(0.3)
            process.start()
            wait_until(lambda: seen[-1][1] is not AnswerKind.BUSY, RECOVERY_SECONDS)
        time.sleep(1)
    finally:
        stop.set()
        for thread in asking:
            thread.join()
    assert {kind for card, kind in seen if kind.value not in (card.answer, "busy")} == set()
    assert AnswerKind.BUSY in {kind for _, kind in seen}
    assert set(events) == {"evaluator-down"}
    for card in cards[:20]:
        assert [check(register, card).value for register in registers] == [card.answer] * 2


def test_a_standby_takes_over_with_empty_counters(
    deployment: Deployment, process: EvaluatorProcess, folder: Path, made_keys: Path
) -> None:
    """A second process at the same address waits: there is one set of counters as long as the first lives."""
    register = web_process(deployment, EvaluatorClient(process.url))
    standby = EvaluatorProcess(folder, made_keys / "register.key", process.url)
    standby.log = folder / "standby.log"
    standby.start()
    try:
        wait_until(lambda: '"event": "standby"' in standby.events(), 20)
        for _ in range(6):
            last = check(register, ONCE, "192.0.2.7", wrong=True)
        assert last is AnswerKind.PAUSED
        process.kill()
        wait_until(lambda: check(register, ONCE, "192.0.2.7") is AnswerKind.SHARED, RECOVERY_SECONDS)
        process.start()
        assert answers(register) == TRUE
        standby.kill()
        wait_until(lambda: answers(register) == TRUE, RECOVERY_SECONDS)
    finally:
        standby.kill()


def test_a_standby_waits_for_a_port(folder: Path, made_keys: Path) -> None:
    certificates = make_certificates(folder)
    url = f"tls://127.0.0.1:{free_port()}"
    both = [EvaluatorProcess(folder, made_keys / "register.key", url, certificates.server) for _ in range(2)]
    try:
        for process in both:
            process.start()
        wait_until(lambda: '"event": "standby"' in both[1].events(), 20)
        client = EvaluatorClient(url, certificates.client)
        assert client.key_ids()
        both[0].kill()
        wait_until(lambda: answers_hello(client), RECOVERY_SECONDS)
    finally:
        for process in both:
            process.kill()


def answers_hello(client: EvaluatorClient) -> bool:
    try:
        return bool(client.key_ids())
    except EvaluatorDown:
        return False


def test_a_silent_evaluator_does_not_keep_a_health_check_waiting(process: EvaluatorProcess) -> None:
    client = EvaluatorClient(process.url)
    assert client.key_ids()
    os.kill(process.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(EvaluatorDown):
            client.key_ids(0.2)
        assert time.monotonic() - began < SECONDS
    finally:
        os.kill(process.pid, signal.SIGCONT)
    assert client.key_ids()


def test_a_second_address_is_asked_only_while_the_first_does_not_answer(
    deployment: Deployment, process: EvaluatorProcess, folder: Path, made_keys: Path
) -> None:
    second = EvaluatorProcess(folder, made_keys / "register.key", f"unix:{folder / 'other' / 'socket'}")
    second.start()
    try:
        register = web_process(deployment, EvaluatorClient(f"{process.url} {second.url}"))
        assert answers(register) == TRUE
        process.kill()
        assert answers(register) == TRUE, "the second answers at once"
        process.start()
        second.kill()
        assert answers(register) == TRUE, "and the first again"
    finally:
        second.kill()


def test_started_again_with_another_key_it_is_busy_and_never_no_match(
    deployment: Deployment, process: EvaluatorProcess, folder: Path, events: list[str]
) -> None:
    register = web_process(deployment, EvaluatorClient(process.url))
    assert answers(register) == TRUE
    process.kill()
    other = folder / "other.key"
    other.write_text(f"register-key-1 {secrets.token_hex(32)}\n")
    right = process.settings["REGISTER_KEY_FILE"]
    process.settings["REGISTER_KEY_FILE"] = str(other)
    process.start()
    assert set(answers(register).values()) == {AnswerKind.BUSY}
    newly_started = web_process(deployment, EvaluatorClient(process.url))
    assert set(answers(newly_started).values()) == {AnswerKind.BUSY}
    assert set(events) == {"evaluator-key"}

    process.kill()
    other.write_text(other.read_text() + Path(right).read_text())
    process.start()
    wait_until(lambda: answers(register) == TRUE, RECOVERY_SECONDS)


def test_a_key_file_with_two_keys(deployment: Deployment, process: EvaluatorProcess, folder: Path) -> None:
    """Each evaluates under its own id, and the edition's probe opens under the edition's key alone."""
    edition = live_edition(deployment.engine, deployment.context.verify_keys).edition
    right = load_register_keys(Path(process.settings["REGISTER_KEY_FILE"])).newest
    newer = RegisterKey(secrets.token_bytes(32))
    process.kill()
    both = folder / "both.key"
    both.write_text(f"register-key-1 {newer.seed.hex()}\nregister-key-1 {right.seed.hex()}\n")
    process.settings["REGISTER_KEY_FILE"] = str(both)
    process.start()
    client = EvaluatorClient(process.url)

    assert client.key_ids() == (newer.id, right.id)
    for key, opens in ((right, True), (newer, False)):
        element, blind = blind_probe(edition)
        reply = client.probe(key.id, element)
        assert reply.key_id == key.id
        assert opens_probe(edition, blind, reply.element) is opens
        blind = random_blind()
        evaluated = client.evaluate(Evaluate(key.id, 7, oprf.blind(b"facts", blind), ()))
        assert evaluated.key_id == key.id
        output = oprf.finalize(b"facts", blind, evaluated.element)
        assert output == oprf.evaluate(key.bucket_key(7), b"facts")
    assert client.probe("0123456789abcdef", element).result == "unknown-key"
    assert client.evaluate(Evaluate("0123456789abcdef", 7, element, ())).result == "unknown-key"
    assert answers(web_process(deployment, client)) == TRUE


def test_the_probe_is_outside_the_limits(deployment: Deployment, process: EvaluatorProcess) -> None:
    client = EvaluatorClient(process.url)
    edition = live_edition(deployment.engine, deployment.context.verify_keys).edition
    for _ in range(200):
        element, blind = blind_probe(edition)
        assert opens_probe(edition, blind, client.probe(edition.key_id, element).element)


def test_a_seized_web_server_has_a_budget_for_each_bucket(process: EvaluatorProcess) -> None:
    """Without any marks, as the register's own terminal asks: the evaluator counts the bucket itself."""
    client = EvaluatorClient(process.url)
    (key_id,) = client.key_ids()
    element = oprf.blind(b"a guess", random_blind())
    results = [client.evaluate(Evaluate(key_id, 7, element, ())).result for _ in range(91)]
    granted = results.count("ok")
    assert results == ["ok"] * granted + ["busy"] * (91 - granted)
    assert 60 <= granted <= 90
    assert client.evaluate(Evaluate(key_id, 8, element, ())).result == "ok"
    assert '"limit": "bucket"' in process.events()
