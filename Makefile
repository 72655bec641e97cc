# Everything a developer runs. CI runs the same through .ci/run.

GO ?= go
BIN := $(CURDIR)/bin
# Specifications, goldens and the rule corpus, where a checkout has them. Tests
# that need them skip and say so when the folder is not there.
SIGWATCH_SHARED ?= $(wildcard $(abspath $(CURDIR)/../shared))
export SIGWATCH_SHARED

FUZZTIME ?= 30s

.PHONY: all build test race check lint fmt deadcode fuzz fuzz-seeds integration bench static tools clean

all: check

build: ## builds bin/sigwatch
	$(GO) build -trimpath -o $(BIN)/sigwatch ./cmd/sigwatch

static: ## builds the static binary that the container image takes
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w' -o integration/sigwatch ./cmd/sigwatch

test: ## all tests; those that need Docker or the shared data skip without them
	$(GO) test ./...

race:
	$(GO) test -race ./...

check: lint race deadcode ## what has to pass before a commit

tools: $(BIN)/golangci-lint $(BIN)/deadcode

$(BIN)/golangci-lint: tools/go.mod
	cd tools && $(GO) build -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(BIN)/deadcode: tools/go.mod
	cd tools && $(GO) build -o $@ golang.org/x/tools/cmd/deadcode

lint: $(BIN)/golangci-lint
	$(GO) vet ./...
	$(BIN)/golangci-lint run ./...

fmt: $(BIN)/golangci-lint
	$(BIN)/golangci-lint fmt ./...

deadcode: $(BIN)/deadcode ## fails when a function cannot be reached
	@out="$$($(BIN)/deadcode -test ./...)"; if [ -n "$$out" ]; then echo "$$out"; exit 1; fi

fuzz: ## each fuzz target for FUZZTIME
	@set -e; for pkg in $$($(GO) list ./...); do \
	  dir=$$($(GO) list -f '{{.Dir}}' $$pkg); \
	  for target in $$(grep -hos '^func Fuzz[A-Za-z0-9_]*' $$dir/*_test.go | sed 's/^func //'); do \
	    echo "== $$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$pkg; \
	  done; done

integration: static ## containers and a real Elasticsearch server
	$(GO) test -count=1 -timeout 20m ./integration/...

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

clean:
	rm -rf $(BIN) integration/sigwatch
