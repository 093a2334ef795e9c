"""Every error that AWS declares has a reason that somebody chose.

A newer botocore may declare another. Then this fails until it is in the table of `cidb2.reasons`,
or below with those that speak of the request itself.
"""

import json
import re
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore.loaders import Loader
from botocore.retries.standard import ThrottledRetryableChecker, TransientRetryableChecker

from cidb2.reasons import Reason, explain_code
from cidb2.types.actions import operations_of
from cidb2.types.catalog import DECLARED as DECLARED_TYPES
from cidb2.types.models import operation_model

SERVICES = (
    *("iam", "kms", "ec2", "s3", "s3control", "lambda"),
    *("sts", "organizations", "sns", "sqs", "dynamodb"),
)
"""The services that CIDB2 calls."""

DATA = Path(botocore.__file__).parent / "data"

COMMON = """
    AccessDeniedException ExpiredTokenException IncompleteSignature InternalFailure InvalidAction
    InvalidClientTokenId InvalidParameterCombination InvalidParameterValue InvalidQueryParameter
    MalformedHttpRequestException MalformedQueryString MissingAction MissingAuthenticationToken
    MissingParameter NotAuthorized OptInRequired RequestAbortedException
    RequestEntityTooLargeException RequestExpired RequestTimeoutException ServiceUnavailable
    ThrottlingException UnknownOperationException UnrecognizedClientException ValidationError"""
"""'Common errors' of AWS's API references."""

OF_EC2 = """
    AuthFailure BandwidthLimitExceeded Blocked DryRunOperation IdempotentParameterMismatch
    InsufficientAddressCapacity InsufficientCapacity InsufficientCapacityOnHost
    InsufficientHostCapacity InsufficientInstanceCapacity InsufficientReservedInstanceCapacity
    InsufficientVolumeCapacity InternalError InvalidCharacter InvalidPaginationToken
    InvalidParameter InvalidParameterDependency PendingVerification RequestLimitExceeded
    ServerInternal Unavailable UnauthorizedOperation UnknownParameter UnsupportedInstanceAttribute
    UnsupportedOperation UnsupportedProtocol"""
"""'Error codes for the Amazon EC2 API': the common ones and the server's. Its model has none."""

OF_S3 = """
    AuthorizationQueryParametersError ConditionalRequestConflict ConnectionClosedByRequester
    EndpointNotFound IllegalLocationConstraintException InvalidAccessPoint
    InvalidAccessPointAliasError InvalidBucketAclWithObjectOwnership InvalidBucketOwnerAWSAccountID
    InvalidHostHeader InvalidHttpMethod InvalidRegion InvalidSessionException InvalidSignature
    InvalidTag NoSuchAccessPoint NoSuchCORSConfiguration NoSuchMultiRegionAccessPoint NoSuchTagSet
    NoSuchWebsiteConfiguration NotModified OwnershipControlsNotFoundError
    RequestHeaderSectionTooLarge ResponseInterrupted
    ServerSideEncryptionConfigurationNotFoundError TokenCodeInvalidError UnauthorizedAccessError
    UnexpectedIPError UnsupportedArgument UnsupportedSignature"""
"""'Error responses' of S3's API reference, those that its model does not tell."""

