"""The values for Dagster's Helm chart, and the run that Dagster would start on Kubernetes by them.

The chart and its schema are on no package registry, so that `helm template` is not run here: the values are held
against the parts of the chart's schema that they use, written down below, and against `dagster-k8s`, which makes the
Kubernetes job of a run and knows the fields of Kubernetes' objects.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from tests.deploy.deployment import CHECKOUT, DEPLOY, image_environment, read


class _Values(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)


class _Image(_Values):
    repository: str
    tag: str
    pull_policy: Literal["Always", "IfNotPresent", "Never"]


class _Deployment(_Values):
    name: Annotated[str, Field(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$")]
    """Also the name of the Kubernetes service."""
    image: _Image
    code_server_args: list[str]
    port: int
    include_config_in_launched_runs: dict[Literal["enabled"], bool]
    env: list[dict[Literal["name", "value"], str]]
    env_secrets: list[dict[Literal["name"], str]]
    pod_security_context: dict[str, Any]
    volumes: list[dict[str, Any]]
    volume_mounts: list[dict[str, Any]]


class _Deployments(_Values):
    enabled: bool
    deployments: list[_Deployment]


class _RunK8sConfig(_Values):
    pod_spec_config: dict[str, Any]
    container_config: dict[str, Any]


class _K8sRunLauncher(_Values):
    fail_pod_on_run_failure: bool
    run_k8s_config: Annotated[_RunK8sConfig, Field(alias="runK8sConfig")]


class _RunLauncher(_Values):
    type: Literal["K8sRunLauncher"]
    config: dict[Literal["k8sRunLauncher"], _K8sRunLauncher]


class _Postgresql(_Values):
    enabled: bool
    postgresql_host: str
    postgresql_scheme: str
    postgresql_username: str
    postgresql_database: str


class _Pools(_Values):
    granularity: Literal["op", "run"]
    default_limit: int


class _Concurrency(_Values):
    enabled: bool
    pools: _Pools
    runs: dict[Literal["maxConcurrentRuns"], int]


class _RunMonitoring(_Values):
    enabled: bool
    start_timeout_seconds: int
    poll_interval_seconds: int
    free_slots_after_run_end_seconds: int


class _Daemon(_Values):
    run_monitoring: _RunMonitoring
    run_retries: dict[Literal["enabled"], bool]


class _ChartValues(_Values):
    """The parts of the chart's values that are set here, as its schema (version 1.13) has them."""

    global_: Annotated[dict[Literal["postgresqlSecretName"], str], Field(alias="global")]
    generate_postgresql_password_secret: bool
    postgresql: _Postgresql
    telemetry: dict[Literal["enabled"], bool]
    deployments: Annotated[_Deployments, Field(alias="dagster-user-deployments")]
    run_launcher: _RunLauncher
    concurrency: _Concurrency
    dagster_daemon: _Daemon


@pytest.fixture(scope="module")
def values() -> _ChartValues:
    return _ChartValues.model_validate(read(DEPLOY / "kubernetes" / "values.yaml"))


@pytest.fixture(scope="module")
def run_pod(values: _ChartValues) -> Any:
    """The pod of a run as the chart configures it: the launcher's settings, and those of the code location."""
    pytest.importorskip("dagster_k8s", reason="the package dagster-k8s is not installed")
    from dagster._config import process_config, resolve_to_config_type
    from dagster_k8s import K8sRunLauncher
    from dagster_k8s.container_context import K8sContainerContext
    from dagster_k8s.job import DagsterK8sJobConfig, construct_dagster_k8s_job

    launched = values.run_launcher.config["k8sRunLauncher"].run_k8s_config
    settings = {
        "service_account_name": "dagster",
        "instance_config_map": "dagster-instance",
        "run_k8s_config": {
            "pod_spec_config": launched.pod_spec_config,
            "container_config": launched.container_config,
        },
    }
    checked = process_config(resolve_to_config_type(K8sRunLauncher.config_type()), settings)
    assert checked.success, checked.errors
    (deployment,) = values.deployments.deployments
    context = K8sContainerContext.create_from_config(
        {
            "k8s": {
                "image_pull_policy": deployment.image.pull_policy,
                "env": deployment.env,
                "env_secrets": [secret["name"] for secret in deployment.env_secrets],
                "volumes": deployment.volumes,
                "volume_mounts": deployment.volume_mounts,
                "run_k8s_config": settings["run_k8s_config"],
            }
        }
    )
    job = construct_dagster_k8s_job(
        DagsterK8sJobConfig(
            job_image=f"{deployment.image.repository}:{deployment.image.tag}",
            dagster_home="/opt/dagster/dagster_home",
            instance_config_map="dagster-instance",
        ),
        args=["dagster", "api", "execute_run"],
        job_name="dagster-run-1",
        user_defined_k8s_config=context.run_k8s_config,
    )
    return job.spec.template.spec


