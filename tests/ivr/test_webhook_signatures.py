"""Each carrier's signature by published vectors, secrets while they are changed, and what is refused."""

import hmac
from base64 import b64encode
from hashlib import sha1, sha256
from urllib.parse import urlencode

import pytest
from structlog.testing import capture_logs
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import Headers, MultiDict

from ivr.carrier.webhook_signatures import (
    RefusalCause,
    SignatureRefused,
    SignatureVerifier,
    SignedRequest,
    signature_schemes,
)
from resident_app.carrier_settings import CarrierSettings
from resident_app.settings import PublicSettings, SettingsError, load_settings
from tests.conftest import BASE_URL, Deployment, DeployWith

# https://www.twilio.com/docs/usage/security and the tests of Twilio's helper libraries; SignalWire publishes
# the same one as its vector B for forms (signalwire-python, tests/unit/security/test_webhook_validator.py).
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
    "Caller": "+14158675309",
}
SECRET = "12345"
# SignalWire's vector A for bodies: SHA-1 in signalwire-python, SHA-256 in the tests of its Perl SDK.
BODY_KEY = "PSKtest1234567890abcdef"
BODY_URL = "https://example.ngrok.io/webhook"
BODY = b'{"event":"call.state","params":{"call_id":"abc-123","state":"answered"}}'

TWILIO, SIGNALWIRE = "X-Twilio-Signature", "X-SignalWire-Signature"
SETTINGS, SIGNALWIRE_256 = "X-Twilio-Webhooks-Signature-Settings", "X-SignalWire-Sha256-Signature"
SHARED = {"twilio_auth_token": "the-auth-token", "twilio_webhook_keys": f"key_1:{SECRET},key_2:next"}


def verify(settings: dict[str, str], request: SignedRequest) -> None:
    SignatureVerifier(signature_schemes(CarrierSettings(**settings))).verify(request)  # type: ignore[arg-type]


def form_request(url: str, **headers: str) -> SignedRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return SignedRequest(url, Headers(named), MultiDict(FORM), urlencode(FORM).encode())


