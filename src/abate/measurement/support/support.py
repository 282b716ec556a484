"""What the files can show, claim by claim: ``can``, ``why``, and what to ``collect``.

The verdict rests on what is in the files (weeks around an intervention, collectors that share channels, items drawn
with known chances), not on the names of their columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from abate.measurement.counting.scope import reading_caveats
from abate.measurement.footing import Footing, Json
from abate.measurement.support.enforcement_parts import enforcement
from abate.measurement.support.fell_parts import fell
from abate.measurement.support.holdings import AnyTable, holdings
from abate.measurement.support.other_parts import disillusion, growth, ideology, recruitment, threat
from abate.measurement.support.part import Part
from abate.measurement.tables.columns import Reading

CLAIMS = {
    "a": ("presence, following or exposure fell", fell),
    "b": ("enforcement contributed", enforcement),
    "c": ("online support feeds recruitment", recruitment),
    "d": ("followers are disillusioned and the public rejects it", disillusion),
    "e": ("fewer supporters, fewer threats", threat),
    "f": ("the branches share one ideology", ideology),
    "g": ("uncurbed, it grows", growth),
}
"""Letter → the claim, and what it can be held against."""
_ASSUMPTIONS = (
    "a claim can be held against the files when one of its parts can; whether it holds, the measure itself says",
    "several files of one table are taken together, but for labels and series",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimSupport:
    """One claim."""

    claim: str
    parts: tuple[Part, ...]

    @property
    def can(self) -> bool:
        """Say whether the files let it be held against anything."""
        return any(part.can for part in self.parts)

    @property
    def why(self) -> str:
        """Return one sentence: what can be had from what, and what cannot and why."""
        able = "; ".join(part.text for part in self.parts if part.can)
        unable = "; ".join(f"{' and '.join(names)}, since {text}" for text, names in self._unable().items())
        if able and unable:
            return f"can: {able}; cannot yet: {unable}."
        return f"can: {able}." if able else f"cannot yet: {unable}."

    def _unable(self) -> dict[str, list[str]]:
        """Return each reason with the parts that it stops."""
        out: dict[str, list[str]] = {}
        for part in self.parts:
            if not part.can:
                out.setdefault(part.text, []).append(part.name)
        return out

    @property
    def collect(self) -> tuple[str, ...]:
        """Return what would be missing, each once."""
        return tuple(dict.fromkeys(what for part in self.parts for what in part.collect))

    def to_json(self) -> Json:
        """Return the claim."""
        return {
            "can": self.can,
            "why": self.why,
            "collect": list(self.collect),
            "claim": self.claim,
            "parts": [part.to_json() for part in self.parts],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class FileFacts:
    """One file, as one table."""

    table: str | None
    """``None`` where nobody could recognise or read it."""
    reading: Reading

    def to_json(self) -> Json:
        """Return the file."""
        problems = [{"where": problem.where, "text": problem.text} for problem in self.reading.problems]
        head: Json = {"file": self.reading.file, "table": self.table, "rows": self.reading.rows}
        return head | {"skipped": self.reading.skipped, "problems": problems}


@dataclass(frozen=True, kw_only=True, slots=True)
class Support:
    """All claims and all files."""

    claims: Mapping[str, ClaimSupport]
    files: tuple[FileFacts, ...]
    footing: Footing

    def to_json(self) -> Json:
        """Return the contract's object."""
        return self.footing.to_json() | {
            "claims": {letter: one.to_json() for letter, one in self.claims.items()},
            "files": [one.to_json() for one in self.files],
        }


def support(tables: Sequence[AnyTable], files: Sequence[FileFacts]) -> Support:
    """Say which claims the tables can support.

    :param tables: those that could be read
    :param files: all that were given
    """
    held = holdings(tables)
    claims = {letter: ClaimSupport(claim=claim, parts=parts(held)) for letter, (claim, parts) in CLAIMS.items()}
    caveats = dict.fromkeys(caveat for one in files for caveat in reading_caveats(one.reading) if one.table)
    method = "what the files hold, against what each claim takes"
    footing = Footing(method=method, assumptions=_ASSUMPTIONS, caveats=tuple(caveats))
    return Support(claims=claims, files=tuple(files), footing=footing)