OF_THE_REQUEST = """
    AccessPointNotFound AccountAlreadyClosedException AccountAlreadyRegisteredException
    AccountNotFoundException AccountNotRegisteredException AccountOwnerNotVerifiedException
    ACLNotFoundFault AliasLimitExceededException AlreadyExistsException
    AlreadyInOrganizationException AmbiguousGrantByEmailAddress AnnotationLimitExceeded
    AnnotationNameTooLong AuthorizationHeaderMalformed AuthorizationQueryParametersError
    AWSOrganizationsNotInUseException BackupInUseException BackupNotFound
    BackupNotFoundException BadRequest BadRequestException BaseException
    BatchEntryIdsNotDistinct BatchRequestTooLong BlueGreenDeploymentNotFoundFault
    BucketAlreadyExists BucketAlreadyOwnedByYou BucketNotEmpty CacheClusterNotFound
    CacheParameterGroupNotFound CacheSecurityGroupNotFound CacheSubnetGroupNotFoundFault
    CallbackTimeoutException CapacityProviderLimitExceededException ChannelARNInvalidException
    ChildNotFoundException ClientException CloudHsmClusterInUseException
    CloudHsmClusterInvalidConfigurationException CloudHsmClusterNotActiveException
    CloudHsmClusterNotFoundException CloudHsmClusterNotRelatedException
    CloudTrailARNInvalidException ClusterNotFound ClusterNotFoundException ClusterNotFoundFault
    ClusterParameterGroupNotFound ClusterSnapshotNotFound ClusterSubnetGroupNotFoundFault
    CodeArtifactUserDeletedException CodeArtifactUserFailedException
    CodeArtifactUserPendingException CodeSigningConfigNotFoundException
    CodeStorageExceededException CodeVerificationFailedException ConditionalCheckFailedException
    ConstraintViolationException ContinuousBackupsUnavailableException
    CreateAccountStatusNotFoundException CredentialsNotSupported CrossLocationLoggingProhibited
    CustomKeyStoreHasCMKsException CustomKeyStoreInvalidStateException
    CustomKeyStoreNameInUseException CustomKeyStoreNotFoundException
    DBCapacityReservationNotFound DBClusterNotFoundFault DBClusterSnapshotNotFoundFault
    DBInstanceNotFound DBParameterGroupNotFound DBProxyEndpointNotFoundFault
    DBProxyNotFoundFault DBProxyTargetGroupNotFoundFault DBProxyTargetNotFoundFault
    DBShardGroupNotFound DBSnapshotNotFound DBSnapshotTenantDatabaseNotFoundFault
    DBSubnetGroupNotFoundFault DelegationSetNotReusable DeleteConflict
    DestinationParentNotFoundException DisabledException DryRunOperation
    DryRunOperationException DuplicateAccountException DuplicateCertificate
    DuplicateHandshakeException DuplicateItemException DuplicateOrganizationalUnitException
    DuplicatePolicyAttachmentException DuplicatePolicyException DuplicateSSHPublicKey
    DurableExecutionAlreadyStartedException EffectivePolicyNotFoundException EFSIOException
    EFSMountConnectivityException EFSMountFailureException EFSMountTimeoutException
    EmptyBatchRequest EncryptionTypeMismatch EndpointDisabled EndpointNotFound
    ENILimitReachedException ENINotReadyException EntityAlreadyExists EntityNotFoundException
    EntityTooLarge EntityTooSmall EventDataStoreARNInvalidException
    EventDataStoreNotFoundException ExpiredImportTokenException ExpiredNextTokenException
    ExpiredTradeInTokenException ExportConflictException ExportNotFoundException FeatureDisabled
    FeatureEnabled FederationSourceException FileSystemNotFound FilterPolicyLimitExceeded
    FinalizingOrganizationException FunctionVersionsPerCapacityProviderLimitExceededException
    GlobalClusterNotFoundFault GlobalReplicationGroupNotFoundFault
    GlobalTableAlreadyExistsException GlobalTableNotFoundException GlueEncryptionException
    HandshakeAlreadyInStateException HandshakeConstraintViolationException
    HandshakeNotFoundException IdempotencyException IdempotencyParameterMismatch
    IdempotentParameterMismatch IdempotentParameterMismatchException IDPRejectedClaim
    IllegalVersioningConfigurationException ImportConflictException ImportNotFoundException
    InactiveEventDataStoreException IncorrectKeyException IncorrectKeyMaterialException
    IncorrectMountTargetState IncorrectNumberOfFilesInPostRequest IncorrectTrustAnchorException
    IndexNotFoundException InlineDataTooLarge InsightNotEnabledException
    InsufficientAddressCapacity InsufficientCapacity InsufficientCapacityOnHost
    InsufficientHostCapacity InsufficientInstanceCapacity InsufficientReservedInstanceCapacity
    InsufficientVolumeCapacity IntegrationNotFoundFault InvalidAccessException
    InvalidAccessPoint InvalidAccessPointAliasError InvalidAddress InvalidAddressingHeader
    InvalidAliasNameException InvalidAnnotationName InvalidArgsException InvalidArgument
    InvalidArgumentException InvalidARN InvalidArn InvalidArnException InvalidARNFault
    InvalidAttributeName InvalidAttributeValue InvalidAuthenticationCode
    InvalidAuthorizationMessageException InvalidBatchEntryId InvalidBucketAclWithObjectOwnership
    InvalidBucketName InvalidBucketOwnerAWSAccountID InvalidBucketState InvalidCertificate
    InvalidCharacter InvalidCiphertextException InvalidClusterStateFault
    InvalidCodeSignatureException InvalidDBProxyStateFault InvalidDigest InvalidDocument
    InvalidDocumentOperation InvalidEncryptionAlgorithmError InvalidExportTimeException
    InvalidFilterKey InvalidFilterOption InvalidFilterValue InvalidGrantIdException
    InvalidGrantTokenException InvalidHandshakeTransitionException InvalidHostHeader
    InvalidHttpMethod InvalidIdentityToken InvalidIdFormat InvalidImportTokenException
    InvalidInput InvalidInputException InvalidKeyUsageException InvalidLimitException
    InvalidLocationConstraint InvalidMarkerException InvalidMessageContents InvalidNextToken
    InvalidNextTokenException InvalidObjectState InvalidPaginationToken InvalidParameter
    InvalidParameterCombination InvalidParameterCombinationException InvalidParameterDependency
    InvalidParameterException InvalidParameterValue InvalidParameterValueException InvalidPart
    InvalidPartOrder InvalidPayer InvalidPermissionType InvalidPolicyDocument InvalidPrefix
    InvalidPublicKey InvalidQueryParameter InvalidRange InvalidRegion
    InvalidReplicationGroupState InvalidRequest InvalidRequestContentException
    InvalidRequestException InvalidResourceId InvalidResourceType
    InvalidResponsibilityTransferTransitionException InvalidRestoreTimeException
    InvalidRuntimeException InvalidSecurityGroupIDException
    InvalidServerlessCacheSnapshotStateFault InvalidServerlessCacheStateFault
    InvalidSessionException InvalidSOAPRequest InvalidState InvalidStorageClass
    InvalidSubnetIDException InvalidTag InvalidTagFault InvalidTagging InvalidTarget
    InvalidTargetBucketForLogging InvalidTokenException InvalidTrailNameException InvalidURI
    InvalidUserType InvalidWriteOffset InvalidZipFileException
    ItemCollectionSizeLimitExceededException JobStatusException JWTPayloadSizeExceededException
    KeyPairMismatch KeyTooLongError KMSDisabled KmsDisabled KMSDisabledException
    KmsInvalidKeyUsage KMSInvalidMacException KMSInvalidSignatureException KMSInvalidState
    KmsInvalidState KMSInvalidStateException KmsInvalidStateException KMSNotFound KmsNotFound
    KMSNotFoundException LifecyclePolicyNotFoundException LimitExceeded ListenerNotFound
    LoadBalancerAttributeNotFound LoadBalancerNotFound MalformedACLError MalformedCertificate
    MalformedHttpRequestException MalformedPolicyDocumentException MalformedPOSTRequest
    MalformedQueryString MalformedXML MasterCannotLeaveOrganizationException
    MaxMessageLengthExceeded MaxPostPreDataLengthExceededError MessageNotInflight
    MetadataTooLarge MethodNotAllowed MissingAction MissingAttachment MissingContentLength
    MissingParameter MissingParameterValueException MissingRequestBodyError
    MissingSecurityElement MissingSecurityHeader ModeNotSupportedException MountTargetNotFound
    MultiRegionClusterNotFoundFault MultiRegionParameterGroupNotFoundFault NameConflict
    NoLoggingStatusForKey NoManagementAccountSLRExistsException NoPublishedVersionException
    NoSuchAccessPoint NoSuchAnnotation NoSuchBucket NoSuchBucketPolicy NoSuchConfigRuleException
    NoSuchConfigurationRecorderException NoSuchCORSConfiguration NoSuchDelegationSet
    NoSuchDeliveryChannelException NoSuchDistribution NoSuchEntity NoSuchHealthCheck
    NoSuchHostedZone NoSuchKey NoSuchLifecycleConfiguration NoSuchMultiRegionAccessPoint
    NoSuchPublicAccessBlockConfiguration NoSuchResource NoSuchTagSet NoSuchUpload NoSuchVersion
    NoSuchWebsiteConfiguration NotFound NotFoundException NotModified
    ObjectAlreadyInActiveTierError ObjectNotInActiveTierError OpenIdIdpCommunicationError
    OperationNotEnabledException OperationNotPermittedException OptedOut
    OptionGroupNotFoundFault OrganizationalUnitNotEmptyException
    OrganizationalUnitNotFoundException OrganizationNotEmptyException
    OrganizationNotFoundException OrganizationNotInAllFeaturesModeException
    OutboundWebIdentityFederationDisabledException OverLimit OwnershipControlsNotFoundError
    ParameterGroupNotFoundFault ParameterValueInvalid ParentNotFoundException
    PasswordPolicyViolation PermanentRedirect PipelineNotFoundException
    PipelineVersionNotFoundException PlatformApplicationDisabled
    PointInTimeRecoveryUnavailableException PolicyInUseException PolicyLengthExceededException
    PolicyNotAttachable PolicyNotAttachedException PolicyNotFound PolicyNotFoundException
    PolicyTypeAlreadyEnabledException PolicyTypeNotAvailableForOrganizationException
    PolicyTypeNotEnabledException PreconditionFailed PreconditionFailedException
    ProvisionedConcurrencyConfigNotFoundException PublicPolicyException PurgeQueueInProgress
    QueueDeletedRecently QueueDoesNotExist QueueNameExists ReceiptHandleIsInvalid
    RecursiveInvocationException Redirect ReplayLimitExceeded ReplicaAlreadyExistsException
    ReplicaNotFoundException ReplicationGroupNotFoundFault ReportExpired
    ReportGenerationLimitExceeded ReportInProgress ReportNotPresent RepositoryNotFoundException
    RepositoryPolicyNotFoundException RequestEntityTooLargeException
    RequestHeaderSectionTooLarge RequestIsNotMultiPartContent RequestTooLargeException
    RequestTorrentOfBucketError ReservedCacheNodeNotFound ResourceInUseException
    ResourceNotFound ResourceNotFoundException ResourcePolicyNotFoundException
    ResourceTypeNotSupportedException ResponsibilityTransferAlreadyInStatusException
    ResponsibilityTransferNotFoundException RestoreAlreadyInProgress RoleModified
    RoleTemplateDisabled RootNotFoundException RuleNotFound S3FilesMountConnectivityException
    S3FilesMountFailureException S3FilesMountTimeoutException
    SerializedRequestEntityTooLargeException ServerlessCacheNotFoundFault
    ServerlessCacheSnapshotNotFoundFault ServerSideEncryptionConfigurationNotFoundError
    ServiceAccessNotEnabledException ServiceLinkedRoleNotFoundFault
    ServiceQuotaExceededException SessionDurationEscalationException SnapshotNotFoundFault
    SnapStartException SnapStartNotReadyException SnapStartRegenerationFailureException
    SnapStartTimeoutException SourceParentNotFoundException StaleTag StateMachineDoesNotExist
    StorageVirtualMachineNotFound SubnetGroupNotFoundFault SubnetIPAddressLimitReachedException
    SubscriptionLimitExceeded SubscriptionNotFound TableAlreadyExistsException
    TableInUseException TableNotFoundException TagException TagLimitExceeded TagPolicy
    TargetGroupNotFound TargetNotFoundException TemporaryRedirect TenantDatabaseNotFound
    TokenCodeInvalidError TooManyBuckets TooManyEntriesInBatchRequest TooManyParts
    TooManyTagsException TopicLimitExceeded TrailNotFoundException TransactionCanceledException
    TrustStoreNotFound UnexpectedContent UnexpectedIPError UnknownParameter UnmodifiableEntity
    UnrecognizedPublicKeyEncoding UnresolvableGrantByEmailAddress UnsupportedArgument
    UnsupportedInstanceAttribute UnsupportedMediaType UnsupportedMediaTypeException
    UnsupportedProtocol UserError UserGroupNotFound UserKeyMustBeSpecified UserNotFound
    UserNotFoundFault UserPoolTaggingException ValidationError ValidationException
    VerificationException VolumeNotFound WAFInvalidOperationException
    WAFInvalidParameterException WAFNonexistentItemException WAFTagOperationException
    XksKeyAlreadyInUseException XksKeyInvalidConfigurationException XksKeyNotFoundException
    XksProxyIncorrectAuthenticationCredentialException XksProxyInvalidConfigurationException
    XksProxyInvalidResponseException XksProxyUriEndpointInUseException XksProxyUriInUseException
    XksProxyUriUnreachableException XksProxyVpcEndpointServiceInUseException
    XksProxyVpcEndpointServiceInvalidConfigurationException
    XksProxyVpcEndpointServiceNotFoundException"""
