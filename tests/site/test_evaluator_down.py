"""While the evaluator is away, or holds another key, checks are busy and everything else works."""

import time

from resident_app.register.register_key import RegisterKey, RegisterKeys
from tests.conftest import Deployment
from tests.evaluator import ThreadedEvaluator
from tests.made_up import ONCE, form_of, keys_of

HELP = {"reach_by": "phone", "phone": "2065550147", "topic": "question"}


def checks_are_busy(deployment: Deployment) -> None:
    page = deployment.client.post("/en/check", form_of(ONCE))
    assert (page.status, page.answer) == (503, "busy")
    assert "360-359-4454" in page.main
    assert int(page.response.headers["Retry-After"]) > 0
    ready, checks = (deployment.client.raw("GET", path) for path in ("/readyz", "/readyz/checks"))
    assert (ready.status_code, ready.text) == (200, "ready; degraded: checks\n")
    assert (checks.status_code, checks.text) == (503, "degraded: checks\n")


def checks_work(deployment: Deployment) -> None:
    assert deployment.client.post("/en/check", form_of(ONCE)).answer == "shared"
    for path in ("/readyz", "/readyz/checks"):
        assert deployment.client.raw("GET", path).text == "ready\n"


def test_everything_but_checks_works_without_an_evaluator(
    deployment: Deployment, evaluator: ThreadedEvaluator
) -> None:
    checks_work(deployment)
    evaluator.stop()
    checks_are_busy(deployment)
    assert deployment.client.get("/en/").status == 200
    assert deployment.client.post("/en/help", HELP).reference
    phone = deployment.ring().press("1")
    for keys in keys_of(ONCE):
        phone.press(keys)
    assert "Please wait a moment" in phone.text
    evaluator.start()
    checks_work(deployment)


def test_an_evaluator_with_another_key_never_turns_an_answer_into_no_match(
    deployment: Deployment, evaluator: ThreadedEvaluator
) -> None:
    checks_work(deployment)
    right = evaluator.keys
    evaluator.stop()
    evaluator.keys = RegisterKeys((RegisterKey(bytes(32)),))
    evaluator.start()
    checks_are_busy(deployment)
    evaluator.stop()
    evaluator.keys = right
    evaluator.start()
    deadline = time.monotonic() + 5
    while not deployment.context.register.can_answer() and time.monotonic() < deadline:
        time.sleep(0.1)
    checks_work(deployment)
