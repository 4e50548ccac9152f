"""Who may sign: certificates made by the office, keys under a PIN or the server's custody, the CA's lock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hoso_bot import texts
from hoso_bot.domain.calendar import VN
from hoso_bot.domain.errors import CertificateRefused, RosterError
from hoso_bot.domain.events import to_json
from hoso_bot.domain.expected import APPROVERS
from hoso_bot.domain.pin_events import SignerRevoked
from hoso_bot.domain.roster import Person
from hoso_bot.domain.signing import OUTSIDE, Algorithm, SigningKey
from hoso_bot.pdf import keys
from hoso_bot.pdf.enrolment import enrol, renew
from hoso_bot.ports import Clock
from hoso_bot.settings import Custody, Settings
from hoso_bot.store.audit import Entry
from hoso_bot.store.commit import Changes, Unguarded, commit
from hoso_bot.store.db import Database, moment, new_id
from hoso_bot.store.duties import Duties
from hoso_bot.store.inbox import INTERNAL, Arrival, Inbox
from hoso_bot.store.invites import Invites
from hoso_bot.store.people import People
from hoso_bot.store.pins import Pins
from hoso_bot.store.revocations import Revocations
from hoso_bot.store.school import School


class Signers:
    """The office's work on one school's certificates; `passphrase` opens a CA that is under one."""

    def __init__(self, db: Database, settings: Settings, clock: Clock, passphrase: str = "") -> None:
        self._db, self._clock = db, clock
        self._settings, self._passphrase = settings, passphrase
        self._school, self._people, self._invites = School(db), People(db), Invites(db)
        self.pins = Pins(db)

    def ensure_keys(self) -> int:
        """A key and certificate for every approver without a fitting one; how many were made. A school from
        before there were revocation lists gets the key for them too.

        Where the CA is under the office passphrase and none was given, nobody gets one: `without_key` tells
        who waits. Raises PassphraseNeeded for a wrong passphrase, and with custody `server`.
        """
        custody, waiting = self.custody, self.without_key()
        lists = Revocations(self._db)
        authority, master = self._authority()
        closed = keys.needs_passphrase(authority, master)
        if closed and not self._passphrase and (custody == "pin" or not waiting):
            return 0
        if not waiting and lists.crl_signer():
            return 0
        ca_key = keys.open_authority(authority, master, self._passphrase)
        if not lists.crl_signer():
            made = lists.set_crl_signer(
                keys.create_crl_signer(authority.ca_pem, ca_key, master, self._clock.now())
            )
            self._write([made], Entry("office", "crl_signer.made", "school"))
        for person in waiting:
            self._issue(person, authority, ca_key, master)
        return len(waiting)

    def without_key(self) -> list[Person]:
        """Active approvers without a certificate that names them, kept the way this school keeps keys."""
        custody = self.custody
        return [p for p in self._approvers() if not self._fits(p, custody)]

    def _approvers(self) -> list[Person]:
        return [p for p in self._people.all() if p.active and p.role in APPROVERS]

    def delegates_without_key(self) -> list[Person]:
        """Who may sign for a head today or later (R34) and has no certificate whose key counts."""
        today = self._clock.now().astimezone(VN).date()
        takers = {d.taker_id for d in Duties(self._db).delegations(today)}
        found = [p for p in self._people.all() if p.active and p.id in takers]
        return [p for p in found if not self._has_key(p)]

    def _has_key(self, person: Person) -> bool:
        key = self._school.signing_key(person.id)
        return key is not None and (key.foreign or key.custody in (self.custody, *OUTSIDE))

    def without_pin(self) -> list[Person]:
        """Approvers with a key under a PIN who have not chosen it yet; the first approval asks for it."""
        return [p for p in self._approvers() if (row := self.pins.of(p.id)) and not row.is_set]

    def blocked(self) -> list[Person]:
        """Who tried so many wrong PINs that only the office can unlock."""
        return [p for p in self._people.all() if (row := self.pins.of(p.id)) and row.tries.blocked]

    def enrol_anew(self, person: Person) -> None:
        """A new key for who forgot the PIN: the old one signs nothing more, a new PIN is chosen.

        Raises PassphraseNeeded.
        """
        authority, master = self._authority()
        ca_key = keys.open_authority(authority, master, self._passphrase)
        self._issue(person, authority, ca_key, master, anew=True)

    # --- certificates of other authorities ---------------------------------------------------------

    def approvers(self) -> list[tuple[Person, SigningKey | None]]:
        """Active approvers with what each of them signs with now."""
        people = [p for p in self._people.all() if p.active and p.role in APPROVERS]
        return [(person, self._school.signing_key(person.id)) for person in people]

    def register(self, person: Person, key: SigningKey, more: Sequence[Any] = ()) -> None:
        """From now on this person signs with this certificate of another authority; `more` changes with it.

        An earlier one of the same person stays good for what it signed. Raises CertificateRefused.
        """
        if person.role not in APPROVERS:
            raise CertificateRefused(f"{person.staff_id} approves nothing: only approvers sign")
        holder, revoked = self._school.holder_of(key.key_id), Revocations(self._db)
        if holder not in (None, person.id):
            whose = self._people.get(holder).staff_id
            raise CertificateRefused(
                f"this certificate is registered to {whose} already: a certificate is one person's"
            )
        if revoked.of(key.key_id):
            raise CertificateRefused("this certificate was revoked here: ask its issuer for a new one")
        now = self._clock.now()
        known = self._school.take_up_again if holder else self._school.set_signing_key
        self._replace(person, [*known(person.id, key, now), *more], "certificate.registered", key.key_id)

    def unregister(self, person: Person) -> None:
        """The outside certificate signs no further plan; the person needs one of the school's again.

        Raises RosterError when there is none.
        """
        key = self._school.signing_key(person.id)
        if key is None or not key.foreign:
            raise RosterError(f"{person.staff_id} has no certificate of another authority")
        retire = self._school.retire_signing_key(person.id, self._clock.now())
        self._replace(person, [retire], "certificate.removed", key.key_id)

    def _replace(self, person: Person, statements: list[Any], action: str, key_id: str) -> None:
        current = self._school.signing_key(person.id)
        retire, *rest = statements
        closing = current.key_id if current else None
        self._write(
            [Unguarded(retire), *rest], Entry("office", action, person.staff_id, {"key": key_id}), closing
        )

    def revoke(self, person: Person) -> int:
        """A lost phone: chats, unused codes, window and certificate end at once; how many chats there were.

        What was signed before stays valid; what the certificate signs from now on does not.
        """
        now, key = self._clock.now(), self._school.signing_key(person.id)
        chats = self._people.accounts(person.id)
        statements: list[Any] = [
            *(self._people.unlink(person.id, chat.address.channel) for chat in chats),
            Unguarded(self._invites.revoke(person.id, now)),
        ]
        if key:
            lists = Revocations(self._db)
            statements.append(lists.revoke(key.key_id, now, "key_compromise"))
            statements.append(Unguarded(self._school.retire_signing_key(person.id, now)))
        facts = {"chats": len(chats), "key": key.key_id if key else ""}
        self._write(
            statements,
            Entry("office", "signer.revoked", person.staff_id, facts),
            closing=key.key_id if key else None,
        )
        return len(chats)

    def unlock_pin(self, person: Person) -> None:
        """Wrong tries are forgotten. Raises RosterError for somebody without a PIN."""
        if self.pins.of(person.id) is None:
            raise RosterError(f"{person.staff_id} has no PIN")
        self._write([self.pins.forget_tries(person.id)], Entry("office", "pin.unlocked", person.staff_id))

    @property
    def custody(self) -> Custody:
        """Who opens keys: as the settings say. Where they are silent a CA that the master key opens shows
        a school made before `init` wrote it down, which goes on with `server` (decision 0025)."""
        signing = self._settings.signing
        return signing.custody if signing.custody_is_said or self.authority_is_locked() else "server"

    def authority_is_locked(self) -> bool:
        """Whether the CA needs the office passphrase."""
        return keys.needs_passphrase(*self._authority())

    def lock_authority(self) -> bool:
        """Put an open CA under the passphrase (who moves from custody `server`); whether it was done.

        Where the settings name custody `server` it stays open: that custody makes certificates by itself.
        """
        signing = self._settings.signing
        if signing.custody_is_said and signing.custody == "server":
            return False
        authority, master = self._authority()
        if not self._passphrase or keys.needs_passphrase(authority, master):
            return False
        locked = keys.under_passphrase(authority, master, self._passphrase)
        statement = self._school.set_authority_key(locked.wrapped_key)
        self._write([statement], Entry("office", "authority.locked", "authority"))
        return True

    def master(self) -> bytes:
        """The master key. Raises SettingsError."""
        return self._authority()[1]

    def opened_authority(self) -> tuple[keys.Authority, keys.PrivateKey, bytes]:
        """The CA, its key, and the master key. Raises PassphraseNeeded."""
        authority, master = self._authority()
        return authority, keys.open_authority(authority, master, self._passphrase), master

    @property
    def _algorithm(self) -> Algorithm:
        return self._settings.signing.algorithm

    def _authority(self) -> tuple[keys.Authority, bytes]:
        row = self._school.row()
        master = keys.master_key_from_text(self._settings.master())
        return keys.Authority(row.ca_pem, row.ca_wrapped_key), master

    def _issue(
        self,
        person: Person,
        authority: keys.Authority,
        ca_key: keys.PrivateKey,
        master: bytes,
        anew: bool = False,
    ) -> None:
        """One certificate: over the person's own key where it stays under its PIN, else with a new key."""
        now, whose = self._clock.now(), (person.staff_id, person.name, title_of(person))
        current = self._school.signing_key(person.id)
        statements: list[Any] = []
        if current and not anew and self._stays(current):
            key = renew(authority, ca_key, current, *whose, now)
        elif self.custody == "server":
            key = keys.issue_from(authority, ca_key, master, *whose, now, self._algorithm)
            statements = [Unguarded(self.pins.drop(person.id))]
        else:
            key, closed = enrol(authority, ca_key, master, *whose, now, self._algorithm)
            statements = self.pins.enrol(person.id, closed)
        self.give(person, key, statements)

    def _stays(self, key: SigningKey) -> bool:
        """Whether a new certificate is made over this very key: its own PIN opens it."""
        return key.custody in OUTSIDE or key.custody == self.custody == "pin"

    def give(self, person: Person, key: SigningKey, statements: list[Any]) -> None:
        """The person's key from now on, and what else changes with it."""
        current = self._school.signing_key(person.id)
        retire, insert = self._school.set_signing_key(person.id, key, self._clock.now())
        facts = {"key": key.key_id, "custody": key.custody}
        entry = Entry("office", "certificate.issued", person.staff_id, facts)
        self._write(
            [*statements, Unguarded(retire), insert], entry, closing=current.key_id if current else None
        )

    def _write(self, statements: list[Any], entry: Entry, closing: str | None = None) -> None:
        """Facts and entry; a running bot closes the signing window of the key `closing`."""
        now = self._clock.now()
        changes = Changes(statements=statements, entries=[entry])
        if closing:
            owed = Arrival(
                INTERNAL, f"office:{new_id()}", f"signer:{closing}", to_json(SignerRevoked(closing))
            )
            changes.owed = Inbox(self._db, self._clock).rows([owed])
        commit(self._db, moment(now), changes)

    def _fits(self, person: Person, custody: Custody) -> bool:
        key = self._school.signing_key(person.id)
        if key is None or key.foreign:
            return key is not None
        kept_well = key.custody in OUTSIDE or key.custody == custody
        return kept_well and keys.fits_holder(key.certificate_pem, person.name, title_of(person))


def title_of(person: Person) -> str:
    """What a certificate of the school calls this person's role."""
    return texts.render(f"stamp.role.{person.role.value}", group=person.group)
