"""Versions and what happened to them as JSON-able values: one shape for the command line and the HTTP API."""

from collections.abc import Mapping

from abate.domain.rule import RuleChange, RuleVersion

Json = dict[str, object]


def version_json(version: RuleVersion, names: Mapping[str, str]) -> Json:
    """Return a version.

    :param names: login names by user; who has none there is called by the identifier
    """
    return {
        "id": version.id,
        "name": version.name,
        "state": version.state.value,
        "since": version.since.isoformat(),
        "share": version.share,
        "created_at": version.created_at.isoformat(),
        "created_by": names.get(version.created_by, version.created_by),
        "replaces": version.replaces or None,
        "backtest": version.backtest or None,
        "asked": _asked_json(version, names),
    }


def _asked_json(version: RuleVersion, names: Mapping[str, str]) -> Json | None:
    if version.asked_at is None:
        return None
    return {
        "at": version.asked_at.isoformat(),
        "by": names.get(version.asked_by, version.asked_by),
        "share": version.asked_share,
    }


def change_json(change: RuleChange, names: Mapping[str, str]) -> Json:
    """Return a step in the life of a version."""
    return {
        "at": change.at.isoformat(),
        "version": change.rule,
        "name": change.name,
        "step": change.step.value,
        "by": names.get(change.by, change.by),
        "share": change.share,
        "backtest": change.backtest or None,
        "note": change.note,
    }
