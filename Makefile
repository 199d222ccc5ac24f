# The commands of the project. `make` lists them.
SHELL := /bin/bash
GO ?= go
export GOFLAGS := -mod=readonly
TESTFLAGS ?=
LINTER := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.PHONY: help
help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk 'BEGIN {FS = ":.*## "} {printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: demo
demo: ## serve the demonstration county
	$(GO) run ./cmd/shilu demo

.PHONY: test
test: ## install what the tests need (PostgreSQL, Chromium, fonts) and run all tests on both databases
	scripts/prepare
	scripts/with-postgres $(GO) test $(TESTFLAGS) -timeout 40m ./...

.PHONY: check
check: ## the quick checks before a commit: format, vet, generated files, build
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'run gofmt -w on these'; exit 1; }
	$(GO) vet ./...
	CGO_ENABLED=0 $(GO) build -o /dev/null ./cmd/shilu

.PHONY: lint
lint: ## golangci-lint with the rules of .golangci.yml (downloads and builds it the first time)
	GOFLAGS= $(GO) run $(LINTER) run ./...

.PHONY: fresh
fresh: generate web ## fail when a generated file is not what its source makes
	@git diff --exit-code -- '*_templ.go' web/dist || { echo 'commit the generated files above'; exit 1; }

.PHONY: generate
generate: ## make the Go code of the templates
	$(GO) tool templ generate

.PHONY: web
web: ## bundle styles and scripts into web/dist (needs npm)
	$(GO) run ./cmd/webbuild

.PHONY: golden
golden: ## write the golden files of the tests anew
	scripts/with-postgres $(GO) test ./internal/app ./cmd/shilu -run "Route|Document|Export|Outline|Help|Script" -update

.PHONY: shots
shots: ## pictures of every page at 1366x768 and 390x844 into shots/
	scripts/prepare
	scripts/with-postgres $(GO) test ./internal/app -run TestShots -count=1 -shots $(CURDIR)/shots -timeout 20m

.PHONY: handbook
handbook: ## the pictures of docs/handbook, from the demonstration county
	scripts/prepare
	scripts/with-postgres $(GO) test ./internal/app -run 'TestShots/(demo|facilities)' -count=1 -handbook $(CURDIR)/docs/handbook/images -timeout 20m

.PHONY: bench
bench: ## measure the work that issue 2 names, beside the raw database
	$(GO) run ./cmd/shilu bench

.PHONY: build
build: ## one binary without cgo in bin/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o bin/shilu ./cmd/shilu

.PHONY: release
release: ## one static file for each kind of machine into dist/, with checksums
	scripts/release

