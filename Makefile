# `make` alone says what there is. Everything needs a Rust toolchain and a C compiler, nothing else.

CARGO ?= cargo
RECORDINGS ?= ../shared/transcripts

.PHONY: help run test check clients bench conformance install

help:
	@echo 'make run            build and serve on 127.0.0.1:8080, data in ./data'
	@echo 'make run DEMO=1     the same with users, conversations and curl lines to try'
	@echo 'make test           run all tests'
	@echo 'make check          formatting, clippy, the rules between the layers'
	@echo 'make clients        run nc_py_api, a browser and schemathesis against the server; CLIENTS_STRICT=1 lets nothing be left out'
	@echo 'make bench          measure; BENCH="--quick" or BENCH="--only fanout" for less'
	@echo 'make conformance    play the recordings in $(RECORDINGS), write the score to docs/COVERAGE.md'
	@echo 'make install        install the binary with cargo'

run:
	$(CARGO) build --release
	./target/release/chinwag serve --listen 127.0.0.1:8080 --data ./data $(if $(filter 1,$(DEMO)),--demo)

test:
	$(CARGO) test --workspace

check:
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings
	sh scripts/check-layers.sh

# Needs Python 3.10 or newer and chromium; what is missing is said and left out.
clients:
	$(CARGO) build
	tests/clients/run.sh $(or $(CARGO_TARGET_DIR),target)/debug/chinwag

# Thousands of connections need as many open files.
bench:
	$(CARGO) build --release
	ulimit -n "$$(ulimit -H -n)"; $(CARGO) bench --bench bench -- $(BENCH)

conformance:
	@if [ -d '$(RECORDINGS)' ]; then \
		$(CARGO) build --release && \
		./target/release/chinwag conformance '$(RECORDINGS)' --write docs/COVERAGE.md; \
	else \
		echo 'no recordings in $(RECORDINGS): nothing played'; \
	fi

install:
	$(CARGO) install --path .