@pytest.mark.parametrize(
    ("header", "setting"), [(TWILIO, "twilio_auth_token"), (SIGNALWIRE, "signalwire_signing_keys")]
)
@pytest.mark.parametrize(
    ("url", "signature"),
    [
        (URL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (URL.replace(".com", ".com:1234"), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (URL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (URL.replace("https", "http"), "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        (URL.replace("https", "http").replace(".com", ".com:1234"), "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
    ],
    ids=["as it is", "port left out", "port 443 added", "port 80 added", "another port"],
)
def test_the_published_vectors_of_forms(header: str, setting: str, url: str, signature: str) -> None:
    verify({setting: SECRET}, form_request(url, **{header: signature}))
    with pytest.raises(SignatureRefused, match="wrong-signature"):
        verify({setting: "54321"}, form_request(url, **{header: signature}))
    with pytest.raises(SignatureRefused, match="wrong-signature"):
        verify({setting: SECRET}, form_request(url + "3", **{header: signature}))


def test_a_field_that_comes_twice_as_in_the_published_vector() -> None:
    twice = MultiDict(
        [
            ("Sid", "CA123"),
            ("SidAccount", "AC123"),
            ("Digits", "5678"),
            ("Digits", "1234"),
            ("Digits", "1234"),
        ]
    )
    headers = Headers({TWILIO: "IK+Dwps556ElfBT0I3Rgjkr1wJU="})
    verify({"twilio_auth_token": SECRET}, SignedRequest(URL, headers, twice))


@pytest.mark.parametrize(
    ("header", "signature"),
    [
        (SIGNALWIRE, "c3c08c1fefaf9ee198a100d5906765a6f394bf0f"),
        (SIGNALWIRE_256, "2a29f8a92b11df39da80c3b185fd62173d49c294184da585ff951eae4433571c"),
    ],
)
def test_the_published_vectors_of_bodies(header: str, signature: str) -> None:
    def request(body: bytes) -> SignedRequest:
        return SignedRequest(BODY_URL, Headers({header: signature}), MultiDict(), body)

    verify({"signalwire_signing_keys": BODY_KEY}, request(BODY))
    with pytest.raises(SignatureRefused, match="wrong-signature"):
        verify({"signalwire_signing_keys": BODY_KEY}, request(BODY.replace(b"answered", b"ringing")))


def test_a_shared_key_signs_what_the_auth_token_signs_with_another_hash() -> None:
    """Twilio publishes no vector of this: it says that only the hash changes (webhook-shared-keys), and its
    own library computes ours. Here it is computed by hand, from the text of the published vector."""
    text = URL + "".join(name + FORM[name] for name in sorted(FORM))
    assert hmac.new(SECRET.encode(), text.encode(), sha1).digest().hex().startswith("4523980ede13d5c5")
    by_hand = b64encode(hmac.new(SECRET.encode(), text.encode(), sha256).digest()).decode()
    named = {TWILIO: by_hand, SETTINGS: "key=key_1,algorithm=HMAC_SHA256"}
    verify(SHARED, form_request(URL, **named))
    verify(SHARED, form_request(URL, **named | {SETTINGS: "algorithm=hmac_sha256, key=key_1"}))
    for settings, cause in (
        ("key=key_2,algorithm=HMAC_SHA256", "wrong-signature"),
        ("key=key_3,algorithm=HMAC_SHA256", "unknown-key"),
        ("algorithm=HMAC_SHA256", "unknown-key"),
        ("key=,algorithm=HMAC_SHA256", "unknown-key"),
        ("nonsense", "unknown-key"),
        ("key=key_1,algorithm=HMAC_MD5", "unknown-algorithm"),
        ("key=key_1", "wrong-signature"),
        ("", "wrong-signature"),
    ):
        with pytest.raises(SignatureRefused, match=cause):
            verify(SHARED, form_request(URL, **named | {SETTINGS: settings}))


def test_a_request_that_names_a_shared_key_is_never_verified_with_the_auth_token() -> None:
    for algorithm in ("HMAC_SHA1", "HMAC_SHA256"):
        signature = RequestValidator("the-auth-token").compute_signature(URL, FORM, algorithm)
        for key, cause in (("key_1", "wrong-signature"), ("another", "unknown-key")):
            headers = {TWILIO: signature, SETTINGS: f"key={key},algorithm={algorithm}"}
            with pytest.raises(SignatureRefused, match=cause):
                verify(SHARED, form_request(URL, **headers))


def test_without_any_secret_everything_is_refused() -> None:
    """An empty secret is none: anybody could sign with it."""
    nothing = {"twilio_auth_token": "", "twilio_secondary_auth_token": " , ", "signalwire_signing_keys": ","}
    for header in (TWILIO, SIGNALWIRE, SIGNALWIRE_256):
        for signature in (
            RequestValidator("").compute_signature(URL, FORM),
            hmac.new(b"", URL.encode() + urlencode(FORM).encode(), sha1).hexdigest(),
            hmac.new(b"", URL.encode() + urlencode(FORM).encode(), sha256).hexdigest(),
        ):
            with pytest.raises(SignatureRefused) as refused:
                verify(nothing, form_request(URL, **{header: signature}))
            assert (refused.value.header, refused.value.cause) == (header, RefusalCause.NO_SECRET)


def start(deployment: Deployment, headers: dict[str, str], body: str = urlencode(FORM)) -> int:
    """The status of a call that comes in with these headers."""
    client = deployment.app.test_client(use_cookies=False)
    kind = "application/x-www-form-urlencoded"
    return client.post("/voice/start?a=%C3%B1%7E", data=body, headers=headers, content_type=kind).status_code


def test_old_and_new_secrets_of_every_carrier_count_while_they_are_changed(deploy: DeployWith) -> None:
    deployment = deploy(
        twilio_auth_token="old",
        twilio_secondary_auth_token="new",
        twilio_webhook_keys="key_1:first, key_2:second",
        signalwire_signing_keys="PSKold, PSKnew",
    )
    url, body = BASE_URL + "/voice/start?a=%C3%B1%7E", urlencode(FORM)

    def base64(secret: str, algorithm: str = "HMAC_SHA1", at: str = url) -> str:
        return str(RequestValidator(secret).compute_signature(at, FORM, algorithm))

    def hexadecimal(secret: str, kind: object, at: str = url) -> str:
        return hmac.new(secret.encode(), (at + body).encode(), kind).hexdigest()  # type: ignore[arg-type]

    with_port = url.replace(".gov", ".gov:443")
    for token in ("old", "new"):
        assert start(deployment, {TWILIO: base64(token)}) == 200
    for key, secret in (("key_1", "first"), ("key_2", "second")):
        named = {SETTINGS: f"key={key},algorithm=HMAC_SHA256"}
        assert start(deployment, {TWILIO: base64(secret, "HMAC_SHA256"), **named}) == 200
        assert start(deployment, {TWILIO: base64("old", "HMAC_SHA256"), **named}) == 403
    for secret in ("PSKold", "PSKnew"):
        for at in (url, with_port):
            assert start(deployment, {SIGNALWIRE: base64(secret, at=at)}) == 200
            assert start(deployment, {SIGNALWIRE: hexadecimal(secret, sha1, at)}) == 200
            assert start(deployment, {SIGNALWIRE_256: hexadecimal(secret, sha256, at)}) == 200
        assert start(deployment, {TWILIO: base64(secret)}) == 403, "each header has its own secrets"
    assert start(deployment, {SIGNALWIRE: base64("old")}) == 403
    assert start(deployment, {SIGNALWIRE: base64("PSKold")}, body + "&Digits=9") == 403


def test_a_refusal_is_logged_by_header_and_cause_without_a_value(deployment: Deployment) -> None:
    with capture_logs() as events:
        assert start(deployment, {TWILIO: "made-up-signature"}) == 403
        assert start(deployment, {}) == 403
        assert start(deployment, {TWILIO: "x", SETTINGS: "key=made-up-key,algorithm=HMAC_SHA256"}) == 403
        assert start(deployment, {SIGNALWIRE: "made-up-signature"}) == 403
    found = [(one["event"], one["header"], one["cause"]) for one in events]
    assert found == [
        ("carrier_request_refused", TWILIO, "wrong-signature"),
        ("carrier_request_refused", TWILIO, "no-signature"),
        ("carrier_request_refused", SETTINGS, "unknown-key"),
        ("carrier_request_refused", SIGNALWIRE, "no-secret"),
    ]
    assert "made-up" not in repr(events)
    assert FORM["From"] not in repr(events)


def test_a_site_without_a_phone_line_says_so(deploy: DeployWith) -> None:
    deployment = deploy(twilio_auth_token="")
    assert start(deployment, {TWILIO: RequestValidator("").compute_signature(BASE_URL, FORM)}) == 403
    answer = deployment.client.raw("GET", "/readyz")
    assert answer.status_code == 200
    assert answer.text.endswith("; calls, because no secret of a carrier is set\n")


def test_a_secret_that_nobody_set_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    for name in PublicSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path))
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://records.example.gov")
    with pytest.raises(
        SettingsError, match=r"^TWILIO_AUTH_TOKEN is missing: it should be the phone provider's"
    ):
        load_settings(PublicSettings)
    monkeypatch.setenv("TWILIO_WEBHOOK_KEYS", "secret-words")
    with pytest.raises(SettingsError, match="TWILIO_WEBHOOK_KEYS is not right") as raised:
        load_settings(PublicSettings)
    assert "secret-words" not in str(raised.value)
    monkeypatch.setenv("TWILIO_WEBHOOK_KEYS", "key_1:secret")
    assert load_settings(PublicSettings).twilio_webhook_secrets == {"key_1": ("secret",)}
