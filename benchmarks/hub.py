"""Simulates the hub's own services, as far as collectors use them: STS, DynamoDB, SNS and S3.

Messages are stored in the inventory at once, as by an idle reporter, so the next run compares with
them. The runs table keeps its rows.
"""

import json
import re
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from benchmarks.request import HUB, Request, access_key
from benchmarks.sample import Reply

INVENTORY_TABLE, RUNS_TABLE, BUCKET = "inventory", "runs", "results"
ROLE_ACCOUNT = re.compile(rb"RoleArn=arn%3A\w+%3Aiam%3A%3A(\d{12})")
PAGE_ROWS = 3_000
"""Rows of the scope index in one 1 MB page of DynamoDB, approximately."""

XML, JSON = {"Content-Type": "text/xml"}, {"Content-Type": "application/x-amz-json-1.0"}

Row = Mapping[str, Any]


class Hub:
    """The hub account's tables, topic and bucket."""

    def __init__(self) -> None:
        self.published: dict[str, str] = {}
        self.unreadable: set[str] = set()
        self._requests: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._operations: dict[str, Callable[[Request], Reply]] = {
            "AssumeRole": self._assume_role,
            "PublishBatch": self._publish_batch,
            "Query": self._query,
            "BatchWriteItem": self._batch_write_item,
            "BatchGetItem": self._batch_get_item,
            "UpdateItem": self._update_item,
            "DeleteItem": self._update_item,
            "PutObject": self._put_object,
            "CreateMultipartUpload": self._create_multipart_upload,
            "UploadPart": lambda _: Reply(200, b"", {"ETag": '"part"'}),
            "CompleteMultipartUpload": self._complete_multipart_upload,
            "GetObject": self._get_object,
        }
        self.forget()

    def begin(self) -> None:
        """Reset the counts."""
        self.published.clear()
        self.unreadable.clear()
        self._requests.clear()

    def forget(self) -> None:
        """Empty tables and bucket."""
        self._known: defaultdict[str, dict[str, Row]] = defaultdict(dict)
        self._rows: defaultdict[str, dict[str, Row]] = defaultdict(dict)
        self._sorted: defaultdict[str, list[str]] = defaultdict(list)
        self._objects: dict[str, bytes] = {}

    def requests_to_table(self, table: str) -> Counter[str]:
        return self._requests[table]

    def answer(self, request: Request) -> Reply | None:
        """Return the response to one of the hub's calls, None for calls to member accounts."""
        if request.called.account_id != HUB:
            return None
        return self._operations[request.called.operation](request)

    def _assume_role(self, request: Request) -> Reply:
        account = ROLE_ACCOUNT.search(request.body)
        assert account
        return Reply(
            200,
            b'<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
            b"<AssumeRoleResult><Credentials><AccessKeyId>%b</AccessKeyId>"
            b"<SecretAccessKey>secret</SecretAccessKey><SessionToken>%b</SessionToken>"
            b"<Expiration>2040-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>"
            b"</AssumeRoleResponse>" % (access_key(account[1].decode()).encode(), b"t" * 600),
            XML,
        )

    def _publish_batch(self, request: Request) -> Reply:
        form = parse_qs(request.body.decode())
        entries = [name for name in form if name.endswith(".Message")]
        for name in entries:
            self._store(json.loads(form[name][0]))
        done = "".join(
            f"<member><Id>{form[name.replace('.Message', '.Id')][0]}</Id>"
            f"<MessageId>{number:036}</MessageId></member>"
            for number, name in enumerate(entries)
        )
        return Reply(
            200,
            '<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">'
            f"<PublishBatchResult><Failed/><Successful>{done}</Successful></PublishBatchResult>"
            "</PublishBatchResponse>".encode(),
            XML,
        )

    def _store(self, item: Mapping[str, Any]) -> None:
        self.published[item["arn"]] = item["change"]
        account_id, service, region = item["scope"].split("/")
        key, sort = f"{account_id}/{service}", f"{region}/{item['arn']}"
        if item["change"] == "DELETED":
            self._known[key].pop(sort, None)
            return
        row: dict[str, Any] = {"scopeSort": {"S": sort}, "contentHash": {"S": item["contentHash"]}}
        if item["unreadable"]:
            self.unreadable.add(item["arn"])
            row["unreadable"] = {
                "M": {name: {"S": code} for name, code in item["unreadable"].items()}
            }
        self._known[key][sort] = row

    def _query(self, request: Request) -> Reply:
        asked = json.loads(request.body)
        values = asked["ExpressionAttributeValues"]
        self._requests[asked["TableName"]]["Query"] += 1
        if asked["TableName"] == INVENTORY_TABLE:
            rows: Mapping[str, Row] = self._known[values[":scope"]["S"]]
            prefix, order = "", sorted(rows)
        else:
            partition, prefix = values[":pk"]["S"], values[":sk"]["S"]
            rows, order = self._rows[partition], self._sorted[partition]
        first = bisect_left(order, prefix)
        last = bisect_left(order, prefix + "\uffff")
        keys = order[first:last]
        if not asked.get("ScanIndexForward", True):
            keys = keys[::-1]
        start = int(asked["ExclusiveStartKey"]["sk"]["S"]) if "ExclusiveStartKey" in asked else 0
        end = start + PAGE_ROWS
        page: dict[str, Any] = {"Items": [rows[key] for key in keys[start:end]]}
        if end < len(keys):
            page["LastEvaluatedKey"] = {"sk": {"S": str(end)}}
        return _json(page)

    def _batch_write_item(self, request: Request) -> Reply:
        for table, requests in json.loads(request.body)["RequestItems"].items():
            self._requests[table]["PutItem"] += len(requests)
            for one in requests:
                row = one["PutRequest"]["Item"]
                partition, sort = row["pk"]["S"], row["sk"]["S"]
                if sort not in self._rows[partition]:
                    insort(self._sorted[partition], sort)
                self._rows[partition][sort] = row
        return _json({"UnprocessedItems": {}})

    def _batch_get_item(self, request: Request) -> Reply:
        for table, wanted in json.loads(request.body)["RequestItems"].items():
            self._requests[table]["GetItem"] += len(wanted["Keys"])
        return _json({"Responses": {}, "UnprocessedKeys": {}})

    def _update_item(self, request: Request) -> Reply:
        self._requests[json.loads(request.body)["TableName"]][request.called.operation] += 1
        return _json({})

    def _put_object(self, request: Request) -> Reply:
        self._objects[request.path] = request.body
        return Reply(200, b"")

    def _create_multipart_upload(self, _: Request) -> Reply:
        begun = b"<UploadId>upload</UploadId>"
        body = b"<InitiateMultipartUploadResult>%b</InitiateMultipartUploadResult>" % begun
        return Reply(200, body, XML)

    def _complete_multipart_upload(self, _: Request) -> Reply:
        done = b"<CompleteMultipartUploadResult><ETag>whole</ETag></CompleteMultipartUploadResult>"
        return Reply(200, done, XML)

    def _get_object(self, request: Request) -> Reply:
        return Reply(200, self._objects[request.path])


def _json(value: Any) -> Reply:
    return Reply(200, json.dumps(value).encode(), JSON)
