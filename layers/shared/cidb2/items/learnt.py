"""Members of AWS's answers that newer versions of botocore added, by type, in order of appearance.

Items stored earlier cannot have them, so their appearance is not a change of the resource. After an
update of botocore, `tests/unit/items/test_learnt_members.py` lists what is missing here. Append
only: the number of members that a row knew is part of its content hash.
"""

from collections.abc import Mapping, Sequence

LEARNT: Mapping[str, Sequence[str]] = {}
"""Paths as in `steady`, such as `configuration.MetadataOptions.HttpTokens`."""
