"""Detects cycles in the tokens of a listing."""

from dataclasses import dataclass

from botocore.exceptions import PaginationError


@dataclass
class Trail:
    """The path of a listing from page to page, checked by Brent's algorithm.

    It remembers one token, each time for twice as many pages, so it meets that token again in a
    cycle of any length. botocore only detects the same token twice in a row.
    """

    token: str | None = None
    pages: int = 0
    reach: int = 1

    def follow(self, token: str) -> None:
        """Follow the token of the next page. Raises PaginationError if it leads back."""
        if token == self.token:
            raise PaginationError(message="The listing returned to an earlier page")
        self.pages += 1
        if self.pages == self.reach:
            self.token, self.pages, self.reach = token, 0, 2 * self.reach
