"""Simulates member accounts: the listings and configurations of a population."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import parse_qs

from benchmarks.population import Copy, Population
from benchmarks.request import Request
from benchmarks.sample import IAM_KINDS, Reply, Sample, Samples

XML, JSON = {"Content-Type": "text/xml"}, {"Content-Type": "application/x-amz-json-1.1"}
LAST_DIGITS = re.compile(r"(\d{12})/?$")
EC2 = "http://ec2.amazonaws.com/doc/2016-11-15"
IAM = "https://iam.amazonaws.com/doc/2010-05-08/"
S3 = "http://s3.amazonaws.com/doc/2006-03-01/"
S3_CONTROL = "http://awss3control.amazonaws.com/doc/2018-08-20/"
ACCOUNT_BLOCK = (
    *(b"BlockPublicAcls", b"IgnorePublicAcls"),
    *(b"BlockPublicPolicy", b"RestrictPublicBuckets"),
)
"""Each account's public access block."""

Element = TypeVar("Element")


class Members:
    """Responds to calls that read member accounts."""

    def __init__(self, population: Population, samples: Samples) -> None:
        self._population = population
        self._samples = samples
        self._listings: dict[str, Callable[[Request], Reply]] = {
            "DescribeInstances": self._describe_instances,
            "DescribeRegions": self._describe_regions,
            "GetAccountAuthorizationDetails": self._get_account_authorization_details,
            "ListRoles": partial(self._list_identities, "RoleDetailList", "Roles"),
            "ListUsers": partial(self._list_identities, "UserDetailList", "Users"),
            "ListKeys": self._list_keys,
            "ListAliases": self._list_aliases,
            "ListBuckets": self._list_buckets,
        }
        self._account_block = _xml(
            f'<PublicAccessBlockConfiguration xmlns="{S3_CONTROL}">',
            b"".join(b"<%b>true</%b>" % (setting, setting) for setting in ACCOUNT_BLOCK),
            "</PublicAccessBlockConfiguration>",
        )
        self._aliases = cache(self._aliases_of)

    def answer(self, request: Request) -> Reply | None:
        """Return the response to a call, None if the population has nothing that it is about."""
        called = request.called
        if (called.service, called.operation) == ("s3control", "GetPublicAccessBlock"):
            return self._account_block
        listing = self._listings.get(called.operation)
        if listing:
            return listing(request)
        return self._about_one(request) if self._population.amounts.get(called.service) else None

    def _about_one(self, request: Request) -> Reply:
        called = request.called
        copy = self._population.copy(called.account_id, called.service, _number(request))
        reply = self._samples[called.service][copy.sample].replies[called.operation]
        return Reply(reply.status, copy.fill(reply.body), reply.headers)

    def _copies(self, request: Request, *, regional: bool) -> Iterable[Copy]:
        called = request.called
        region = called.region if regional else None
        return self._population.copies(called.account_id, called.service, region)

    def _fill(self, request: Request, copy: Copy) -> tuple[Sample, bytes]:
        sample = self._samples[request.called.service][copy.sample]
        return sample, copy.fill(sample.listed)

    def _describe_instances(self, request: Request) -> Reply:
        asked = _form(request)
        copies = self._copies(request, regional=True)
        page, token = _page(copies, int(asked["MaxResults"]), asked.get("NextToken"))
        items = b"".join(self._fill(request, copy)[1] for copy in page)
        more = f"<nextToken>{token}</nextToken>" if token else ""
        return _xml(
            f'<DescribeInstancesResponse xmlns="{EC2}"><reservationSet>',
            items,
            f"</reservationSet>{more}</DescribeInstancesResponse>",
        )

    def _describe_regions(self, _: Request) -> Reply:
        items = "".join(
            f"<item><optInStatus>opt-in-not-required</optInStatus><regionName>{name}</regionName>"
            f"<regionEndpoint>ec2.{name}.amazonaws.com</regionEndpoint></item>"
            for name in self._population.regions
        )
        return _xml(
            f'<DescribeRegionsResponse xmlns="{EC2}"><regionInfo>',
            items.encode(),
            "</regionInfo></DescribeRegionsResponse>",
        )

    def _get_account_authorization_details(self, request: Request) -> Reply:
        asked = _form(request)
        copies = self._copies(request, regional=False)
        page, token = _page(copies, int(asked["MaxItems"]), asked.get("Marker"))
        lists: dict[str, list[bytes]] = {kind: [] for kind in IAM_KINDS}
        for copy in page:
            sample, entry = self._fill(request, copy)
            lists[sample.kind].append(entry)
        items = b"".join(
            b"<%b>%b</%b>" % (kind.encode(), b"".join(entry), kind.encode())
            for kind, entry in lists.items()
        )
        more = "<IsTruncated>false</IsTruncated>"
        if token:
            more = f"<IsTruncated>true</IsTruncated><Marker>{token}</Marker>"
        name = "GetAccountAuthorizationDetails"
        return _xml(
            f'<{name}Response xmlns="{IAM}"><{name}Result>',
            items,
            f"{more}</{name}Result></{name}Response>",
        )

    def _list_identities(self, kind: str, member: str, request: Request) -> Reply:
        """Return the listing of one kind."""
        asked, name = _form(request), request.called.operation
        samples = self._samples["iam"]
        copies = self._copies(request, regional=False)
        of_kind = (copy for copy in copies if samples[copy.sample].kind == kind)
        page, token = _page(of_kind, int(asked["MaxItems"]), asked.get("Marker"))
        items = (copy.fill(samples[copy.sample].replies[name].body) for copy in page)
        more = f"<IsTruncated>{str(token is not None).lower()}</IsTruncated>"
        more += f"<Marker>{token}</Marker>" if token else ""
        return _xml(
            f'<{name}Response xmlns="{IAM}"><{name}Result><{member}>',
            b"".join(items),
            f"</{member}>{more}</{name}Result></{name}Response>",
        )

    def _list_keys(self, request: Request) -> Reply:
        asked = json.loads(request.body)
        copies = self._copies(request, regional=True)
        page, token = _page(copies, asked["Limit"], asked.get("Marker"))
        return _json("Keys", [self._fill(request, copy)[1] for copy in page], token)

    def _list_aliases(self, request: Request) -> Reply:
        asked, called = json.loads(request.body), request.called
        aliases = self._aliases(called.account_id, called.region)
        page, token = _page(aliases, asked["Limit"], asked.get("Marker"))
        return _json("Aliases", page, token)

    def _aliases_of(self, account_id: str, region: str) -> list[bytes]:
        return [
            copy.fill(alias)
            for copy in self._population.copies(account_id, "kms", region)
            for alias in self._samples["kms"][copy.sample].aliases
        ]

    def _list_buckets(self, request: Request) -> Reply:
        asked = {name: value[0] for name, value in parse_qs(request.query).items()}
        copies = self._copies(request, regional=False)
        page, token = _page(copies, int(asked["max-buckets"]), asked.get("continuation-token"))
        items = b"".join(self._fill(request, copy)[1] for copy in page)
        more = f"<ContinuationToken>{token}</ContinuationToken>" if token else ""
        return _xml(
            f'<ListAllMyBucketsResult xmlns="{S3}"><Buckets>',
            items,
            f"</Buckets><Owner><ID>{request.called.account_id}</ID></Owner>{more}"
            "</ListAllMyBucketsResult>",
        )


def _form(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


def _page(
    elements: Iterable[Element], size: int, token: str | None
) -> tuple[Sequence[Element], str | None]:
    """Return the page at a token, and the next token if there is one."""
    start = int(token or 0)
    page = list(islice(elements, start, start + size + 1))
    return page[:size], str(start + size) if len(page) > size else None


def _number(request: Request) -> int:
    """Return the number of a call's resource, which is the end of its id."""
    if request.called.service == "s3":
        named = request.path
    elif request.called.service == "kms":
        named = json.loads(request.body)["KeyId"]
    else:
        form = _form(request)
        named = form.get("PolicyArn") or form["UserName"]
    digits = LAST_DIGITS.search(named)
    if not digits:
        raise KeyError(f"no resource of the population: {named}")
    return int(digits[1])


def _xml(before: str, items: bytes, after: str) -> Reply:
    return Reply(200, before.encode() + items + after.encode(), XML)


def _json(name: str, items: Sequence[bytes], token: str | None) -> Reply:
    more: dict[str, Any] = {"Truncated": token is not None}
    if token:
        more["NextMarker"] = token
    rest = json.dumps(more)[1:].encode()
    return Reply(200, b'{"%b": [%b], %b' % (name.encode(), b", ".join(items), rest), JSON)
