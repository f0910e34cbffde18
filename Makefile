# The only commands a newcomer needs. Each sets up what it needs in .venv; Python 3.11+ is the only prerequisite.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

# Stamps: a set-up is repeated only when its lock file or the project file changed.
$(VENV)/run.stamp: requirements/all.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "HexaFace needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/all.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	touch $@

demo: $(VENV)/run.stamp ## analyse the sample photos end to end and show the result
	$(BIN)/hexaface demo

run: $(VENV)/run.stamp ## serve everything on http://127.0.0.1:8000
	$(BIN)/hexaface serve

# Generators of clients want older libraries than ours: they get an environment of their own.
CLIENTS := .venv-clients
$(CLIENTS)/stamp: requirements/clients.txt
	test -x $(CLIENTS)/bin/python || $(PYTHON) -m venv $(CLIENTS)
	$(CLIENTS)/bin/python -m pip install --quiet --require-hashes -r requirements/clients.txt
	touch $@

test: $(VENV)/dev.stamp $(CLIENTS)/stamp ## run the tests
	$(BIN)/python -m pytest --ignore=tests/studies --ignore=tests/export/training --ignore=tests/containers --ignore=tests/browser --ignore=tests/chaos

ROUNDS ?= 1
chaos: chaos-server chaos-containers ## hurt everything under load, in random order, ROUNDS times; the containers where there is an engine
chaos-server: $(VENV)/dev.stamp ## hurt an all-in-one server: stores killed and paused, itself killed, disk and connections used up
	HEXAFACE_CHAOS_ROUNDS=$(ROUNDS) $(BIN)/python -m pytest tests/chaos
chaos-containers: $(VENV)/dev.stamp ## hurt the containers: each killed and paused, cut off, starved
	@if [ -x "$(ENGINE)" ] || docker info >/dev/null 2>&1; then \
	  HEXAFACE_CHAOS_ROUNDS=$(ROUNDS) HEXAFACE_TEST_SECONDS=$$((900 + 600 * $(ROUNDS))) \
	    tests/containers/run.sh $(BIN)/python "$(ENGINE)" tests/containers/test_chaos.py; \
	else echo "no container engine here: the containers are not hurt"; fi
REQUESTS ?= 10000
fuzz: $(VENV)/dev.stamp ## send a server REQUESTS requests that nobody would write (make test sends 300)
	HEXAFACE_FUZZ_REQUESTS=$(REQUESTS) $(BIN)/python -m pytest tests/fuzz
.PHONY: chaos chaos-server chaos-containers fuzz

# Torch stays out of .venv: it is large, and nothing that is served needs it.
EXPORT := .venv-export
$(EXPORT)/stamp: requirements/dev.txt requirements/training.txt pyproject.toml
	test -x $(EXPORT)/bin/python || $(PYTHON) -m venv $(EXPORT)
	$(EXPORT)/bin/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(EXPORT)/bin/python -m pip install --quiet -r requirements/training.txt
	$(EXPORT)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

test-export: $(EXPORT)/stamp ## test training and studies (installs torch into .venv-export)
	$(EXPORT)/bin/python -m pytest tests/export/training tests/studies

# Ray stays out of .venv: it is large, and nothing but `hexaface bulk --ray` needs it.
RAY := .venv-ray
$(RAY)/stamp: requirements/dev.txt requirements/bulk-ray.txt
	test -x $(RAY)/bin/python || $(PYTHON) -m venv $(RAY)
	$(RAY)/bin/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(RAY)/bin/python -m pip install --quiet --require-hashes -r requirements/bulk-ray.txt
	$(RAY)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

test-ray: $(RAY)/stamp ## test hexaface bulk on a Ray cluster of several nodes (installs Ray into .venv-ray)
	$(RAY)/bin/python -m pytest tests/hexaface/bulk/test_cluster.py
.PHONY: test-ray

test-browser: $(VENV)/dev.stamp ## test the portal in Chromium (skipped with a line where there is none)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/browser.txt
	$(BIN)/python -m pytest tests/browser

check: $(VENV)/dev.stamp ## format, lint, types, boundaries, dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

bench: $(VENV)/dev.stamp ## measure latency, throughput, memory, start-up; BASE=<git ref> beside this version
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks --separate

