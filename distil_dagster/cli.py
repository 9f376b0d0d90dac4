"""The command `distil`. Exit code 0 only when it did what it says; errors are one sentence on stderr."""

import json
import os
import shutil
import sys
from contextlib import nullcontext, redirect_stdout, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from distil_dagster.artifacts import MissingArtifact, check_whole, damage, trace
from distil_dagster.home import CHECKOUT, Home, UnknownTask
from distil_dagster.profile import ProfileError, load_profile
from distil_dagster.tasks import Task as LoadedTask
from distil_dagster.tasks import TaskFolderError, load_task
from distil_dagster.tasks.seed_set import source_of

if TYPE_CHECKING:
    from distil_dagster.reports.artifacts import MeasuredTask

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Turn 50 examples of a task into a small model you can serve alone, and see what it is worth.",
)

Task = Annotated[str, typer.Argument(help="Name of a task; `distil tasks` lists them.")]
Student = Annotated[str, typer.Argument(help="Name of a student of the profile.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def main() -> None:
    """Run the command; turn what a user can act on into one sentence and exit code 1."""
    home = Home.from_environment()
    os.environ.setdefault("DISTIL_HOME", str(home.path))
    os.environ.setdefault("DISTIL_DAGSTER", str(home.dagster))
    os.environ.setdefault("DAGSTER_HOME", str(CHECKOUT))
    try:
        app()
    except (TaskFolderError, UnknownTask, ProfileError, MissingArtifact, ValueError, OSError, RuntimeError) as error:
        print(f"distil: {error}", file=sys.stderr)
        sys.exit(1)


@app.command()
def tasks() -> None:
    """List the tasks: those of the checkout and those imported."""
    for name, folder in Home.from_environment().task_folders().items():
        source = source_of(folder)
        if source:
            print(f"{name}: rows of {source.address}, {folder}")
            continue
        try:
            task = load_task(folder)
        except TaskFolderError as error:
            print(f"{name}: {len(error.problems)} problems, first: {error.problems[0]}")
            continue
        print(f"{name}: {task.kind.name}, {len(task.seeds)} seeds, {len(task.tests)} tests, {folder}")


@app.command(name="import")
def import_folder(
    folder: Annotated[Path, typer.Argument(help="A task folder in the Distil Labs format.")],
    name: Annotated[str | None, typer.Option(help="Name of the task; that of the folder by default.")] = None,
    traces: Annotated[Path | None, typer.Option(help="A JSONL of chats that the folder's rows are made from.")] = None,
    keep_labels: Annotated[bool, typer.Option(help="Take the labels of the traces as they are.")] = False,
) -> None:
    """Check a task folder and take it in."""
    home, called = Home.from_environment(), name or folder.resolve().name
    if keep_labels and traces is None:
        raise ValueError("--keep-labels says what becomes of the labels of --traces FILE, which isn't given")
    if traces is None:
        task, notes = home.import_task(folder, called)
    else:
        task, notes = import_traces(home, folder, traces, called, keep_labels=keep_labels)
    for note in notes:
        print(f"note: {note}")
    print(
        f"imported {task.name}: {task.kind.name}, decided by {task.kind.deciding_metric}, {len(task.seeds)} seeds, "
        f"{len(task.tests)} tests ({len(task.test_examples)} questions); next: distil run {task.name}"
    )


@app.command()
def plan(task: Task) -> None:
    """Print what the teacher would be asked for, and what that can cost; asks nobody."""
    home, profile = Home.from_environment(), load_profile()
    from distil_dagster.corpus import CorpusSettings
    from distil_dagster.reports.plan import print_plan
    from distil_dagster.teachers.opening import planning_for

    loaded = home.complete_task(task)
    planning = planning_for(loaded, profile.teacher)
    if planning is None:
        print(f"the teacher {profile.teacher.kind} asks nobody: its rows cost nothing")
        return
    settings = CorpusSettings.for_task(loaded, profile.curation)
    print_plan(planning.plan(count=settings.count, seed=settings.random_seed))
    if rounds := profile.error_rounds:
        print(
            f"Further rounds after it (error_rounds): {rounds.rounds}, each of {rounds.rows:,} rows that pass, about "
            f"what {rounds.student} gets wrong, and within a budget of its own."
        )


@app.command()
def run(
    task: Task,
    student: Annotated[str | None, typer.Option(help="A student of the profile; its first one by default.")] = None,
    reference: Annotated[
        list[str] | None,
        typer.Option(help="A model behind an API to be asked as well, which costs what it costs; may be repeated."),
    ] = None,
) -> None:
    """Make everything for a task, from the seeds to the report; goes on where a killed run stopped."""
    home, profile = Home.from_environment(), load_profile()
    from distil_dagster.whole_task import plan_whole_task

    planned = plan_whole_task(home, profile, task, student=student, references=reference or ())
    home.dagster.mkdir(parents=True, exist_ok=True)
    from distil_dagster.definitions import run_in_turn

    for note in planned.notes:
        print(note)
    run_in_turn(planned.runs)
    print_scores(home, [task])
    if planned.further_rounds:
        print_gains(home, task, planned.student)
    page = home.store.current("report", {}).local() / "report.html"
    print(f"Web page:   {page}")
    if planned.with_teacher:
        of_student = {"task": task, "student": planned.student}
        for label, asset in (("Model card: ", "model_card"), ("llama.cpp:  ", "gguf_model")):
            print(f"{label}{home.store.current(asset, of_student).local()}")
    print(f"Lineage:    {sys.argv[0]} lineage {task} {planned.student}")
    print("Dagster UI: make ui, then open http://localhost:3000")


@app.command()
def ablate(
    task: Task,
    student: Annotated[str | None, typer.Option(help="A student of the profile; its first one by default.")] = None,
    sweep: Annotated[bool, typer.Option("--sweep", help="Sweep the learning rate as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure what each part of the recipe is worth, after `distil run`; trains nothing that was trained before."""
    home, profile = Home.from_environment(), load_profile()
    home.task_folder(task)
    partition = {"task": task, "student": profile.student_name(student)}
    try:
        home.store.current("lora_adapter", partition)
        home.store.current("benchmark_scores", partition)
    except MissingArtifact as missing:
        raise MissingArtifact(f"there is no full recipe to compare with: {missing} (distil run {task})") from missing
    from distil_dagster.ablations.sweep import SweepSummary
    from distil_dagster.ablations.table import AblationTable
    from distil_dagster.definitions import run_in_turn
    from distil_dagster.reports.ablations import print_ablations
    from distil_dagster.whole_task import JobRun

    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        run_in_turn([JobRun(job, partition) for job in ("ablations", *(["sweep_learning_rates"] if sweep else []))])
    table = home.store.current("ablation_scores", partition).summary(AblationTable)
    swept = home.store.current("learning_rate_sweep", partition).summary(SweepSummary) if sweep else None
    if as_json:
        print(json.dumps({"ablations": table.model_dump(), "sweep": swept.model_dump() if swept else None}))
        return
    print_ablations(table)
    if swept:
        print(f"Learning rate: {swept.reason}")


@app.command()
def scores(as_json: AsJson = False) -> None:
    """Print accuracy and cost of every task measured so far."""
    home = Home.from_environment()
    if not as_json:
        print_scores(home, list(home.task_folders()))
        return
    reports = [task.report for task in tasks_measured(home, list(home.task_folders()))]
    print(json.dumps([report.model_dump(mode="json") for report in reports], indent=2))


@app.command()
def lineage(
    task: Task,
    student: Student,
    as_json: AsJson = False,
    row: Annotated[str | None, typer.Option(help="Id of a row that the student was trained on, or asked.")] = None,
) -> None:
    """Print every artifact behind a score, back to the seeds, and hash all their files again; or all about one row."""
    home = Home.from_environment()
    if row is not None:
        print_row(home, task, student, row, as_json=as_json)
        return
    steps = trace(home.store, home.store.current("benchmark_scores", {"task": task, "student": student}))
    problems = [problem for step in steps for problem in damage(step.artifact)]
    if as_json:
        print(json.dumps([{"depth": step.depth, **step.artifact.manifest.model_dump(mode="json")} for step in steps]))
    else:
        from distil_dagster.reports.lineage import print_lineage

        print_lineage(steps)
    files = sum(len(step.artifact.manifest.files) for step in steps)
    whole = check_whole(len(steps), files, problems)
    if not as_json:
        print(whole)


@app.command()
def export(
    task: Task,
    student: Student,
    openlineage: Annotated[
        str | None, typer.Option(help="A file, or the address of a server, for the lineage as OpenLineage events.")
    ] = None,
    mlflow: Annotated[bool, typer.Option("--mlflow", help="Log the score as a run at MLFLOW_TRACKING_URI.")] = False,
) -> None:
    """Hand a score and its lineage to a catalogue or a tracker, once all files are found to be as they were written."""
    if not openlineage and not mlflow:
        raise ValueError("say where to: --openlineage FILE, --openlineage ADDRESS or --mlflow")
    home = Home.from_environment()
    scored = home.store.current("benchmark_scores", {"task": task, "student": student})
    steps = trace(home.store, scored)
    files = sum(len(step.artifact.manifest.files) for step in steps)
    check_whole(len(steps), files, [problem for step in steps for problem in damage(step.artifact)])
    if openlineage:
        from distil_dagster.exports.openlineage_events import export_lineage

        print(export_lineage(steps, openlineage))
    if mlflow:
        from distil_dagster.exports.mlflow_runs import log_run
        from distil_dagster.exports.tracked_run import tracked_run

        run = log_run(tracked_run(home.store, scored))
        print(f"MLflow run {run.run_id} in the experiment {run.experiment} at {run.server}")


@app.command()
def diff(
    task: Task,
    student: Student,
    before: Annotated[str | None, typer.Argument(help="How a version's fingerprint begins; the last but one.")] = None,
    after: Annotated[str | None, typer.Argument(help="Likewise the other's; the last.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print what differs between two versions of a score: inputs, parameters, code, and the answers that flipped."""
    store, partition = Home.from_environment().store, {"task": task, "student": student}
    from distil_dagster.reports.score_difference import latest_two, print_difference, score_difference, version_of

    if before and after:
        pair = tuple(version_of(store, "benchmark_scores", partition, each) for each in (before, after))
    elif before:
        pair = (version_of(store, "benchmark_scores", partition, before), store.current("benchmark_scores", partition))
    else:
        pair = latest_two(store, "benchmark_scores", partition)
    difference = score_difference(store, *pair)
    print(difference.model_dump_json()) if as_json else print_difference(difference)


@app.command()
def serve(
    task: Task, student: Student, port: Annotated[int, typer.Option(help="Port on the loopback address.")] = 8000
) -> None:
    """Serve the distilled student behind an OpenAI-compatible API until Ctrl-C."""
    home = Home.from_environment()
    model = home.store.current(load_profile().served_model, {"task": task, "student": student})
    from distil_dagster.serving.engine import running_server
    from distil_dagster.serving.student_engine import student_engine

    engine = student_engine(load_profile().serving.engine)
    log_path = home.path / "logs" / "serve" / f"{task}-{student}-{port}.log"
    print(f"starting {engine.name} {engine.version}, log: {log_path}", flush=True)
    with (
        suppress(KeyboardInterrupt),
        running_server(engine, model.local(), log_path=log_path, model_name=student, port=port) as server,
    ):
        print(f"POST {server.endpoint.base_url}/chat/completions, model {student!r}; Ctrl-C stops it", flush=True)
        raise RuntimeError(f"the server ended with exit code {server.process.wait()} (log: {log_path})")


@app.command()
def report() -> None:
    """Print where the web page is."""
    print(Home.from_environment().store.current("report", {}).local() / "report.html")


def import_traces(
    home: Home, folder: Path, traces: Path, name: str, *, keep_labels: bool
) -> tuple[LoadedTask, list[str]]:
    """Make a task folder from chats and take it in; returns the task, and in sentences what became of the chats."""
    from distil_dagster.costs.endpoint_prices import endpoint_prices
    from distil_dagster.traces.asking import Panel
    from distil_dagster.traces.folder import REPORT, folder_from_traces

    panel = Panel(
        load_profile().traces,
        responses=home.responses,
        prices=lambda model: endpoint_prices(model, "traces"),
        report=lambda message: print(message, file=sys.stderr),
    )
    with TemporaryDirectory() as scratch:
        made = Path(scratch)
        report = folder_from_traces(folder, traces, made, panel, keep_labels=keep_labels)
        task, notes = home.import_task(made, name)
        shutil.copyfile(made / REPORT, home.task_folder(name) / REPORT)
    return task, [*report.notes(), *notes]


def tasks_measured(home: Home, names: list[str]) -> "list[MeasuredTask]":
    """Those of these tasks that were measured; which are left out is told on stderr."""
    from distil_dagster.reports.artifacts import measured_tasks

    profile = load_profile()
    return measured_tasks(
        home.store,
        names,
        list(profile.students),
        [model.slug for model in profile.references],
        left_out=lambda reason: print(f"distil: {reason}", file=sys.stderr),
    )


def print_row(home: Home, task: str, student: str, row: str, *, as_json: bool) -> None:
    """Print how a row of the test set was answered, or how a training row was made."""
    from distil_dagster.reports.asked_row import asked_row
    from distil_dagster.reports.lineage import print_asked_row, print_row_lineage
    from distil_dagster.reports.training_row import training_row_lineage

    asked = None
    with suppress(MissingArtifact):  # not scored yet: it can only be a training row
        asked = asked_row(home.store, home.responses, task, student, row)
    if asked:
        print(asked.model_dump_json()) if as_json else print_asked_row(asked)
        return
    found = training_row_lineage(home.store, home.responses, task, student, row)
    print(found.model_dump_json()) if as_json else print_row_lineage(found)


def print_scores(home: Home, names: list[str]) -> None:
    """Print the tables of these tasks. Raises MissingArtifact if none was measured."""
    from distil_dagster.reports.terminal import print_scores as print_tables

    tasks = tasks_measured(home, names)
    if not tasks:
        raise MissingArtifact("no task has been measured yet; distil run TASK does it")
    print_tables([task.report for task in tasks])


def print_gains(home: Home, task: str, student: str) -> None:
    """Print what each further round of the corpus brought, a line each."""
    from distil_dagster.corpus.round_lineage import gains
    from distil_dagster.reports.rounds import gain_in_words

    for gain in gains(home.store, home.store.current("weak_spots", {"task": task, "student": student})):
        print(gain_in_words(gain))


if __name__ == "__main__":
    main()
