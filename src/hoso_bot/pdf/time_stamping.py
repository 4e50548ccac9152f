"""The worker's side of higher levels: a token into a fresh signature, evidence and a timestamp behind a file.

Both are done in two halves, because a worker holds keys and talks to no network: first it says which digest
wants a timestamp, later it gets the token. Between the two it remembers nothing; any worker can go on.
"""

from __future__ import annotations

import base64
import hashlib
import io
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import cms, tsp
from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import pem as asn1_pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from pyhanko.pdf_utils.decode_limits import DecodeLimits
from pyhanko.sign.fields import SigFieldSpec, enumerate_sig_fields
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore

from hoso_bot.domain.errors import SigningFailed
from hoso_bot.domain.signature_levels import CrlSigner, Revocation
from hoso_bot.pdf.cms_mould import der
from hoso_bot.pdf.fresh_signature import contents_of, store_checked
from hoso_bot.pdf.revocation import make_crl
from hoso_bot.pdf.update_writing import UpdateWriter, filled, hole, store_file

TOKEN_ROOM = 10 * 1024
"""Bytes kept free for a token with its certificates; common ones have 3 to 8 KB."""
_FIELD = "DauThoiGian"
_SET, _CONTEXT_0, _CONTEXT_1, _SEQUENCE = 0x31, 0xA0, 0xA1, 0x30


def stamp(order: dict[str, Any]) -> dict[str, Any]:
    """Put a `token` into the signature that was just made by the same order; no key is needed for it."""
    certificate, ca = (
        x509.load_pem_x509_certificate(order["key"][n].encode()) for n in ("certificate", "ca")
    )
    old, new = Path(order["source"]).read_bytes(), Path(order["target"]).read_bytes()
    new = filled(new, len(old), with_token(contents_of(new, len(old)), _bytes(order["token"])))
    return store_checked(old, new, order, certificate, ca)


def with_token(contents: bytes, token: bytes) -> bytes:
    """The same CMS with the token as its one unsigned attribute; every signed byte stays as it was."""
    signed = cms.ContentInfo.load(contents)["content"]
    (info,) = signed["signer_infos"]
    attribute = der(_SEQUENCE, cms.CMSAttributeType("signature_time_stamp_token").dump(), der(_SET, token))
    kept = ("version", "sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature")
    stamped = der(_SEQUENCE, *(info[part].dump() for part in kept), der(_CONTEXT_1, attribute))
    outer = ("version", "digest_algorithms", "encap_content_info", "certificates")
    content = der(_SEQUENCE, *(signed[part].dump() for part in outer), der(_SET, stamped))
    return der(_SEQUENCE, cms.ContentType("signed_data").dump(), der(_CONTEXT_0, content))


def prepare_upgrade(master_key: bytes, order: dict[str, Any]) -> dict[str, Any]:
    """Write `target`: source, then one update with the evidence and an empty document timestamp.

    The answer holds the SHA-256 (hex) that wants a timestamp.
    """
    writer = UpdateWriter(
        io.BytesIO(Path(order["source"]).read_bytes()),
        strict=True,
        decode_limits=DecodeLimits.for_untrusted_input(),
    )
    _add_evidence(writer, master_key, order)
    writer.register_extension(ESIC_EXTENSION_1)
    field = _free_name(writer)
    steps = PdfCMSEmbedder(new_field_spec=SigFieldSpec(sig_field_name=field)).write_cms(field, writer)
    next(steps)
    steps.send(SigObjSetup(sig_placeholder=DocumentTimestamp(bytes_reserved=2 * TOKEN_ROOM)))
    prepared, output = steps.send(SigIOSetup(md_algorithm="sha256", output=io.BytesIO()))
    Path(order["target"]).write_bytes(output.getvalue())
    return {"to_stamp": prepared.document_digest.hex()}


def finish_upgrade(order: dict[str, Any]) -> dict[str, Any]:
    """Put the token into the prepared file, check it and store it."""
    old, target = Path(order["source"]).read_bytes(), Path(order["target"])
    token = _bytes(order["token"])
    new = filled(target.read_bytes(), len(old), token)
    if not new.startswith(old):
        raise SigningFailed("the upgraded file does not start with the signed one")
    start, end = hole(new, len(old))
    digest = hashlib.sha256(new[: start - 1] + new[end + 1 :]).digest()
    said: tsp.TSTInfo = cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed
    if said["message_imprint"]["hashed_message"].native != digest:
        raise SigningFailed("the timestamp is about other bytes")
    store_file(new, target)
    return {"sha256": hashlib.sha256(new).hexdigest(), "size": len(new)}


def _add_evidence(writer: UpdateWriter, master_key: bytes, order: dict[str, Any]) -> None:
    """Document security store: certificates and a fresh revocation list (ETSI EN 319 142-1, 5.4)."""
    signer = CrlSigner(order["crl_signer"]["certificate"].encode(), _bytes(order["crl_signer"]["wrapped"]))
    revoked = [
        Revocation(r["pem"].encode(), datetime.fromisoformat(r["at"]), r["why"]) for r in order["revoked"]
    ]
    crl = make_crl(signer, master_key, revoked, datetime.fromisoformat(order["at"]))
    pems = [order["ca"].encode(), signer.certificate_pem, *(pem.encode() for pem in order["certificates"])]
    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        None,
        certs=[asn1_x509.Certificate.load(asn1_pem.unarmor(pem)[2]) for pem in dict.fromkeys(pems)],
        crls=[asn1_crl.CertificateList.load(crl)],
        ocsps=[asn1_ocsp.OCSPResponse.load(_bytes(response)) for response in order["ocsps"]],
    )


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)


def _free_name(writer: UpdateWriter) -> str:
    taken = {name for name, _, _ in enumerate_sig_fields(writer.prev)}
    return next(name for number in range(1, 1000) if (name := f"{_FIELD}{number}") not in taken)
