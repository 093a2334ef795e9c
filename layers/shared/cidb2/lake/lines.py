"""The lines of a listing: items, and beside each what follows from it for SQL.

It needs all declarations, which only collectors have loaded.
"""

from cidb2.items.item import Item
from cidb2.items.relationships import identifiers, relationships, unreadable_relations
from cidb2.lake.listings import line


def item_line(item: Item, listing: str) -> bytes:
    """Return the line of an item: with its listing, what it refers to and how others name it."""
    told = {
        "listing": listing,
        "relationships": [each.to_document() for each in relationships(item)],
        "identifiers": identifiers(item),
        "unreadableRelations": unreadable_relations(item),
    }
    return line({**item, **told})
