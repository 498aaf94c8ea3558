# What people type: make run, make test. `make help` lists the rest.
# Each target installs what it lacks, into ignored folders where that is possible.

CARGO ?= cargo
export CARGO_TERM_COLOR ?= auto

.PHONY: help run demo test soak check bench lambda schema web tools clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: web ## start the server on http://localhost:8080 (DEMO=1 fills in demo data first)
	$(CARGO) run --package deskwire-api --bin deskwire -- $(if $(DEMO),--demo)

demo: web ## start the server with demo data
	$(MAKE) run DEMO=1

# Thousands of sockets need as many open files; a shell that allows fewer goes on with fewer sockets.
test: tools web ## every test, on SQLite and PostgreSQL
	$(CARGO) build --package deskwire-api --bin deskwire --package deskwire-jobs --bins
	ulimit -S -n 16384; $(CARGO) test --workspace --no-fail-fast

# DESKWIRE_SEED=17 plays one seed alone, again and again.
soak: export DESKWIRE_SEEDS ?= 1000
soak: export DESKWIRE_SOCKETS ?= 5000
soak: tools ## the live queue's tests with 1,000 seeds and 5,000 sockets (minutes)
	$(CARGO) build --package deskwire-api --bin deskwire
	ulimit -S -n 16384; $(CARGO) test --package deskwire-tests --test suite -- resume crowd slow wake

check: tools web ## formatting, lints with warnings denied, docs
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items

bench: tools ## how fast it is beside pgbench (docs/performance.md; BENCH_TICKETS="10000 1000000")
	$(CARGO) build --release --package deskwire-api --bin deskwire --package deskwire-tests --bin bench
	$${CARGO_TARGET_DIR:-target}/release/bench

schema: ## print schema/schema.graphql and docs/events anew
	$(CARGO) run --quiet --package deskwire-schema --bin print-schema > schema/schema.graphql
	$(CARGO) run --quiet --package deskwire-delivery --bin print-event-schemas docs/events

# The pages need Node; without it the server still builds, and says that they are missing.
web: api/web/dist/graphiql/index.html ## build the pages

api/web/dist/graphiql/index.html: $(wildcard api/web/src/*) api/web/package-lock.json api/web/build.js
	@if command -v npm >/dev/null; then \
	    echo "building the pages with npm"; \
	    cd api/web && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build; \
	elif [ "$$CI" = true ]; then \
	    echo "npm is missing: install Node 20 or newer" >&2; exit 1; \
	else \
	    echo "npm is missing: going on without the API explorer (install Node 20 or newer)"; \
	fi

# The front-end clients and tools that the tests run; again whenever their lock file changes.
peers := tests/peers/node_modules/.stamp

$(peers): tests/peers/package-lock.json
	@if command -v npm >/dev/null; then \
	    echo "installing front-end clients for the tests with npm"; \
	    cd tests/peers && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error && touch node_modules/.stamp; \
	elif [ "$$CI" = true ]; then \
	    echo "npm is missing: install Node 20.19 or newer" >&2; exit 1; \
	else \
	    echo "npm is missing: tests with front-end clients are skipped (install Node 20.19 or newer)"; \
	fi

# sam, cfn-lint and cargo-lambda, for the tests of infra/ and of the Lambda protocol; aiosmtpd and moto,
# for those of mail; again whenever their list changes.
venv := tests/tools/venv

$(venv)/.requirements.txt: tests/tools/requirements.txt
	@tests/tools/install requirements.txt "sam, cfn-lint, cargo-lambda, aiosmtpd and moto"

$(venv)/.requirements-zip.txt: tests/tools/requirements-zip.txt
	@CI=true tests/tools/install requirements-zip.txt "zig"

# What the tests need beside Rust: these, setpriv of util-linux, and the packages above.
tools: $(peers) $(venv)/.requirements.txt
	@tests/tools/package postgresql "/usr/lib/postgresql/*/bin/postgres" "PostgreSQL"
	@tests/tools/package kcat kcat "kcat, a Kafka client,"
	@tests/tools/package clamav-daemon clamd "clamd, a virus scanner,"
	@tests/tools/package chromium chromium "Chromium, a browser,"
	@tests/tools/package jq jq "jq, which examples of the docs use,"
	@tests/tools/package curl curl "curl, which they use, too,"

lambda: $(venv)/.requirements.txt $(venv)/.requirements-zip.txt ## build the Lambda functions' zips and show their sizes
	PATH="$(CURDIR)/$(venv)/bin:$$PATH" $(CARGO) lambda build --release --package deskwire-jobs --output-format zip
	@ls -l $${CARGO_TARGET_DIR:-target}/lambda/*/bootstrap.zip | awk '{ printf "%.1f MB  %s\n", $$5 / 1000000, $$NF }'

clean: ## remove what was built and the embedded data
	$(CARGO) clean
	rm -rf api/web/dist api/web/node_modules tests/peers/node_modules tests/peers/generated tests/tools/venv .aws-sam data
