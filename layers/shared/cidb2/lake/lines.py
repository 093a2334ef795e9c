"""The lines of a listing: items, and beside each what follows from it for SQL.

It needs all declarations, which only collectors have loaded.
"""

from cidb2.items.findings.catalog import Verdicts
from cidb2.items.item import Item
from cidb2.items.relationships import identifiers, relationships, unreadable_relations
from cidb2.lake.listings import line


def item_line(item: Item, listing: str, verdicts: Verdicts) -> bytes:
    """Return the line of an item: with its listing, what it refers to and how others name it.

    Its `findings` are those that apply (true) and those that are unknown (null).
    """
    told = {
        "listing": listing,
        "findings": {name: each for name, each in verdicts.items() if each is not False},
        "relationships": [each.to_document() for each in relationships(item)],
        "identifiers": identifiers(item),
        "unreadableRelations": unreadable_relations(item),
    }
    return line({**item, **told})
