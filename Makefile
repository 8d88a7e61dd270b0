# Scrubline. `make help` lists the targets.

GO            ?= go
GOLANGCI      := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
BENCHSTAT     := golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da
VERSION       := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS       := -s -w -X main.version=$(VERSION)
BIN           := bin/scrubline
FUZZTIME      ?= 20s
# Vector instructions: an experiment of Go's, for amd64. Without it the same code runs slower.
SIMD          ?= $(if $(filter amd64,$(shell $(GO) env GOARCH)),GOEXPERIMENT=simd)
# Packages with code of both kinds, and those that are made of them.
TWICE         := ./ingest/... ./scrub/... ./pipeline
DATA          ?= scrubline-data

.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

need = @command -v $(1) >/dev/null 2>&1 || { echo "$(2)" >&2; exit 1; }

tools:
	$(call need,go,Go is missing: install Go 1.26 or newer from https://go.dev/dl)
	$(call need,npm,npm is missing: it fetches the embedded ClickHouse; install Node.js 20 or newer)
	$(call need,git,git is missing: install git)

engine: tools ## fetch and check the embedded ClickHouse
	@deploy/engine/fetch.sh

build: tools ## build bin/scrubline
	@mkdir -p bin
	CGO_ENABLED=0 $(SIMD) $(GO) build -trimpath -pgo bench/profile.pgo -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/scrubline

demo: engine build ## a fictional hospital's week, ingested, and the page; Ctrl-C ends it
	$(BIN) demo $(DEMOFLAGS)

run: engine build ## serve the API and the page over DATA
	$(BIN) run --data $(DATA)

image: ## the container image scrubline:local, without the embedded ClickHouse
	docker build -f deploy/Dockerfile --build-arg VERSION=$(VERSION) -t scrubline:local .

components: tools ## install the servers that some tests run against (needs Java 17 and Maven)
	@deploy/components/install.sh

test: engine browser ## every test, with and without vector instructions
	$(GO) test -timeout 30m ./...
	$(if $(SIMD),$(SIMD) $(GO) test $(TWICE))

race: engine browser ## every test under the race detector
	CGO_ENABLED=1 $(GO) test -race ./...

browser: ## install the headless browser that the page's test drives, if there is none
	@deploy/browser.sh

lint: tools ## go vet and golangci-lint
	$(GO) vet ./...
	$(GO) run $(GOLANGCI) run

fmt: ## gofmt
	gofmt -w $$(git ls-files '*.go')

fuzz: ## each fuzz test for FUZZTIME
	@for p in $$($(GO) list ./...); do export $(SIMD); for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
	  echo "== $$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5x $$p || exit 1; done; done

bench: engine build ## speed per core, beside ripgrep and Go regexp
	$(SIMD) $(GO) test -pgo=$(CURDIR)/bench/profile.pgo -run "^$$" -bench . -benchtime 3x ./bench

profile: engine ## renew the profile that build optimises by, from the benchmarks
	$(SIMD) $(GO) test -trimpath -run '^$$' -bench 'Scrub/.*/scrubline|Ingest' -benchtime 5x -cpuprofile profile.out -o bench.test ./bench
	$(GO) tool pprof -proto profile.out > bench/profile.pgo
	rm -f profile.out bench.test

golden: ## rewrite the golden files
	@for p in $$(git grep -l -e '"update"' -e ingesttest -- '*_test.go' | xargs -n1 dirname | sort -u | grep -vx '[.]'); do \
	  $(GO) test ./$$p -update || exit 1; done

integration: engine components ## the tests that kill real processes, many rounds
	SCRUBLINE_SEEDS=100000 $(GO) test -count 1 -run Simulated -timeout 180m ./pipeline
	SCRUBLINE_LONG=1 SCRUBLINE_KILLS=100 SCRUBLINE_IDENTITIES=1000 $(GO) test -count 1 -run 'Kill|Crash|Tamper|Clean|NothingLeaks|RightEdge' -timeout 120m ./cmd/... ./store/...
	SCRUBLINE_FAULTS=10000 SCRUBLINE_SYSCALLS=3 $(GO) test -count 1 -run 'Faults|SystemCallsThatFail' -timeout 300m ./cmd/scrubline
	SCRUBLINE_LOAD=20m $(GO) test -count 1 -run TestLoad -v -timeout 60m ./cmd/scrubline

clean: ## remove what was built; the engine and data folders stay
	rm -rf bin

.PHONY: help tools image engine build demo run components test race browser lint fmt fuzz bench profile golden integration clean
