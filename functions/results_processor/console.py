"""Where people find an object of the bucket: links into the console of AWS."""

from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Console:
    """The console of a region; `domain` is its partition's, as aws.amazon.com."""

    region: str
    domain: str

    def object_url(self, bucket: str, key: str) -> str:
        """Return the page of an object, for as long as the object is kept.

        It shows to who is signed in to the account and may read the object; a signed URL would ask
        nobody.
        """
        asked = urlencode({"region": self.region, "prefix": key}, safe="/")
        return f"https://{self.region}.console.{self.domain}/s3/object/{bucket}?{asked}"
