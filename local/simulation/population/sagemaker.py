"""Plants a SageMaker notebook with internet access, and an endpoint."""

from collections.abc import Iterator

from local.simulation.population.place import TAG_LIST, Place
from local.simulation.population.planted import Planted
from local.simulation.population.site import Client, Site


def plant_each(site: Site, client: Client, _other: str) -> Iterator[Planted]:
    """Create both, and the endpoint's model."""
    place = Place(site, client, "sagemaker")
    sagemaker, role = place.client("sagemaker"), f"arn:aws:iam::{site.account_id}:role/lab"
    notebook = sagemaker.create_notebook_instance(
        NotebookInstanceName="lab",
        InstanceType="ml.t3.medium",
        RoleArn=role,
        DirectInternetAccess="Enabled",
        Tags=TAG_LIST,
    )["NotebookInstanceArn"]
    shows = {"DirectInternetAccess": "Enabled"}
    yield place.planted("SageMaker::NotebookInstance", notebook, shows, own_id=notebook, name="lab")
    image = f"{place.account}.dkr.ecr.{place.region}.amazonaws.com/fraud"
    sagemaker.create_model(
        ModelName="fraud", ExecutionRoleArn=role, PrimaryContainer={"Image": image}
    )
    variant = {
        "VariantName": "a",
        "ModelName": "fraud",
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    sagemaker.create_endpoint_config(EndpointConfigName="fraud", ProductionVariants=[variant])
    endpoint = sagemaker.create_endpoint(
        EndpointName="fraud", EndpointConfigName="fraud", Tags=TAG_LIST
    )["EndpointArn"]
    shows = {"EndpointConfigName": "fraud"}
    yield place.planted("SageMaker::Endpoint", endpoint, shows, own_id=endpoint, name="fraud")