"""What AWS says of a request, of what it is about, or of a quota: no reason says more than the code
and the message. Most belong to operations that nobody here calls."""


def declared() -> dict[str, set[str]]:
    """Return the codes that AWS declares, by where."""
    codes = {service: codes_of(service) for service in SERVICES}
    return codes | {
        "declared types": codes_of_declared_types(),
        "S3's list": set(OF_S3.split()) | codes_that_s3s_model_tells(),
        "EC2's list": set(OF_EC2.split()),
        "common errors": set(COMMON.split()),
        "what botocore retries": retried(),
    }


def codes_of_declared_types() -> set[str]:
    return {
        shape.metadata.get("error", {}).get("code") or shape.name
        for service in DECLARED_TYPES.values()
        for each in service.types
        for client, operation in operations_of(service, each)
        for shape in operation_model(client, operation).error_shapes
    }


def codes_of(service: str) -> set[str]:
    shapes: dict[str, Any] = Loader().load_service_model(service, "service-2")["shapes"]
    return {
        shape.get("error", {}).get("code", name)
        for name, shape in shapes.items()
        if shape.get("exception")
    }


def codes_that_s3s_model_tells() -> set[str]:
    shapes = Loader().load_service_model("s3", "service-2")["shapes"]
    told = shapes["Error"]["members"]["Code"]["documentation"]
    return {code for code in re.findall(r"<i>Code:</i> (\w{2,})", told) if not code.isdigit()}


