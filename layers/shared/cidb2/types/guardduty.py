"""GuardDuty: the detector of a region."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

GUARDDUTY = ServiceTypes(
    client="guardduty",
    service="guardduty",
    types=(
        ResourceType(
            "AWS::GuardDuty::Detector",
            listing=ListingCall("ListDetectors"),
            id="@",
            arn="detector/{@}",
            describe=Call("GetDetector", by={"DetectorId": "@"}),
            relations=("ServiceRole AWS::IAM::Role",),
        ),
    ),
)
