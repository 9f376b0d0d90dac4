"""Which device the heavy steps are bound to, and how they are brought to it."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Device(_Section):
    """The device that training and serving are bound to."""

    name: str
    """What people call it. Of a GPU, how the name that its driver gives begins: `NVIDIA H100 80GB`."""
    kind: Literal["cpu", "cuda"]
    memory_gib: float | None = Field(None, gt=0)
    """The memory of a GPU, as it is sold."""
    num_processes: int = Field(1, gt=0)
    """Processes that train an adapter together, one per GPU."""

    @model_validator(mode="after")
    def _gpu_with_memory(self) -> Self:
        if self.kind == "cuda" and self.memory_gib is None:
            raise ValueError("a device of kind cuda needs memory_gib, the memory of one GPU in GiB: 80")
        return self


class SubprocessLauncher(_Section):
    """Heavy steps are processes of this machine."""

    kind: Literal["subprocess"] = "subprocess"


class RayLauncher(_Section):
    """Heavy steps are jobs of a Ray cluster, each on as many GPUs as the device has processes."""

    kind: Literal["ray"]
    address: str = "http://127.0.0.1:8265"
    """Where the dashboard of the cluster's head listens."""
    accelerator_type: str | None = None
    """The type that Ray knows the GPU by: `H100`."""
    resources: dict[str, float] = {}
    """What else a job takes of its node, such as a custom resource that the node was started with."""
    python: str = "python"
    """The interpreter on the nodes, which has the packages of the extra `train`."""
    exchange: str | None = None
    """A folder through which a step's files travel, on any fsspec address; none if all nodes share `DISTIL_HOME`."""
    retries: int = Field(2, ge=0)
    """How often a job is started again whose worker or node was killed."""


LauncherSettings = Annotated[SubprocessLauncher | RayLauncher, Field(discriminator="kind")]