def test_a_run_goes_to_a_node_with_a_gpu_and_takes_one(run_pod: Any) -> None:
    assert run_pod.node_selector == {"nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3"}
    assert [(each.key, each.operator) for each in run_pod.tolerations] == [("nvidia.com/gpu", "Exists")]
    (container,) = run_pod.containers
    assert container.resources.limits == {"nvidia.com/gpu": "1"}


def test_a_run_has_the_home_and_the_settings_of_the_code_location(run_pod: Any) -> None:
    (container,) = run_pod.containers
    variables = {variable.name: variable.value for variable in container.env}
    mounted = {mount.name: mount.mount_path for mount in container.volume_mounts}
    claims = {volume.name: volume.persistent_volume_claim for volume in run_pod.volumes}
    assert variables["DISTIL_HOME"] == mounted["home"] == image_environment()["DISTIL_HOME"]
    assert (CHECKOUT / "profiles" / f"{variables['DISTIL_PROFILE']}.yaml").exists()
    assert claims["home"].claim_name == read(DEPLOY / "kubernetes" / "home.yaml")["metadata"]["name"]
    assert [source.secret_ref.name for source in container.env_from if source.secret_ref] == ["distil-keys"]
    assert run_pod.security_context.fs_group == 1000


def test_the_code_location_takes_no_gpu(values: _ChartValues) -> None:
    (deployment,) = read(DEPLOY / "kubernetes" / "values.yaml")["dagster-user-deployments"]["deployments"]
    assert not {"resources", "nodeSelector"} & deployment.keys()
    assert values.deployments.deployments[0].include_config_in_launched_runs == {"enabled": True}


def test_pools_and_monitoring_are_those_of_the_checkout(values: _ChartValues) -> None:
    instance = read(CHECKOUT / "dagster.yaml")
    pools, runs, monitoring = values.concurrency.pools, values.concurrency.runs, values.dagster_daemon.run_monitoring
    assert instance["concurrency"] == {
        "pools": {"granularity": pools.granularity, "default_limit": pools.default_limit},
        "runs": {"max_concurrent_runs": runs["maxConcurrentRuns"]},
    }
    assert instance["run_monitoring"] == {
        "enabled": monitoring.enabled,
        "start_timeout_seconds": monitoring.start_timeout_seconds,
        "poll_interval_seconds": monitoring.poll_interval_seconds,
        "free_slots_after_run_end_seconds": monitoring.free_slots_after_run_end_seconds,
    }
    assert values.dagster_daemon.run_retries == instance["run_retries"]


def test_the_claim_is_one_that_kubernetes_knows() -> None:
    models = pytest.importorskip("dagster_k8s.models", reason="the package dagster-k8s is not installed")
    from kubernetes.client import V1PersistentVolumeClaim

    manifest = read(DEPLOY / "kubernetes" / "home.yaml")
    claim = models.k8s_model_from_dict(
        V1PersistentVolumeClaim, models.k8s_snake_case_dict(V1PersistentVolumeClaim, manifest)
    )
    assert (claim.kind, claim.spec.access_modes) == ("PersistentVolumeClaim", ["ReadWriteMany"])
