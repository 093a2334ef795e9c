"""Findings of load balancers that serve without TLS, or with an old version of it."""

import re
from itertools import chain
from typing import Any

from cidb2.items.findings.content import any_entry, ask_any, listed, mapping, member
from cidb2.items.findings.rule import Finding, Rule
from cidb2.items.findings.verdicts import Verdict, and_, or_
from cidb2.items.item import Effect
from cidb2.items.resource import Resource

_LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
_CLASSIC = "AWS::ElasticLoadBalancing::LoadBalancer"
_ENCRYPTED = ("HTTPS", "TLS")
_VERSION = re.compile(r"ELBSecurityPolicy-(?:TLS13|TLS|FS)-1-([0-3])-.+")
"""The name of a security policy; the group is the oldest version of TLS 1 that it accepts."""
_OF_TLS_1_0 = (
    "ELBSecurityPolicy-2015-05",
    "ELBSecurityPolicy-2016-08",
    "ELBSecurityPolicy-FS-2018-06",
)
_OLDEST = 2


def serves_in_clear(resource: Resource) -> Verdict:
    """Tell whether HTTP requests from the internet are forwarded as they are.

    An HTTP listener that only redirects or answers by itself forwards nothing. Listeners of other
    protocols pass on bytes, which may be encrypted.
    """
    if resource.resource_type == _CLASSIC:
        return and_(
            _is_public(member(resource, "Scheme")),
            any_entry(_is_http, member(resource, "ListenerDescriptions")),
        )
    protocol = member(resource, "Protocol")
    return and_(
        ask_any(resource, "Scheme", _is_public),
        protocol == "HTTP" if isinstance(protocol, str) else None,
        or_(
            any_entry(_forwards, member(resource, "DefaultActions")),
            ask_any(resource, "Rules", _rules_forward),
        ),
    )


def _is_public(scheme: Any) -> Verdict:
    return scheme == "internet-facing" if scheme in ("internet-facing", "internal") else None


def _is_http(description: Any) -> Verdict:
    protocol = mapping(mapping(description).get("Listener")).get("Protocol")
    return protocol.upper() == "HTTP" if isinstance(protocol, str) else None


def _rules_forward(rules: Any) -> Verdict:
    actions = (listed(mapping(rule).get("Actions")) for rule in listed(rules))
    return any_entry(_forwards, [*chain.from_iterable(actions)])


def _forwards(action: Any) -> Verdict:
    kind = mapping(action).get("Type")
    return kind == "forward" if isinstance(kind, str) else None


def accepts_old_tls(listener: Resource) -> Verdict:
    """Tell whether a listener accepts versions of TLS before 1.2, by the name of its policy."""
    protocol = member(listener, "Protocol")
    if not isinstance(protocol, str):
        return None
    policy = member(listener, "SslPolicy")
    return and_(protocol in _ENCRYPTED, _is_old(policy) if isinstance(policy, str) else None)


def _is_old(policy: str) -> Verdict:
    named = _VERSION.fullmatch(policy)
    if named:
        return int(named[1]) < _OLDEST
    return True if policy in _OF_TLS_1_0 else None


RULES = (
    Rule(
        Finding.LISTENER_WITHOUT_TLS,
        types=(_LISTENER, _CLASSIC),
        judge=serves_in_clear,
        title="Listeners that serve the internet without TLS",
        advice=(
            "Add an HTTPS listener with a certificate, and let the HTTP listener redirect to it: "
            "aws elbv2 modify-listener --listener-arn <listener> --default-actions "
            "'Type=redirect,RedirectConfig={Protocol=HTTPS,Port=443,StatusCode=HTTP_301}'."
        ),
        page=(
            "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"
            "create-https-listener.html"
        ),
        effect=Effect.ENCRYPTION_REMOVED,
    ),
    Rule(
        Finding.LISTENER_WITH_OLD_TLS,
        types=(_LISTENER,),
        judge=accepts_old_tls,
        title="Listeners that accept TLS 1.0 or 1.1",
        advice=(
            "aws elbv2 modify-listener --listener-arn <listener> --ssl-policy "
            "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
        ),
        page=(
            "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"
            "describe-ssl-policies.html"
        ),
    ),
)
