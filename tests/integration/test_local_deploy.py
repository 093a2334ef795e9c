"""The deployer makes what a template says, and refuses what it does not know."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.deployment.deploy import deploy
from local.deployment.intrinsics import NO_VALUE, Resolver, UnresolvedReferenceError
from local.deployment.parameters import InvalidParameterError, parameter_values
from local.deployment.stack import DeploymentError, Stack
from local.deployment.template import load_template
from local.emulator.embedded import EmbeddedAws

pytestmark = pytest.mark.integration

FIXTURES = Path(__file__).parent / "local_fixtures"


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    given = {"Color": "blue", "Names": ["ann", "bob"]}
    with EmbeddedAws(FIXTURES / "template.yaml", given, stack_name="blue") as started:
        yield started


def make(aws: EmbeddedAws, template: dict[str, Any], **parameters: Any) -> Stack:
    """Deploy a template as a stack of its own."""
    stack = Stack("other", aws.stack.account, aws.stack.region, parameters)
    return deploy(template, stack, aws.client)


def one(resource_type: str, **properties: Any) -> dict[str, Any]:
    """Return a template of one resource."""
    return {"Resources": {"Thing": {"Type": resource_type, "Properties": properties}}}


CATALOGUE = {
    "Resources": {
        "Database": {
            "Type": "AWS::Glue::Database",
            "Properties": {"DatabaseInput": {"Name": "things"}},
        },
        "Table": {
            "Type": "AWS::Glue::Table",
            "Properties": {
                "DatabaseName": {"Ref": "Database"},
                "TableInput": {
                    "Name": "thing",
                    "StorageDescriptor": {"Columns": [{"Name": "one", "Type": "string"}]},
                },
            },
        },
        "Group": {
            "Type": "AWS::Athena::WorkGroup",
            "Properties": {
                "Name": "group",
                "WorkGroupConfiguration": {"BytesScannedCutoffPerQuery": "10000000"},
            },
        },
        "Query": {
            "Type": "AWS::Athena::NamedQuery",
            "Properties": {
                "Name": "all",
                "QueryString": "SELECT 1",
                "WorkGroup": {"Ref": "Group"},
                "Database": {"Ref": "Database"},
            },
        },
    }
}


class TestWhatIsMade:
    def test_parameters_conditions_and_mappings_decide(self, aws: EmbeddedAws) -> None:
        assert aws.stack.outputs["Text"] == "blue ${literal} 512"
        assert aws.stack.outputs["Blue"] == aws.stack.physical_id("BlueQueue")
        function = aws.client("lambda").get_function_configuration(
            FunctionName=aws.stack.physical_id("WorkerFunction")
        )
        assert function["MemorySize"] == 512
        assert function["Environment"]["Variables"]["NAMES"] == "ann+bob"
        assert function["TracingConfig"] == {"Mode": "Active"}

    def test_what_protects_data_is_set(self, aws: EmbeddedAws) -> None:
        key, bucket = aws.stack.resources["Key"], aws.stack.physical_id("Bucket")
        s3 = aws.client("s3")
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert all(blocked.values())
        [rule] = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"][
            "Rules"
        ]
        used = rule["ApplyServerSideEncryptionByDefault"]
        assert used["KMSMasterKeyID"] == key.attributes["Arn"]
        rotation = aws.client("kms").get_key_rotation_status(KeyId=key.physical_id)
        assert rotation["KeyRotationEnabled"]
        dynamodb, table = aws.client("dynamodb"), aws.stack.physical_id("Table")
        expiry = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expiresAt"}

    def test_what_moto_forgets_is_kept_in_the_stack(self, aws: EmbeddedAws) -> None:
        machine = aws.stack.resources["Machine"]
        assert machine.properties["TracingConfiguration"] == {"Enabled": True}

    def test_a_catalogue_and_its_queries_are_made(self, aws: EmbeddedAws) -> None:
        glue, athena = aws.client("glue"), aws.client("athena")
        stack = make(aws, CATALOGUE)
        query = {"NamedQueryId": stack.physical_id("Query")}
        assert athena.get_named_query(**query)["NamedQuery"]["QueryString"] == "SELECT 1"
        table = glue.get_table(DatabaseName="things", Name="thing")["Table"]
        assert table["StorageDescriptor"]["Columns"] == [{"Name": "one", "Type": "string"}]
        group = athena.get_work_group(WorkGroup="group")["WorkGroup"]["Configuration"]
        assert group["BytesScannedCutoffPerQuery"] == 10000000

    def test_its_outputs_are_shown_by_describe_stacks(self, aws: EmbeddedAws) -> None:
        client = aws.client("cloudformation")
        [stack] = client.describe_stacks(StackName="blue")["Stacks"]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        assert outputs == {name: str(value) for name, value in aws.stack.outputs.items()}
        assert client.describe_stacks()["Stacks"] == [stack]
        with pytest.raises(ClientError, match="Stack with id red does not exist"):
            client.describe_stacks(StackName="red")
        with pytest.raises(ClientError, match="ListStacks is not supported here"):
            client.list_stacks()
        for elsewhere in ({"account": "234567890123"}, {"region": "eu-west-1"}):
            assert not aws.client("cloudformation", **elsewhere).describe_stacks()["Stacks"]

    def test_a_managed_policy_is_attached_to_its_roles(self, aws: EmbeddedAws) -> None:
        statement = {"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
        role = {"AssumeRolePolicyDocument": {"Statement": [trust]}}
        policy = {"Roles": [{"Ref": "Role"}], "PolicyDocument": {"Statement": [statement]}}
        made = make(
            aws,
            {
                "Resources": {
                    "Role": {"Type": "AWS::IAM::Role", "Properties": role},
                    "Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": policy},
                }
            },
        )
        attached = aws.client("iam").list_attached_role_policies(RoleName=made.physical_id("Role"))
        arns = [each["PolicyArn"] for each in attached["AttachedPolicies"]]
        assert arns == [made.physical_id("Policy")]

    def test_a_schedule_can_be_set_off(self, aws: EmbeddedAws) -> None:
        target = {
            "Arn": aws.stack.physical_id("Machine"),
            "RoleArn": "arn:aws:iam::123456789012:role/Scheduler",
            "Input": json.dumps({"scheduled": True}),
        }
        stack = make(
            aws,
            one(
                "AWS::Scheduler::Schedule",
                ScheduleExpression="rate(1 day)",
                FlexibleTimeWindow={"Mode": "OFF"},
                State="DISABLED",
                Target=target,
            ),
        )
        aws.stack.resources["Schedule"] = stack.resources["Thing"]
        assert aws.wait(aws.trigger("Schedule")).output["input"] == {"scheduled": True}
        del aws.stack.resources["Schedule"]


class TestWhatIsRefused:
    def test_an_unknown_type(self, aws: EmbeddedAws) -> None:
        with pytest.raises(DeploymentError, match=r"Thing: .*AWS::Made::Up"):
            make(aws, one("AWS::Made::Up"))

    def test_an_unknown_property(self, aws: EmbeddedAws) -> None:
        with pytest.raises(DeploymentError, match=r"Thing: AWS::SQS::Queue .*: Colour"):
            make(aws, one("AWS::SQS::Queue", Colour="red"))

    def test_an_unknown_section(self, aws: EmbeddedAws) -> None:
        with pytest.raises(DeploymentError, match="unknown section Rules"):
            make(aws, {"Rules": {}, "Resources": {}})

    def test_a_transform_that_is_not_sams(self, aws: EmbeddedAws, tmp_path: Path) -> None:
        wrong = tmp_path / "template.json"
        wrong.write_text(json.dumps({"Transform": ["AWS::LanguageExtensions"], "Resources": {}}))
        with pytest.raises(DeploymentError, match="unknown section Transform"):
            make(aws, load_template(wrong, aws.stack.region, {}, str))

    def test_a_reference_to_nothing(self, aws: EmbeddedAws) -> None:
        with pytest.raises(DeploymentError, match=r"Thing .*Ref Missing"):
            make(aws, one("AWS::SQS::Queue", QueueName={"Ref": "Missing"}))

    def test_what_the_service_itself_refuses(self, aws: EmbeddedAws) -> None:
        with pytest.raises(DeploymentError, match=r"Thing \(AWS::SQS::Queue\): .*alphanumeric"):
            make(aws, one("AWS::SQS::Queue", QueueName="not a name"))

    @pytest.mark.parametrize(
        ("rules", "given", "problem"),
        [
            ({"Type": "String"}, None, "needs a value"),
            ({"Type": "Number"}, "many", "not a number"),
            ({"Type": "Number", "MinValue": 1}, 0, "the minimum is 1"),
            ({"Type": "Number", "MaxValue": 1}, 2, "the maximum is 1"),
            ({"Type": "String", "AllowedValues": ["dev", "prod"]}, "test", "allowed are dev, prod"),
            ({"Type": "String", "AllowedPattern": "[a-z]+"}, "A", "must match"),
            ({"Type": "String", "MinLength": 2}, "a", "at least 2"),
            ({"Type": "String", "MaxLength": 2}, "abc", "at most 2"),
            ({"Type": "CommaDelimitedList", "AllowedPattern": "[0-9]*"}, "1,x", "must match"),
            ({"Type": "Number", "MaxValue": 1, "ConstraintDescription": "huge"}, 2, "huge"),
        ],
    )  # fmt: skip
    def test_a_parameter_out_of_bounds(
        self, rules: dict[str, Any], given: Any, problem: str
    ) -> None:
        values = {} if given is None else {"Thing": given}
        with pytest.raises(InvalidParameterError, match=f"Thing.*{problem}"):
            parameter_values({"Thing": rules}, values)

    def test_a_parameter_that_is_not_declared(self) -> None:
        with pytest.raises(InvalidParameterError, match="no parameter Typo"):
            parameter_values({}, {"Typo": 1})


class TestIntrinsics:
    @pytest.mark.parametrize(
        ("value", "result"),
        [
            ({"Fn::Join": ["-", ["a", {"Ref": "Name"}]]}, "a-ann"),
            ({"Fn::Sub": "${Name}/${Thing.Arn}/${!Literal}"}, "ann/arn:thing/${Literal}"),
            ({"Fn::Sub": ["${x}", {"x": {"Ref": "Name"}}]}, "ann"),
            ({"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]}, "b"),
            ({"Fn::If": ["IsAnn", 1, 2]}, 1),
            ({"Fn::If": ["IsBob", 1, {"Ref": "AWS::NoValue"}]}, None),
            ({"a": {"Ref": "AWS::NoValue"}, "b": [1, {"Ref": "AWS::NoValue"}]}, {"b": [1]}),
            ({"Fn::FindInMap": ["Sizes", {"Ref": "Name"}, "Shoe"]}, 39),
            ({"Fn::Base64": "hi"}, "aGk="),
            ({"Fn::GetAtt": "Thing.Arn"}, "arn:thing"),
            ({"Fn::And": [{"Condition": "IsAnn"}, {"Condition": "IsBob"}]}, False),
            ({"Fn::Or": [{"Condition": "IsAnn"}, {"Condition": "IsBob"}]}, True),
        ],
    )
    def test_a_function_gives(self, value: Any, result: Any) -> None:
        resolved = self.resolver().resolve({"it": value})
        assert resolved == ({} if result is None else {"it": result})

    def test_an_unknown_function_is_refused(self) -> None:
        with pytest.raises(UnresolvedReferenceError, match="Fn::Cidr"):
            self.resolver().resolve({"Fn::Cidr": []})

    @staticmethod
    def resolver() -> Resolver:
        return Resolver(
            references={"Name": "ann", "AWS::NoValue": NO_VALUE},
            attribute=lambda resource, attribute: f"{attribute}:{resource}".lower(),
            mappings={"Sizes": {"ann": {"Shoe": 39}}},
            conditions={
                "IsAnn": {"Fn::Equals": [{"Ref": "Name"}, "ann"]},
                "IsBob": {"Fn::Not": [{"Condition": "IsAnn"}]},
            },
        )
