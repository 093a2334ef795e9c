"""Plants a publicly readable OpenSearch domain."""

import json
from collections.abc import Iterator

from local.simulation.population.place import TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create a domain outside any VPC, with a policy for everyone."""
    place = Place(site, client, "es")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "es:ESHttp*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    place.client("opensearch").create_domain(
        DomainName="logs", AccessPolicies=json.dumps(policy), TagList=TAG_LIST
    )
    shows = {"AccessPolicies": policy}
    found = ("PUBLIC_SEARCH_DOMAIN", "UNENCRYPTED_SEARCH_DOMAIN")
    yield place.planted("OpenSearchService::Domain", "domain/logs", shows, findings=found)
