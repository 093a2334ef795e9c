"""Sessions share models and classes with one another, and with nobody else's."""

import gc
from typing import Any

import pytest
from botocore.exceptions import UnknownServiceError
from botocore.session import Session, get_session

from cidb2.aws.sessions import new_session


def client_of(session: Session, service: str, region: str = "us-east-1", key: str = "key") -> Any:
    return session.create_client(
        service, region_name=region, aws_access_key_id=key, aws_secret_access_key="secret"
    )


class NotSentError(Exception):
    """Raised in place of sending, with the request."""


def sent(client: Any) -> Any:
    """Return the request that would ask for the caller's keys."""

    def keep(request: Any, **_: Any) -> None:
        raise NotSentError(request)

    client.meta.events.register("before-send", keep)
    with pytest.raises(NotSentError) as not_sent:
        client.list_keys()
    return not_sent.value.args[0]


def test_sessions_share_what_they_know_of_services() -> None:
    one, other = new_session(), new_session()
    assert one is not other
    assert one.get_component("data_loader") is other.get_component("data_loader")


@pytest.mark.parametrize("service", ["dynamodb", "ec2", "iam", "kms", "lambda", "s3", "sns", "sts"])
def test_the_clients_of_a_service_have_one_class_which_does_as_botocores(service: str) -> None:
    one = client_of(new_session(), service, "eu-west-1")
    other = client_of(new_session(), service, "eu-west-2")
    assert one is not other
    assert type(one) is type(other)
    assert dir(one) == dir(client_of(get_session(), service))


def test_clients_of_one_class_keep_to_their_own_region_and_credentials() -> None:
    one = sent(client_of(new_session(), "kms", "eu-west-1", "ONE"))
    other = sent(client_of(new_session(), "kms", "eu-west-2", "OTHER"))
    assert one.url == "https://kms.eu-west-1.amazonaws.com/"
    assert other.url == "https://kms.eu-west-2.amazonaws.com/"
    assert b"Credential=ONE/" in one.headers["Authorization"]
    assert b"Credential=OTHER/" in other.headers["Authorization"]


def test_a_session_of_somebody_elses_has_classes_of_its_own() -> None:
    def add(**event: Any) -> None:
        event["class_attributes"]["added"] = True

    theirs = get_session()
    theirs.register("creating-client-class.kms", add)
    client_of(new_session(), "kms")
    assert client_of(theirs, "kms").added
    assert not hasattr(client_of(new_session(), "kms"), "added")
    assert not hasattr(client_of(get_session(), "kms"), "added")


def test_no_collection_of_garbage_looks_through_a_model() -> None:
    shared = new_session().get_component("data_loader")
    loader = type(shared)(file_loader=shared.file_loader)
    model = loader.load_service_model("kms", "service-2")
    assert model["operations"]
    assert not any(one is model or one is model["operations"] for one in gc.get_objects())
    assert gc.isenabled()


def listed_with(session: Session) -> None:
    client_of(session, "kms").get_paginator("list_keys")


def test_the_clients_of_the_next_account_are_not_kept_for_good() -> None:
    listed_with(new_session())
    before = gc.get_freeze_count()
    assert before
    listed_with(new_session())
    assert gc.get_freeze_count() <= before


def test_a_file_that_there_is_not_is_none_and_keeps_nothing_for_good() -> None:
    before = gc.get_freeze_count()
    assert new_session().get_component("data_loader").file_loader.load_file("/no/such") is None
    assert gc.get_freeze_count() <= before


def test_each_version_of_a_service_has_a_class_of_its_own() -> None:
    session = new_session()
    session.set_credentials("key", "secret")
    latest = session.create_client("cloudfront", region_name="us-east-1")
    old = session.create_client("cloudfront", region_name="us-east-1", api_version="2014-05-31")
    assert type(old) is not type(latest)
    assert not hasattr(old, "create_function")


def test_the_services_that_a_session_knows_are_botocores() -> None:
    assert set(new_session().get_available_services()) >= set(
        get_session().get_available_services()
    )


def test_a_service_that_there_is_not_is_refused_as_ever() -> None:
    with pytest.raises(UnknownServiceError):
        client_of(new_session(), "no-service")
