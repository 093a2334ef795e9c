"""Plants an SES identity that an outside account may send from."""

import json
from collections.abc import Iterator

from local.simulation.population.place import STRANGER, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

DOMAIN = "news.example.com"


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create an identity with a policy."""
    place = Place(site, client, "ses")
    ses = place.client("sesv2")
    ses.create_email_identity(EmailIdentity=DOMAIN)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": STRANGER},
        "Action": "ses:SendEmail",
        "Resource": place.arn(f"identity/{DOMAIN}"),
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    ses.create_email_identity_policy(
        EmailIdentity=DOMAIN, PolicyName="stranger", Policy=json.dumps(policy)
    )
    shows = {"IdentityType": "DOMAIN", "Policies.stranger": policy}
    yield place.planted("SES::EmailIdentity", f"identity/{DOMAIN}", shows, tags={})
