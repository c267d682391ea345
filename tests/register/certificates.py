"""Certificates for mutual TLS between web processes and the evaluator, made for one test."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from resident_app.register.evaluator.evaluator_client import TlsFiles


@dataclass(frozen=True)
class Certificates:
    """What each side holds. The stranger's certificate is of another authority."""

    server: TlsFiles
    client: TlsFiles
    stranger: TlsFiles
    wrong_authority: TlsFiles
    """Our client, which trusts another authority than the server's."""


@dataclass(frozen=True)
class _Authority:
    name: x509.Name
    key: EllipticCurvePrivateKey
    path: Path


def make_certificates(folder: Path) -> Certificates:
    """Write two authorities and three certificates as PEM files."""
    ours, other = _authority(folder, "ours"), _authority(folder, "other")
    server, client = (_issue(folder, name, ours) for name in ("server", "client"))
    stranger = _issue(folder, "stranger", other)
    return Certificates(
        server=TlsFiles(*server, ours.path),
        client=TlsFiles(*client, ours.path),
        stranger=TlsFiles(*stranger, ours.path),
        wrong_authority=TlsFiles(*client, other.path),
    )


def _authority(folder: Path, name: str) -> _Authority:
    key, subject = generate_private_key(SECP256R1()), _name(name)
    made = (
        _builder(subject, subject, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    path = folder / f"{name}-authority.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return _Authority(subject, key, path)


def _issue(folder: Path, name: str, authority: _Authority) -> tuple[Path, Path]:
    """Write a certificate for 127.0.0.1 and its key; returns both paths."""
    key = generate_private_key(SECP256R1())
    made = (
        _builder(_name(name), authority.name, key)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(authority.key, SHA256())
    )
    certificate, private = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, private


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )
