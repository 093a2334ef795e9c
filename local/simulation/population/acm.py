"""Plants a certificate that expires soon."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from local.simulation.population.place import TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site

DOMAIN = "shop.example.com"
LASTS = timedelta(days=20)


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Import a certificate, which ACM does not renew, and its key."""
    place = Place(site, client, "acm")
    certificate, key = _certificate()
    arn = place.client("acm").import_certificate(
        Certificate=certificate, PrivateKey=key, Tags=TAG_LIST
    )["CertificateArn"]
    shows = {"Type": "IMPORTED", "DomainName": DOMAIN}
    yield place.planted(
        "CertificateManager::Certificate",
        arn,
        shows,
        own_id=arn,
        name=DOMAIN,
        findings=("CERTIFICATE_ENDS_SOON",),
    )


def _certificate() -> tuple[bytes, bytes]:
    """Return a self-signed certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DOMAIN)])
    began = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + LASTS)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return made.public_bytes(serialization.Encoding.PEM), private
