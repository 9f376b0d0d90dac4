"""Profiles are read whole or refused with the key that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from distil_dagster.home import CHECKOUT
from distil_dagster.profile import ProfileError, load_profile


@pytest.mark.parametrize("name", ["embedded", "embedded_vllm", "h100"])
def test_the_bundled_profiles_are_valid(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert len(profile.references) == 10
    assert profile.distilled.lora_r >= profile.seeds_only.lora_r


@pytest.mark.parametrize("name", ["embedded", "embedded_vllm", "h100"])
def test_a_reference_is_asked_the_questions_of_the_benchmark(name: str) -> None:
    profile = load_profile(name)
    run = profile.reference_run
    assert (run.max_questions, run.sample_seed) == (profile.benchmark.max_questions, profile.benchmark.sample_seed)
    assert (run.repeats, run.budget_dollars) == (3, 5.0)
    assert profile.judge is None


def changed(tmp_path: Path, **changes: object) -> str:
    """A profile that differs from the bundled one."""
    profile = yaml.safe_load((CHECKOUT / "profiles" / "embedded.yaml").read_text())
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(profile | changes))
    return str(path)


def test_a_server_of_ones_own_becomes_a_reference_by_a_few_lines(tmp_path: Path) -> None:
    lines = """
        {slug: my-server, display_name: My server, model: my-model, base_url: "http://127.0.0.1:8000/v1",
         api_key_env: null, input_price: 0.0, output_price: 0.0}
    """
    profile = load_profile(changed(tmp_path, references=[yaml.safe_load(lines)]))
    assert profile.reference("my-server").base_url == "http://127.0.0.1:8000/v1"
    with pytest.raises(ProfileError, match=r"the profile mine has no reference 'gpt-5-nano'; it has: my-server"):
        profile.reference("gpt-5-nano")


def test_the_judge_that_the_profile_shows_is_a_valid_one(tmp_path: Path) -> None:
    text = (CHECKOUT / "profiles" / "embedded.yaml").read_text()
    shown = "\n".join(line.removeprefix("# ") for line in text[text.index("# judge:") :].splitlines())
    judge = load_profile(changed(tmp_path, **yaml.safe_load(shown))).judge
    assert judge is not None
    assert (judge.model, judge.temperature, judge.api_key_env) == ("claude-sonnet-4-6", 0.0, "ANTHROPIC_API_KEY")


def test_two_references_of_one_name_are_refused(tmp_path: Path) -> None:
    twice = [{"slug": "twin", "display_name": "Twin", "provider": "openai", "model": "gpt-5-nano"}] * 2
    with pytest.raises(ProfileError, match="two references have the slug twin"):
        load_profile(changed(tmp_path, references=twice))


def test_an_unknown_profile_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ProfileError, match=r"DISTIL_PROFILE may be one of: embedded, embedded_vllm, h100"):
        load_profile("laptop")


def test_a_wrong_key_is_named(tmp_path: Path) -> None:
    text = (CHECKOUT / "profiles" / "embedded.yaml").read_text()
    path = tmp_path / "mine.yaml"
    path.write_text(text + "colour: blue\n")
    with pytest.raises(ProfileError, match=r"colour: Extra inputs are not permitted"):
        load_profile(str(path))


def test_the_environment_chooses_the_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTIL_PROFILE", "h100")
    assert load_profile().name == "h100"


def test_a_profile_that_extends_another_says_only_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("extends: embedded\nserving: {concurrency: 3}\nutilisations: [0.5]\n")
    mine, other = load_profile(str(path)), load_profile("embedded")
    assert mine.serving == other.serving.model_copy(update={"concurrency": 3})
    changed = {"name": "mine", "serving": mine.serving, "utilisations": (0.5,)}
    assert mine == other.model_copy(update=changed)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("extends: laptop\n", "there is no profile 'laptop'"),
        ("extends: {path}\n", "can't extend itself"),
        ("extends: embedded\nserving: {{colour: blue}}\n", "serving.colour: Extra inputs"),
    ],
)
def test_a_profile_that_extends_wrongly_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text.format(path=path))
    with pytest.raises(ProfileError, match=complaint):
        load_profile(str(path))


def test_the_profiles_with_vllm_serve_what_they_measure() -> None:
    for name in ("embedded_vllm", "h100"):
        profile = load_profile(name)
        assert profile.benchmark.engine.kind == "vllm"
        assert profile.benchmark.engine == profile.serving.engine


def test_a_gpu_without_its_memory_is_refused(tmp_path: Path) -> None:
    device = {"name": "NVIDIA L4", "kind": "cuda", "dollars_per_hour": 0.7, "price_source": "mine"}
    with pytest.raises(ProfileError, match=r"device: .*a device of kind cuda needs memory_gib"):
        load_profile(changed(tmp_path, device=device))


def test_the_launcher_that_the_profile_shows_is_a_valid_one(tmp_path: Path) -> None:
    text = (CHECKOUT / "profiles" / "h100.yaml").read_text()
    (shown,) = [line.removeprefix("#   ") for line in text.splitlines() if line.startswith("#   launcher: ")]
    launcher = load_profile(changed(tmp_path, **yaml.safe_load(shown))).launcher
    assert (launcher.kind, load_profile().launcher.kind) == ("ray", "subprocess")
