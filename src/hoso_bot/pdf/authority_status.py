"""Whether a timestamp authority's certificate was revoked: asked by OCSP (RFC 6960), kept in the file."""

from __future__ import annotations

import contextlib
import http.client
import time
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from hoso_bot.pdf.short_calls import post

_SECONDS = 4.0
_MOST_BYTES = 2**16


def sources(certificate: x509.Certificate) -> list[str]:
    """Where the certificate says its status can be asked for by OCSP; empty: nowhere."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return []
    wanted = AuthorityInformationAccessOID.OCSP
    return [d.access_location.value for d in found if d.access_method == wanted]


def ask(authorities: Iterable[bytes]) -> tuple[bytes, ...]:
    """Good OCSP responses (DER) about the authorities (PEM bundles), as far as they can be had in time.

    What cannot be had is left out: the file then stays at the level before.
    """
    known = [c for bundle in authorities for c in x509.load_pem_x509_certificates(bundle)]
    found, deadline = [], time.monotonic() + _SECONDS
    for certificate in dict.fromkeys(known):
        with contextlib.suppress(Exception):  # certificates and answers of strangers raise anything
            for url in sources(certificate)[:1]:
                request = _request(certificate, _issuer(certificate, known))
                response = _post(url, request, deadline - time.monotonic())
                if says_good(certificate, known, [response]):
                    found.append(response)
    return tuple(found)


def says_good(
    certificate: x509.Certificate, known: Sequence[x509.Certificate], responses: Iterable[bytes]
) -> bool:
    """Whether a genuine response says `good` about this certificate."""
    for der in responses:
        with contextlib.suppress(Exception):  # one that cannot be read says nothing
            response = ocsp.load_der_ocsp_response(der)
            issuer = _issuer(certificate, known)
            about = response.serial_number == certificate.serial_number
            if about and response.certificate_status == ocsp.OCSPCertStatus.GOOD:
                _verify(response, _responder(response, issuer))
                return True
    return False


def _issuer(certificate: x509.Certificate, known: Sequence[x509.Certificate]) -> x509.Certificate:
    for above in known:
        with contextlib.suppress(ValueError, TypeError, InvalidSignature):
            certificate.verify_directly_issued_by(above)
            return above
    raise ValueError("the issuer is not known")


def _request(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303
    return builder.build().public_bytes(serialization.Encoding.DER)


def _responder(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> x509.Certificate:
    """The issuer itself, or whom it certified for OCSP (RFC 6960, 4.2.2.2)."""
    for certificate in response.certificates:
        if certificate == issuer:
            continue
        certificate.verify_directly_issued_by(issuer)
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        if ExtendedKeyUsageOID.OCSP_SIGNING in purposes:
            return certificate
    return issuer


def _verify(response: ocsp.OCSPResponse, by: x509.Certificate) -> None:
    key, digest = by.public_key(), response.signature_hash_algorithm
    assert digest is not None
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(digest))
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), digest)
    else:
        raise ValueError("a kind of key we do not use")


def _post(url: str, body: bytes, seconds: float) -> bytes:
    target = urlsplit(url)
    if target.scheme != "http" or not target.hostname or seconds <= 0:
        raise ValueError("no time, or no plain address")  # OCSP over https would want OCSP again
    kind = {"Content-Type": "application/ocsp-request"}
    status, data = post(target, target.path or "/", body, kind, seconds, _MOST_BYTES)
    if status != http.client.OK:
        raise ValueError("no answer")
    return data
