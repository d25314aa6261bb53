# Everything a newcomer needs: `make demo` shows the main job, `make test` proves it.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
FUZZ_SECONDS ?= 120
FUZZ_SEED ?= 0
CHROMIUMS := chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable
READY := $(VENV)/.ready
SPARK := build/spark
# Each worker keeps to tests that lie together, so that what a file of them shares is made once.
TWO := -n 2 --dist worksteal
# Source that is worked on runs as it is; `make compiled` has it compiled, and `make interpreted` undoes that.
export SNAPINSPECT_COMPILE ?= no

.PHONY: demo test test-again test-both same-outputs test-browser test-spark compiled interpreted check lint fuzz bench binary sbom deb dist protos picture docs site clean

demo: $(VENV)/.installed ## Recover a Deployment from a real snapshot that ships with the project
	$(BIN)/snapinspect info fixtures/k8s-1.36/small.db
	$(BIN)/snapinspect get fixtures/k8s-1.36/small.db deploy/api -n infra-production

test: $(READY) ## Run every test but those that need a browser, which only root can install
	$(BIN)/python -m pytest $(TWO)
	@echo "The page of 'report' in a browser is tested by: make test-browser"
	@echo "Spark's data source, which takes half a gigabyte and Java, is tested by: make test-spark"

test-again: $(READY) ## Run what failed once more, one after the other: what is broken fails again, what a loaded machine upset does not
	$(BIN)/python -m pytest -p no:xdist --last-failed --last-failed-no-failures none

test-browser: $(READY) ## Run the tests that need a Chromium; Debian's is installed where there is none, which takes root
	@for name in $(CHROMIUMS); do command -v $$name >/dev/null && exit 0; done; \
	apt-get -qq update && apt-get -qq install --yes --no-install-recommends $(firstword $(CHROMIUMS)) >/dev/null || \
	{ echo "error: no Chromium is installed, and it cannot be installed: as root, apt-get install $(firstword $(CHROMIUMS))" >&2; exit 1; }
	$(BIN)/python -m pytest -m browser tests/report

test-spark: $(SPARK)/.ready ## Run the tests of Spark's data source; pyspark is installed beside the environment, and Debian's Java where there is none, which takes root
	PYTHONPATH=$(abspath $(SPARK)) PYSPARK_PYTHON=$(abspath $(BIN)/python) $(BIN)/python -m pytest -m spark tests/spark

test-both: $(READY) ## Run every test on the source as it is, those of what is compiled on that, and hold the outputs of both equal
	$(MAKE) interpreted test
	$(MAKE) same-outputs

# The rest of the suite stands on these rooms, and sees of them nothing but what the outputs show.
COMPILED_TESTS := tests/bolt tests/etcd tests/kube tests/write tests/clean tests/damage tests/test_truth.py tests/cli/test_cli_golden.py tests/docs/test_python_examples.py
same-outputs: $(READY)
	mkdir -p build
	$(BIN)/python tests/cli/all_outputs.py build/interpreted.jsonl
	$(MAKE) compiled
	{ $(BIN)/python tests/cli/all_outputs.py build/compiled.jsonl \
	  && cmp build/interpreted.jsonl build/compiled.jsonl \
	  && $(BIN)/python -m pytest $(TWO) $(COMPILED_TESTS); } || { $(MAKE) interpreted; exit 1; }
	$(MAKE) interpreted

compiled: $(READY) ## Compile the hot rooms in place
	SNAPINSPECT_COMPILE=yes $(BIN)/python -m pip install --quiet --editable .

interpreted: $(READY) ## Undo that
	SNAPINSPECT_COMPILE=no $(BIN)/python -m pip install --quiet --editable .

check: lint test ## Everything that has to be green before a change lands

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python protos/compile.py --check

fuzz: $(READY) ## Look for FUZZ_SECONDS for input that breaks what it must not; what is found is tried by `make test` from then on
	$(BIN)/python -m pip install --quiet --group fuzz
	$(BIN)/python tests/fuzz/fuzz.py --seconds $(FUZZ_SECONDS) --seed $(FUZZ_SEED)

bench: $(READY) ## Measure speed and memory on a large snapshot; takes some minutes
	$(BIN)/python -m bench.run
	$(BIN)/python -m bench.scaling

binary: ## Build dist/snapinspect-linux-MACHINE: one file, for systems without Python
	PYTHON=$(PYTHON) packaging/binary/build.sh

sbom: ## Write dist/snapinspect-linux-MACHINE.cdx.json: what the binary that was built last is made of
	$(PYTHON) -m venv --clear build/sbom
	build/sbom/bin/python -m pip install --quiet --upgrade pip
	build/sbom/bin/python -m pip install --quiet --group sbom
	build/sbom/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
	  --output-file dist/snapinspect-linux-$$(uname -m).cdx.json build/binary/venv

deb: ## Build dist/snapinspect_VERSION_ARCHITECTURE.deb out of that
	packaging/deb/build.sh

dist: $(READY) ## Build the sdist and the wheel in dist, as an index takes them
	$(BIN)/python -m pip install --quiet --group dist
	SNAPINSPECT_COMPILE=no $(BIN)/python -m build --outdir dist .
	$(BIN)/twine check --strict dist/*.tar.gz dist/*.whl

protos: $(READY) ## Compile protos/ into the package
	$(BIN)/python protos/compile.py

picture: $(READY) ## Write docs/browse.svg and docs/report.png anew; the latter needs a Chromium
	$(BIN)/python tests/browse/picture.py
	$(BIN)/python tests/report/picture.py

docs: $(READY) ## Write docs/cli.md from what --help-all says, docs/json.md from the schemas, docs/api.md from the docstrings, and the picture in docs/architecture.md from the import contracts
	$(BIN)/python docs/reference.py
	$(BIN)/python docs/outputs.py
	$(BIN)/python docs/api.py
	$(BIN)/python docs/picture.py

site: $(READY) ## Build the pages as a site in build/site, with every link checked
	$(BIN)/python -m pip install --quiet --group site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

clean:
	rm -rf $(VENV) build dist demo-out .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.installed: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	# Where Python may not write bytecode, each start would compile the source anew.
	$(BIN)/python -m compileall -q snapinspect
	touch $@

$(READY): $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable . --group dev
	$(BIN)/python -m pip install --quiet --no-deps --group clients
	touch $@

$(SPARK)/.ready: $(READY)
	@command -v java >/dev/null || \
	{ apt-get -qq update && apt-get -qq install --yes --no-install-recommends openjdk-17-jre-headless >/dev/null; } || \
	{ echo "error: no Java is installed, and it cannot be installed: as root, apt-get install openjdk-17-jre-headless" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --upgrade --target $(SPARK) --group spark
	touch $@
