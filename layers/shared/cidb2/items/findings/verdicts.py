"""What a rule says of a resource: the finding applies, does not apply, or is unknown.

Unknowns are counted separately, because they do not mean that all is well.
"""

Verdict = bool | None
"""Whether a finding applies; None if unknown."""


def and_(*verdicts: Verdict) -> Verdict:
    return False if False in verdicts else None if None in verdicts else True


def or_(*verdicts: Verdict) -> Verdict:
    return True if True in verdicts else None if None in verdicts else False


def told_by(*verdicts: Verdict) -> Verdict:
    """Return what several sources tell of one thing; one that is known is enough."""
    return True if True in verdicts else False if False in verdicts else None


def not_(verdict: Verdict) -> Verdict:
    return None if verdict is None else not verdict