# Each peer in an environment of its own; one that cannot be installed is left out, and the table says so.
PEERS := face-recognition deepface human
$(VENV)-peers-human/stamp: requirements/peers-human/package-lock.json
	mkdir -p $(@D) && cp requirements/peers-human/*.json $(@D)
	npm ci --prefix $(@D) --silent --no-audit --no-fund
	touch $@
$(VENV)-peers-%/stamp: requirements/peers-%.txt
	test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --no-deps --require-hashes -r $<
	touch $@

bench-peers: $(VENV)/dev.stamp ## measure face_recognition, DeepFace and Human beside this version
	-$(MAKE) --keep-going $(PEERS:%=$(VENV)-peers-%/stamp)
	$(BIN)/python -m benchmarks.peers
.PHONY: bench-peers

# onnxruntime and onnxruntime-gpu cannot share an environment.
gpu-proof: requirements/all.txt requirements/gpu-proof.txt ## prove CUDA (and TensorRT) on a machine with a GPU: a report, GPU.md
	test -x $(VENV)-gpu/bin/python || $(PYTHON) -m venv $(VENV)-gpu
	$(VENV)-gpu/bin/python -m pip install --quiet --require-hashes -r requirements/all.txt
	$(VENV)-gpu/bin/python -m pip uninstall --quiet --yes onnxruntime
	$(VENV)-gpu/bin/python -m pip install --quiet --require-hashes --no-deps -r requirements/gpu-proof.txt
	LD_LIBRARY_PATH="$$(printf '%s:' $(CURDIR)/$(VENV)-gpu/lib/python3*/site-packages/nvidia/*/lib)$${LD_LIBRARY_PATH:-/usr/lib}" \
	  $(VENV)-gpu/bin/python -m benchmarks.gpu > GPU.md; status=$$?; cat GPU.md; exit $$status
.PHONY: gpu-proof

models: $(EXPORT)/stamp ## rebuild every exported model (trained ones take hours; installs torch into .venv-export)
	$(EXPORT)/bin/python -m export all

.PHONY: help demo run test test-browser test-export check bench models

# Hashed locks without index addresses, for every platform; `make lock` after a change of pyproject.toml.
LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links
lock: ## renew requirements/*.txt (needs uv)
	$(LOCK) pyproject.toml --extra all --extra portal requirements/build.in -o requirements/all.txt
	$(LOCK) pyproject.toml --extra dev requirements/build.in --constraints requirements/all.txt -o requirements/dev.txt
	$(LOCK) pyproject.toml --extra service --extra tracing --constraints requirements/all.txt -o requirements/service-cpu.txt
	$(LOCK) pyproject.toml --extra service-gpu --extra tracing --constraints requirements/all.txt -o requirements/service-gpu.txt
	$(LOCK) requirements/gpu-proof.in --constraints requirements/service-gpu.txt -o requirements/gpu-proof.txt
	$(LOCK) pyproject.toml --extra gateway --extra tracing --constraints requirements/all.txt -o requirements/gateway.txt
	$(LOCK) pyproject.toml --extra portal --constraints requirements/all.txt -o requirements/portal.txt
	$(LOCK) pyproject.toml --extra bulk-ray --constraints requirements/dev.txt -o requirements/bulk-ray.txt
	$(LOCK) requirements/browser.in --constraints requirements/dev.txt -o requirements/browser.txt
	$(LOCK) requirements/helm.in -o requirements/helm.txt
	$(LOCK) requirements/clients.in -o requirements/clients.txt
	$(LOCK) requirements/docs.in -o requirements/docs.txt
	$(LOCK) requirements/release.in -o requirements/release.txt
	$(LOCK) --no-emit-package dlib requirements/peers-face-recognition.in -o requirements/peers-face-recognition.txt
	$(LOCK) requirements/peers-deepface.in -o requirements/peers-deepface.txt
	cd requirements/peers-human && npm install --silent --package-lock-only --omit-lockfile-registry-resolved
	$(PYTHON) deploy/without_addresses.py requirements/peers-human/package-lock.json
.PHONY: lock

reference: $(VENV)/run.stamp ## write docs/settings.md and docs/errors.md from the code
	PYTHONPATH=. $(BIN)/python docs/reference.py

DOCS := .venv-docs
$(DOCS)/stamp: requirements/docs.txt
	test -x $(DOCS)/bin/python || $(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --require-hashes -r requirements/docs.txt
	touch $@

docs: $(DOCS)/stamp ## build the documentation as a site in site/ (broken links are errors)
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --quiet --strict
.PHONY: reference docs

wheels: $(VENV)/dev.stamp ## build the wheels hexaface and hexaface-server into dist/
	$(BIN)/python deploy/wheels dist

test-wheels: wheels ## install both wheels with their dependencies into fresh environments and use them there
	HEXAFACE_TEST_WHEELS=dist $(BIN)/python -m pytest tests/wheels
.PHONY: wheels test-wheels

secrets: ## make the secrets that docker-compose.yml reads
	deploy/init-secrets.sh

# Where no Docker runs, a private engine beside the checkout stands in for it when it is there.
ENGINE := $(wildcard ../shared/containers/engine)
test-containers: $(VENV)/dev.stamp ## build the images, run them, hurt them (needs Docker)
	tests/containers/run.sh $(BIN)/python $(ENGINE)
.PHONY: secrets test-containers

check-helm: ## lint, render and validate the Helm chart and the release workflows
	test -x $(VENV)-helm/bin/python || $(PYTHON) -m venv $(VENV)-helm
	$(VENV)-helm/bin/python -m pip install --quiet --require-hashes -r requirements/helm.txt
	$(VENV)-helm/bin/python deploy/helm/check.py
	$(VENV)-helm/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
.PHONY: check-helm

RELEASE := .venv-release
$(RELEASE)/stamp: requirements/release.txt
	test -x $(RELEASE)/bin/python || $(PYTHON) -m venv $(RELEASE)
	$(RELEASE)/bin/python -m pip install --quiet --require-hashes -r requirements/release.txt
	touch $@

IMAGE_KINDS := gateway portal service-cpu service-gpu
sbom: $(RELEASE)/stamp ## write CycloneDX bills of material to dist/sbom, one per kind of image
	mkdir -p dist/sbom
	set -e; for kind in $(IMAGE_KINDS); do \
	  PYTHONWARNINGS=ignore $(RELEASE)/bin/cyclonedx-py requirements requirements/$$kind.txt --pyproject pyproject.toml \
	    --output-reproducible --output-file dist/sbom/hexaface-$$kind.cdx.json; done

release: ## cut a release: make release VERSION=1.2.0 (changelog, version, chart, commit, tag)
	$(PYTHON) deploy/release.py $(VERSION)
.PHONY: sbom release
