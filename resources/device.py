"""The device of the profile, and the steps that are bound to it: those of the assets in the pool `gpu`.

The pool lets no two of them run at once. Each of their workers is started by `distil_dagster.machines.step` on the
machine of the device, which checks that it is the declared one and free, and tells what was used; that is shown here.
"""

import dagster as dg

from distil_dagster.machines.use import DeviceUse

POOL = "gpu"


def is_bound(context: dg.AssetExecutionContext) -> bool:
    """Whether the step at work is bound to the device."""
    return bool(context.op_def.pool == POOL)


def show_use(context: dg.AssetExecutionContext, use: DeviceUse) -> None:
    """Put into the step's metadata what its workers have used of the device so far."""
    shown: dict[str, dg.MetadataValue] = {
        "device": dg.MetadataValue.text(use.device),
        "device_seconds": dg.MetadataValue.float(use.seconds),
        "device_peak_memory_mib": dg.MetadataValue.float(use.peak_memory_mib),
    }
    if use.mean_utilisation is not None:
        shown["device_mean_utilisation"] = dg.MetadataValue.float(use.mean_utilisation)
    if use.energy_joules is not None:
        shown["device_energy_joules"] = dg.MetadataValue.float(use.energy_joules)
    context.add_asset_metadata(shown)
