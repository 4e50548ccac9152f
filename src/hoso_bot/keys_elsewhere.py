"""Registering keys that are not with us: on a PKCS#11 token, or with a remote signing service.

Either the school certifies their public keys, or, asked so, the certificate that lies beside them counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from hoso_bot.domain.errors import CertificateRefused, SettingsError
from hoso_bot.domain.roster import Person
from hoso_bot.domain.signing import Custody, SigningKey
from hoso_bot.pdf import keys
from hoso_bot.pdf.csc_client import Credential, signing_service
from hoso_bot.pdf.outside_certificate import certificates_in, outside_key
from hoso_bot.pdf.outside_keys import seal_place
from hoso_bot.pdf.pin_bench import DeskKeys
from hoso_bot.pdf.remote_keys import remote_place
from hoso_bot.pdf.tokens import TokenPair, Tokens
from hoso_bot.ports import Clock
from hoso_bot.settings import Settings
from hoso_bot.signers import Signers, title_of


@dataclass(frozen=True)
class TheirCertificate:
    """Take the certificate beside the key; `chain`: its issuers, where they do not lie there too."""

    chain: Path | None = None


@dataclass(frozen=True)
class KeysElsewhere:
    """The office's work on such keys. Every method raises PassphraseNeeded and CertificateRefused."""

    signers: Signers
    settings: Settings
    clock: Clock

    def on_token(
        self, person: Person, token: tuple[str, str, str], pin: str, theirs: TheirCertificate | None = None
    ) -> TokenPair:
        """From now on this person signs with a key on a token, made there when there is none.

        token: module file, token label, key label. Raises PinRefused, SignerAway, SigningFailed.
        """
        if not theirs:
            self.signers.opened_authority()  # before a key is made that nobody could certify
        master = self.signers.master()
        reader = Tokens(DeskKeys.new(master), self.settings.signing.token_environment)
        try:
            pair = reader.find_or_make(*token, pin, self.settings.signing.algorithm)
        finally:
            reader.close()
        beside = [pair.certificate] if pair.certificate else []
        self._register(person, pair.public_key, pair.place.to_json(), "token", beside, theirs)
        return pair

    def at_service(
        self, person: Person, credential_id: str, theirs: TheirCertificate | None = None
    ) -> Credential:
        """From now on this person signs with a credential of the remote service.

        Raises SignerAway, SettingsError.
        """
        client = signing_service(self.settings.signing)
        if client is None:
            raise SettingsError("no remote signing service: set HOSO_SIGNING__CSC_URL")
        found = client.credential(credential_id)
        beside = [found.certificate, *found.chain]
        public = _read(beside)[0].public_key()
        if not isinstance(public, keys.PublicKey):
            raise CertificateRefused("the credential has a kind of key this desk does not use")
        self._register(person, public, remote_place(credential_id, found), "remote", beside, theirs)
        return found

    def _register(
        self,
        person: Person,
        public: keys.PublicKey,
        place: dict[str, Any],
        custody: Custody,
        beside: Sequence[bytes],
        theirs: TheirCertificate | None,
    ) -> None:
        now, master = self.clock.now(), self.signers.master()
        if theirs:
            key = self._their_key(beside, theirs, public)
        else:
            authority, ca_key, _ = self.signers.opened_authority()
            whose = (person.staff_id, person.name, title_of(person))
            certificate = keys.certify(authority, ca_key, public, *whose, now)
            key = SigningKey(keys.fingerprint(certificate), certificate, authority.ca_pem, b"")
        key = replace(key, custody=custody, wrapped_key=seal_place(master, place, key.certificate_pem))
        statements = self.signers.pins.enrol_elsewhere(person.id, now)
        if theirs:
            self.signers.register(person, key, statements)
        else:
            self.signers.give(person, key, statements)

    def _their_key(
        self, beside: Sequence[bytes], theirs: TheirCertificate, public: keys.PublicKey
    ) -> SigningKey:
        if not beside:
            raise CertificateRefused("the token keeps no certificate under the key's label")
        issuers = certificates_in(theirs.chain) if theirs.chain else []
        key = outside_key(_read(beside), issuers, self.clock.now())
        if _spki(x509.load_pem_x509_certificate(key.certificate_pem).public_key()) != _spki(public):
            raise CertificateRefused("the certificate beside the key is about another key")
        return key


def _read(certificates: Sequence[bytes]) -> list[x509.Certificate]:
    try:
        return [x509.load_der_x509_certificate(der) for der in certificates]
    except ValueError:
        raise CertificateRefused("the certificate beside the key cannot be read") from None


def _spki(key: Any) -> bytes:
    return bytes(
        key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
