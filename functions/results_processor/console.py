"""Links to objects of the bucket in the AWS console."""

from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Console:
    """The console of a region; `domain` is its partition's, such as aws.amazon.com."""

    region: str
    domain: str

    def object_url(self, bucket: str, key: str) -> str:
        """Return the page of an object, which works as long as the object exists.

        It requires a sign-in to the account and permission to read the object; a presigned URL
        would require neither.
        """
        asked = urlencode({"region": self.region, "prefix": key}, safe="/")
        return f"https://{self.region}.console.{self.domain}/s3/object/{bucket}?{asked}"
