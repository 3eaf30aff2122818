# What developers run.  Each task installs what it needs on Debian first.

SHELL = /bin/bash
ifdef PG_CONFIG
export PG_CONFIG
endif

.PHONY: $(TASKS)

setup:
	test/setup.sh

demo: setup
	test/demo.sh

check: setup
	test/check.sh

matrix:
	test/matrix.sh $(ONLY)

gauntlet: setup
	test/gauntlet.sh $(ONLY)

dist:
	git archive --format=zip --prefix=user360-$(EXTVERSION)/ --output=user360-$(EXTVERSION).zip HEAD

check-text: setup
	test/check_text.sh

mutants: setup
	test/mutants.sh $(ONLY)

warnings: setup
	test/warnings.sh

fuzz: setup
	test/fuzz.sh $(or $(SECONDS_EACH),$(SECONDS),60) $(ONLY)

bench-text: setup
	test/bench_text.sh

check-phone-oracle: setup
	test/text/check_phone_oracle.sh

stress: setup
	test/stress.sh

bench-identity: setup
	test/bench_identity.sh

bench-activity: setup
	test/bench_activity.sh

bench-hot: setup
	test/bench_hot.sh

bench-import: setup
	test/bench_import.sh

postgraphile: setup
	test/postgraphile.sh

bench: setup
	test/bench.sh

bench-report:
	test/bench.sh report

coverage: setup
	test/coverage.sh

sanitize: setup
	test/sanitize.sh $(ONLY)

valgrind: setup
	test/valgrind.sh $(ONLY)

sqlsmith: setup
	test/sqlsmith.sh $(or $(SECONDS),900)
