"""CloudFormation's API over the deployer, as far as `sam`, the AWS CLI and boto3's waiters need it.

A call returns when its work is done: who waits, waits for nothing. moto's own CloudFormation is
never asked, for it reports what it has skipped as created.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

from samtranslator.public.exceptions import InvalidDocumentException

from local.call import Answer, Call
from local.cloudformation import answers, requests
from local.cloudformation.record import REFUSALS, ChangeSet, Revision, StackRecord
from local.deploy import changes
from local.stack import Stack

NO_CHANGES = (
    "The submitted information didn't contain changes. "
    "Submit different information to create a change set."
)
UPDATABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
Result = dict[str, Any]


class RefusedError(Exception):
    """The request is refused; the message is CloudFormation's own."""


class CloudFormation:
    """The stacks of all accounts and regions. `client` makes clients: service, account, region."""

    def __init__(self, client: Callable[..., Any]) -> None:
        self._client = client
        self._records: list[StackRecord] = []

    def answer(self, call: Call) -> Answer | None:
        """Answer a call to CloudFormation; None to any other."""
        if call.service != "cloudformation":
            return None
        operation = OPERATIONS.get(call.operation)
        if operation is None:
            return call.error("NotImplemented", f"{call.operation} is not known here", 400)
        try:
            return call.result(operation(self, call))
        except (RefusedError, InvalidDocumentException, *REFUSALS) as error:
            return call.error("ValidationError", str(error), 400)

    def adopt(self, stack: Stack, revision: Revision) -> None:
        """Take over a stack that was deployed past this API, or changed past it."""
        known = [record for record in self._records if record.stack is stack]
        record = known[0] if known else self._new_record(stack)
        record.revision = revision
        record.enter("UPDATE_COMPLETE" if known else "CREATE_COMPLETE")

    def record(self, name: str) -> StackRecord:
        """Return the newest stack of a name, a deleted one too. Raises RefusedError."""
        for record in reversed(self._records):
            if record.stack.name == name:
                return record
        raise RefusedError(f"Stack with id {name} does not exist")

    # --- what is asked of it ----------------------------------------------------------------

    def create_change_set(self, call: Call) -> Result:
        asked = call.parameters
        name = asked["StackName"]
        if asked.get("ChangeSetType", "UPDATE") == "CREATE":
            self._refuse_a_second(call, name)
            stack = Stack(name, call.account, call.region, {}, generation=self._generation(name))
            record = self._new_record(stack)
            record.enter("REVIEW_IN_PROGRESS")
        else:
            record = self._of(call)
            if record.status not in UPDATABLE:
                raise RefusedError(f"Stack:{record.stack.id} is in {record.status} state")
        revision = requests.revision(call, record.revision, self._client)
        found = changes(revision.template, record.stack, revision.parameters)
        arn = record.stack.id.replace(":stack/", ":changeSet/")
        change_set = ChangeSet(f"{arn}/{uuid4()}", asked["ChangeSetName"], revision, found)
        if not found and revision.says_the_same_as(record.revision):
            change_set.status, change_set.reason = "FAILED", NO_CHANGES
        record.change_sets[change_set.id] = change_set
        return {"Id": change_set.id, "StackId": record.stack.id}

    def describe_change_set(self, call: Call) -> Result:
        record, change_set = self._change_set(call)
        return {
            **answers.summary(record, change_set),
            "Parameters": answers.parameters(change_set.revision.parameters),
            "Tags": answers.tags(change_set.revision),
            "Changes": [answers.change(each) for each in change_set.changes],
        }

    def list_change_sets(self, call: Call) -> Result:
        record = self._of(call)
        return {
            "Summaries": [answers.summary(record, each) for each in record.change_sets.values()]
        }

    def delete_change_set(self, call: Call) -> Result:
        record, change_set = self._change_set(call)
        del record.change_sets[change_set.id]
        return {}

    def execute_change_set(self, call: Call) -> Result:
        record, change_set = self._change_set(call)
        if change_set.status != "CREATE_COMPLETE":
            raise RefusedError(f"ChangeSet [{change_set.id}] cannot be executed")
        record.bring_about(change_set.revision)
        return {}

    def delete_stack(self, call: Call) -> Result:
        for record in self._matching(call, call.parameters["StackName"]):
            record.delete()
        return {}

    def describe_stacks(self, call: Call) -> Result:
        named = call.parameters.get("StackName")
        records = [self._of(call)] if named else self._matching(call, None)
        return {"Stacks": [answers.described(record) for record in records]}

    def describe_stack_events(self, call: Call) -> Result:
        return {"StackEvents": self._of(call).events}

    def describe_stack_resources(self, call: Call) -> Result:
        return {"StackResources": self._resources(call)}

    def describe_stack_resource(self, call: Call) -> Result:
        wanted = call.parameters["LogicalResourceId"]
        for found in self._resources(call):
            if found["LogicalResourceId"] == wanted:
                return {"StackResourceDetail": found}
        raise RefusedError(f"Resource {wanted} does not exist for stack")

    def list_stack_resources(self, call: Call) -> Result:
        return {"StackResourceSummaries": self._resources(call)}

    def get_template(self, call: Call) -> Result:
        revision = self._of(call).revision
        return {"TemplateBody": revision.body if revision else ""}

    def get_template_summary(self, call: Call) -> Result:
        asked = call.parameters
        revision = self._of(call).revision if "StackName" in asked else None
        template = revision.template if revision else requests.template(call, self._client)
        return {
            "Parameters": [
                {"ParameterKey": name, "ParameterType": rules["Type"]}
                for name, rules in template.get("Parameters", {}).items()
            ],
            "ResourceTypes": sorted({each["Type"] for each in template["Resources"].values()}),
        }

    # --- finding ----------------------------------------------------------------------------

    def _new_record(self, stack: Stack) -> StackRecord:
        client = partial(self._client, account=stack.account, region=stack.region)
        record = StackRecord(stack, client)
        self._records.append(record)
        return record

    def _generation(self, name: str) -> int:
        return sum(record.stack.name == name for record in self._records)

    def _refuse_a_second(self, call: Call, name: str) -> None:
        for record in self._matching(call, name):
            if record.status != "REVIEW_IN_PROGRESS":
                raise RefusedError(f"Stack [{name}] already exists and cannot be created again")
            self._records.remove(record)

    def _matching(self, call: Call, name: str | None) -> list[StackRecord]:
        return [
            record
            for record in self._records
            if (record.stack.account, record.stack.region) == (call.account, call.region)
            and (
                record.stack.id == name
                or (record.status != "DELETE_COMPLETE" and name in (record.stack.name, None))
            )
        ]

    def _of(self, call: Call) -> StackRecord:
        name = call.parameters["StackName"]
        found = self._matching(call, name)
        if not found:
            raise RefusedError(f"Stack with id {name} does not exist")
        return found[0]

    def _change_set(self, call: Call) -> tuple[StackRecord, ChangeSet]:
        wanted = call.parameters["ChangeSetName"]
        named = call.parameters.get("StackName")
        for record in [self._of(call)] if named else self._matching(call, None):
            for change_set in record.change_sets.values():
                if wanted in (change_set.id, change_set.name):
                    return record, change_set
        raise RefusedError(f"ChangeSet [{wanted}] does not exist")

    def _resources(self, call: Call) -> list[Result]:
        record = self._of(call)
        return [answers.resource(record, each) for each in record.stack.resources.values()]


OPERATIONS: dict[str, Callable[[CloudFormation, Call], Result]] = {
    "CreateChangeSet": CloudFormation.create_change_set,
    "DeleteChangeSet": CloudFormation.delete_change_set,
    "DeleteStack": CloudFormation.delete_stack,
    "DescribeChangeSet": CloudFormation.describe_change_set,
    "DescribeStackEvents": CloudFormation.describe_stack_events,
    "DescribeStackResource": CloudFormation.describe_stack_resource,
    "DescribeStackResources": CloudFormation.describe_stack_resources,
    "DescribeStacks": CloudFormation.describe_stacks,
    "ExecuteChangeSet": CloudFormation.execute_change_set,
    "GetTemplate": CloudFormation.get_template,
    "GetTemplateSummary": CloudFormation.get_template_summary,
    "ListChangeSets": CloudFormation.list_change_sets,
    "ListStackResources": CloudFormation.list_stack_resources,
}
