# The front door: every target hands on to .ci/set-up, CMake, CTest or the `ipclab` program.
# To see what there is, say `make help`.

MAKEFLAGS += --no-print-directory --no-builtin-rules
.DEFAULT_GOAL := welcome
.NOTPARALLEL:

IPCLAB := build/kit/bin/ipclab

# What was typed reaches the program as it was typed, through the environment: without $(value) make
# would read CHECK='Ends$' as a variable of its own, and a quote in a path would end the recipe's.
override LAB := $(value LAB)
override FROM := $(value FROM)
override JSON := $(value JSON)
override SEED := $(value SEED)
override SCHEDULES := $(value SCHEDULES)
override CHECK := $(value CHECK)
override ID := $(value ID)
override GDB := $(value GDB)
override PROGRAM := $(value PROGRAM)
override ONLY := $(value ONLY)
export LAB FROM JSON SEED SCHEDULES CHECK ID GDB PROGRAM ONLY

.PHONY: welcome
welcome:
	@if [ -x $(IPCLAB) ]; then exec $(IPCLAB); fi; \
	echo 'IPC Labs: learn inter-process communication by building it.'; echo; \
	for lab in labs/[0-9]*; do echo "  $$lab"; done; echo; \
	echo '  make grade   grades them; the first time it also installs and builds what it needs'; \
	echo '  make help    lists everything else'

.PHONY: grade
grade: ## grade your labs: [LAB=01] [CHECK=regex] [FROM=directory] [JSON=file] [SEED=number] [SCHEDULES=number]
	@sh .ci/set-up grade && exec $(IPCLAB) grade "$${LAB:-all}" $${FROM:+--from "$$FROM"} \
	  $${JSON:+--json "$$JSON"} $${SEED:+--seed "$$SEED"} \
	  $${SCHEDULES:+--schedules "$$SCHEDULES"} $${CHECK:+--check "$$CHECK"}

.PHONY: watch
watch: needs-a-lab ## grade again on every save: LAB=01 [FROM=directory]
	@sh .ci/set-up grade && exec $(IPCLAB) watch "$$LAB" $${FROM:+--from "$$FROM"}

.PHONY: hint
hint: needs-a-lab ## show the next hint: LAB=01 [CHECK=check]
	@sh .ci/set-up grade && exec $(IPCLAB) hint "$$LAB" $${CHECK:+"$$CHECK"}

.PHONY: explore
explore: ## try a program of your own in schedule after schedule: PROGRAM=file.cpp
	@[ -n "$$PROGRAM" ] || { echo 'Which program? For example: make explore PROGRAM=a.cpp' >&2; exit 2; }
	@sh .ci/set-up grade && exec $(IPCLAB) explore "$$PROGRAM" $${JSON:+--json "$$JSON"} \
	  $${SEED:+--seed "$$SEED"}

.PHONY: replay
replay: ## show a schedule that failed once more, step by step: ID=number [GDB=child@12 or GDB=reader@12]
	@[ -n "$$ID" ] || { echo 'Which one? The last line of a finding names it: make replay ID=3f1c' >&2; exit 2; }
	@sh .ci/set-up grade && exec $(IPCLAB) replay "$$ID" $${GDB:+--gdb "$$GDB"}

.PHONY: doctor
doctor: ## say what this machine has, what it lacks and what that costs; change nothing
	@sh .ci/set-up look; if [ -x $(IPCLAB) ]; then exec $(IPCLAB) doctor; fi

.PHONY: test
test: ## run the project's own tests, which pass whatever your labs contain
	@sh .ci/set-up test && exec ctest --preset default --parallel "$$(nproc)"

.PHONY: soak
soak: ## grade the same submissions again and again on a busy machine: the same report each time?
	@sh .ci/set-up grade && exec cmake --build build --target soak

.PHONY: bench
bench: ## measure lab 04 and lab 03 beside their peers: [ONLY=regex] [JSON=file]; nothing else may run
	@sh .ci/set-up bench && { build/common/bench/measure --goals $${ONLY:+--only "$$ONLY"} \
	  $${JSON:+--json "$$JSON"} || [ $$? -eq 2 ]; }
	@[ -n "$$ONLY" ] || exec sh common/bench/redis

.PHONY: docs
docs: ## make the documentation, from build/docs/html/index.html on
	@sh .ci/set-up docs && echo 'The documentation begins at build/docs/html/index.html'

.PHONY: set-up
set-up: ## install and build all that the other commands need, and run nothing
	@sh .ci/set-up test

.PHONY: format
format: ## bring all C++ files into the project's format
	@sh .ci/set-up check && exec sh .ci/format

.PHONY: clean
clean: ## remove all that was built; the next call builds it again
	@rm -rf build

.PHONY: help
help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' Makefile | \
	  awk -F'|' '{ printf "%-15s %s\n", $$1, $$2 }'
	@echo
	@echo 'make exits with 0 for full marks and with 2 for less, and its own last line says why:'
	@echo '"Error 1": points are missing. "Error 3": the grader could not do its job; no point is lost.'
	@echo 'A script that wants these numbers as its exit status calls $(IPCLAB) itself.'

.PHONY: needs-a-lab
needs-a-lab:
	@[ -n "$$LAB" ] || { echo 'Which lab? For example: make $(MAKECMDGOALS) LAB=01' >&2; exit 2; }
