"""The tokens of a listing, followed so that one that goes round in a circle is noticed."""

from dataclasses import dataclass

from botocore.exceptions import PaginationError


@dataclass
class Trail:
    """The way of a listing from page to page, by Brent's algorithm.

    It keeps one token, and keeps it for twice as many pages each time, so it meets it again on a
    circle of any length. botocore notices only a token that comes twice in a row.
    """

    token: str | None = None
    pages: int = 0
    reach: int = 1

    def follow(self, token: str) -> None:
        """Take note of the token of the next page. PaginationError where it leads back."""
        if token == self.token:
            raise PaginationError(message="The listing comes back to a page that it was at before")
        self.pages += 1
        if self.pages == self.reach:
            self.token, self.pages, self.reach = token, 0, 2 * self.reach
