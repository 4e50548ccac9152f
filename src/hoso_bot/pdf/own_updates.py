"""What our own signature updates look like, so that checking a file of ours need not walk its every object.

Difference analysis asks of each changed or new object from where it can be reached, which in a tagged plan
means reading all of them: 200 ms for 12 pages. An update that rewrites one empty signature field and adds its
signature and its look, as `signature_update` writes it, needs no such question. Anything else gets the whole
analysis.

Only for files that lay in our archive since the review copy, which qpdf wrote and which refers to nothing
that is not there: in a stranger's file the new objects may have been referred to before.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    DiffPolicy,
    DiffResult,
    ModificationLevel,
    SuspiciousModification,
)

_FILLED = {"/V", "/AP"}
_MOVING = {"/Prev", "/Size", "/ID"}


class OwnUpdates(DiffPolicy):  # type: ignore[misc]
    """pyHanko's own policy, asked only where an update is not exactly one of ours."""

    def apply(self, old: Any, new: Any, field_mdp_spec: Any = None, doc_mdp: Any = None) -> DiffResult:
        """One revision against another; raises SuspiciousModification."""
        return DEFAULT_DIFF_POLICY.apply(old, new, field_mdp_spec, doc_mdp)

    def review_file(
        self, reader: PdfFileReader, base_revision: int, field_mdp_spec: Any = None, doc_mdp: Any = None
    ) -> DiffResult | SuspiciousModification:
        """Every revision behind the signed one."""
        revisions = range(base_revision, reader.xrefs.total_revisions)
        states = [reader.get_historical_resolver(number) for number in revisions]
        signed = [_signed_field(old, new) for old, new in pairwise(states)]
        if all(signed) and field_mdp_spec is None and doc_mdp is None:
            return DiffResult(ModificationLevel.FORM_FILLING, set(signed))
        return DEFAULT_DIFF_POLICY.review_file(reader, base_revision, field_mdp_spec, doc_mdp)


def _signed_field(old: HistoricalResolver, new: HistoricalResolver) -> str:
    """The name of the one field that `new` fills and does nothing else; empty when it does anything else."""
    written = new.explicit_refs_in_revision()
    added = {ref for ref in written if ref.idnum >= int(old.trailer_view["/Size"])}
    rewritten = written - added
    if len(rewritten) != 1 or new.refs_freed_in_revision() or not _same_root(old, new):
        return ""
    (field,) = rewritten
    before, after = old.get_object(field), new.get_object(field)
    return str(after["/T"]) if _is_filled(before, after, added) else ""


def _same_root(old: HistoricalResolver, new: HistoricalResolver) -> bool:
    before, after = ({k: v for k, v in _entries(r.trailer_view) if k not in _MOVING} for r in (old, new))
    return before == after


def _is_filled(before: Any, after: Any, added: set[generic.Reference]) -> bool:
    """Whether an empty signature field got a value and a look, both new, and is the same otherwise."""
    if not all(isinstance(state, generic.DictionaryObject) for state in (before, after)):
        return False
    if before.get("/FT") != "/Sig" or not _FILLED.isdisjoint(before):
        return False
    look = after.get("/AP")
    if not isinstance(look, generic.DictionaryObject) or set(look) != {"/N"}:
        return False
    new = {after.get_value_as_reference("/V"), look.get_value_as_reference("/N")}
    return new == added and dict(_entries(before)) == {k: v for k, v in _entries(after) if k not in _FILLED}


def _entries(dictionary: generic.DictionaryObject) -> list[tuple[str, Any]]:
    """What it holds, references unresolved."""
    return [(key, dictionary.raw_get(key)) for key in dictionary]
