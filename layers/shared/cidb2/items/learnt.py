"""Members of AWS's answers that came with a newer botocore, by type, in the order they came.

What was stored before could not have them, so their appearance is no change of a resource.
`tests/unit/items/test_learnt_members.py` says what is missing here after an update of botocore.
Append only: how many a row knew is part of its content hash.
"""

from collections.abc import Mapping, Sequence

LEARNT: Mapping[str, Sequence[str]] = {}
"""Paths as in `steady`, such as `configuration.MetadataOptions.HttpTokens`."""
