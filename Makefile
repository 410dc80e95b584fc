# One word for each thing one does here. CMakePresets.json holds how it is built.

FUZZ_SECONDS ?= 60
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local

cmake_configure = test build/$(1)/build.ninja -nt CMakePresets.json || { cmake --preset $(1) && touch build/$(1)/build.ninja; }
cmake_build = cmake --build build/$(1) -j $(JOBS)
# One more at a time than there are processors, since tests wait for servers.
run_tests = TMPDIR=$$(scripts/scratch) ctest -j $$(($(JOBS) + 1)) --preset

.PHONY: all setup demo test interop tsan lint format fuzz torture bench install clean \
        build-dev build-tsan build-fault build-release build-fuzz

all: build-release

setup:
	@scripts/setup test

build-release:
	@scripts/setup build
	@$(call cmake_configure,release)
	@$(call cmake_build,release)

build-dev build-tsan build-fault build-fuzz: build-%:
	@scripts/setup test
	@$(call cmake_configure,$*)
	@$(call cmake_build,$*)

demo: build-release
	@scripts/demo

test: build-dev
	@$(run_tests) dev

# All merges in turn are among them, so some of them are not tried by themselves.
interop: build-dev
	@$(run_tests) dev -C interop -R '^compat\.' -E '^compat\.merges_in_turn'

tsan: build-tsan
	@$(run_tests) tsan

lint: build-dev
	@scripts/lint

format:
	@scripts/sources | xargs clang-format -i

fuzz: build-fuzz
	@scripts/fuzz $(FUZZ_SECONDS)

torture: build-fault
	tests/fault/torture

bench: build-release
	bench/run

install: build-release
	cmake --install build/release --prefix $(PREFIX)

clean:
	rm -rf build/dev build/tsan build/fault build/release build/fuzz build/cov
