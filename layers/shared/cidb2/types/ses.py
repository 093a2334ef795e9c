"""SES: the identities that mail is sent as, with who else may."""

from cidb2.types.declaration import Call, ListingCall, ResourceType, ServiceTypes

SES = ServiceTypes(
    client="sesv2",
    service="ses",
    types=(
        ResourceType(
            "AWS::SES::EmailIdentity",
            listing=ListingCall("ListEmailIdentities", page=1000),
            id="IdentityName",
            arn="identity/{IdentityName}",
            name="IdentityName",
            describe=Call(
                "GetEmailIdentity",
                by={"EmailIdentity": "IdentityName"},
                documents=("Policies.*",),
                volatile=("VerificationInfo.LastCheckedTimestamp",),
            ),
            relations=("ConfigurationSetName AWS::SES::ConfigurationSet",),
        ),
    ),
    gone=("NotFoundException",),
)
