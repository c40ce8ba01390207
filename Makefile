# The commands of this project; `make` lists them. Everything a target needs is
# installed by scripts/setup.sh, which says what it does.

.DEFAULT_GOAL := help

GO        ?= go
PKGS      ?= ./...
TIMEOUT   ?= 15m
FUZZTIME  ?= 30s
BENCH     ?= .
LISTINGS  ?= 10000
DEMOLANG  ?= en

# Go keeps its caches below HOME, which some schedulers do not set.
ifeq ($(origin HOME),undefined)
export HOME := $(shell getent passwd "$$(id -u)" | cut -d: -f6)
endif

# A clone that belongs to another user has no version to stamp: git refuses to read it.
BUILDFLAGS := $(shell git rev-parse HEAD >/dev/null 2>&1 || echo -buildvcs=false)

GOLANGCI := $(GO) tool -modfile=tools/golangci-lint/go.mod golangci-lint

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Install what is missing: a C compiler and PostgreSQL (apt-get, with sudo where not root)
	@scripts/setup.sh test

.PHONY: build
build: ## Build bin/marketwarden
	@scripts/setup.sh build
	$(GO) build $(BUILDFLAGS) -trimpath -o bin/marketwarden ./cmd/marketwarden

.PHONY: demo
demo: ## Sweep the shipped market for two nights and compare with the truth
	@scripts/setup.sh run
	@$(MAKE) --no-print-directory build
	bin/marketwarden demo --lang $(DEMOLANG)

.PHONY: test
test: ## Run all tests with the race detector (PKGS=./rules/... for some)
	@scripts/setup.sh test
	$(GO) test -race -timeout $(TIMEOUT) $(PKGS)

.PHONY: lint
lint: ## Check style, likely mistakes and go.mod
	@scripts/setup.sh build
	$(GOLANGCI) run
	$(GO) mod tidy -diff

.PHONY: fmt
fmt: ## Format the code
	@scripts/setup.sh build
	$(GOLANGCI) fmt

.PHONY: docs
docs: ## Write docs/rules from the rulebook; the tests fail when it is out of date
	$(GO) test ./rules -run TestDocs -count=1 -update

.PHONY: golden
golden: ## Rewrite the files that tests compare with; look at the difference before committing
	@scripts/setup.sh test
	@scripts/golden.sh

.PHONY: fuzz
fuzz: ## Run each fuzz test for FUZZTIME (30s)
	@scripts/setup.sh test
	@scripts/fuzz.sh $(FUZZTIME)

.PHONY: bench
bench: ## Run the benchmarks and compare a sweep of LISTINGS pages with plain visitors (BENCH=Parse: some benchmarks alone)
	@scripts/setup.sh test
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem $(PKGS)
ifeq ($(origin BENCH),file)
	@scripts/bench.sh $(LISTINGS)
endif

.PHONY: eval
eval: ## Judge the labelled corpus: precision and recall of each rule (MISSES=1: what is wrong in the tune part)
	@scripts/setup.sh build
	@$(GO) test ./rules/corpus -run '^TestEval$$' -count=1 -v $(if $(MISSES),-args -misses)

.PHONY: ci
ci: lint test ## All that must pass before a change goes in
	@$(MAKE) --no-print-directory fuzz FUZZTIME=2s
	@$(MAKE) --no-print-directory demo
