"""The pipeline: one file per artifact, in the order of the graph, with its checks beside it.

An asset gathers its inputs, calls one function of the library (or one worker), and says what came of it. What it
means to distil is written in `distil_dagster`; how the artifacts hang together can be read here alone.
"""

import warnings

import dagster as dg

# Checks per partition are in preview in Dagster 1.13. The version is pinned; a warning per check tells a user nothing.
warnings.filterwarnings("ignore", category=dg.PreviewWarning)