def retried() -> set[str]:
    """Return the codes that botocore retries: in its newer modes, and in its older one."""
    told = json.dumps(json.loads((DATA / "_retry.json").read_text()))
    older = set(re.findall(r'"service_error_code": "(\w+)"', told))
    newer: set[str] = {
        *vars(ThrottledRetryableChecker)["_THROTTLED_ERROR_CODES"],
        *vars(TransientRetryableChecker)["_TRANSIENT_ERROR_CODES"],
    }
    return older | newer


DECLARED = declared()
EVERY_CODE = set().union(*DECLARED.values())


@pytest.mark.parametrize("place", DECLARED)
def test_every_code_that_aws_declares_has_a_reason_that_somebody_chose(place: str) -> None:
    considered = set(OF_THE_REQUEST.split())
    unclear = {
        code
        for code in DECLARED[place] - considered
        if explain_code(code, "").reason is Reason.REQUEST_REJECTED
    }
    assert unclear == set()


def test_every_service_declares_its_errors_but_ec2() -> None:
    assert {place for place, codes in DECLARED.items() if not codes} == {"ec2"}


def test_what_is_said_of_a_request_is_declared_and_has_no_other_reason() -> None:
    considered = OF_THE_REQUEST.split()
    assert considered == sorted(set(considered), key=lambda code: (code.lower(), code))
    assert set(considered) <= EVERY_CODE
    assert {explain_code(code, "").reason for code in considered} == {Reason.REQUEST_REJECTED}


@pytest.mark.parametrize("code", sorted(retried()))
def test_what_botocore_retries_may_pass(code: str) -> None:
    assert explain_code(code, "").retryable
