"""SARIF 2.1.0 (OASIS), as code scanning of GitHub, Azure DevOps and editors read it."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

from logtrace.analysis.verdicts import Finding, Outcome, Place, Report
from logtrace.views.json.text import json_text
from logtrace.views.verdicts._told import rest_of, shown_by, told

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def text(report: Report) -> str:
    """One run, with a rule for each outcome and a result for each finding."""
    driver = {"name": f"logtrace {report.tool}", "rules": [_rule(outcome) for outcome in report.outcomes]}
    results = [_result(at, outcome, f) for at, outcome in enumerate(report.outcomes) for f in outcome.findings]
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
    return json_text(log, pretty=True) + "\n"


def _rule(outcome: Outcome) -> dict[str, Any]:
    help_ = "\n\n".join(filter(None, (outcome.why, outcome.mend, rest_of(outcome), outcome.remark)))
    shown: dict[str, Any] = {
        "id": outcome.rule,
        "shortDescription": {"text": outcome.about or outcome.rule},
        "defaultConfiguration": {"level": outcome.level},
    }
    return {**shown, "help": {"text": help_}} if help_ else shown


def _result(at: int, outcome: Outcome, finding: Finding) -> dict[str, Any]:
    shown = shown_by(finding)
    message = f"{told(finding)} ({shown})" if shown else told(finding)
    identity = hashlib.sha256(f"{outcome.rule}\0{finding.where}\0{finding.places[:1]}".encode("utf-8", "replace")).hexdigest()
    return {
        "ruleId": outcome.rule,
        "ruleIndex": at,
        "level": outcome.level,
        "message": {"text": message},
        "locations": [_location(place) for place in finding.places[:1]],
        "relatedLocations": [_location(place) for place in finding.places[1:]],
        "partialFingerprints": {"logtrace/v1": identity[:32]},
    }


def _location(place: Place) -> dict[str, Any]:
    uri = quote(place.path.encode("utf-8", "surrogateescape").decode("utf-8", "replace"), safe="/:!@")
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": max(1, place.line)}}}
