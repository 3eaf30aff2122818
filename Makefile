# user360: a PostgreSQL extension, built with PGXS.
#
#   make demo     the main job on real-looking tickets
#   make check    every test
# Both install what is missing on Debian and run a throw-away server; they are
# in test/tasks.mk with everything else that developers run.  What is here
# builds, installs and tests the PGXS way: make, make install, make installcheck.

EXTENSION = user360
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" user360.control)

MODULE_big = user360
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c)))

# The script of this version, joined in the order in which its parts need each other.
SQL_PARTS = \
	src/store/tables.sql \
	src/store/version.sql \
	src/store/access.sql \
	src/store/bot.sql \
	src/types/normalize.sql \
	src/types/email_type.sql \
	src/types/phone_type.sql \
	src/identity/identity.sql \
	src/identity/immutable.sql \
	src/identity/merge.sql \
	src/inbox/card.sql \
	src/inbox/ticket.sql \
	src/inbox/attached.sql \
	src/inbox/activity.sql \
	src/inbox/contact.sql \
	src/inbox/find.sql \
	src/inbox/overview.sql \
	src/inbox/export.sql \
	src/admin/erase.sql \
	src/admin/verify.sql \
	src/admin/import.sql \
	src/store/privileges.sql
SCRIPT = user360--$(EXTVERSION).sql
DATA_built = $(SCRIPT)

PG_CPPFLAGS = -I$(CURDIR)/src -DUSER360_VERSION='"$(EXTVERSION)"' $(shell pkg-config --cflags icu-uc icu-i18n 2>/dev/null)
# The server's own functions of the same name must not take the place of ours.
PG_CFLAGS = -fno-semantic-interposition
SHLIB_LINK = $(shell pkg-config --libs icu-uc icu-i18n 2>/dev/null || echo -licuuc -licui18n) -Wl,-Bsymbolic

REGRESS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))
ISOLATION = $(patsubst test/isolation/specs/%.spec,%,$(sort $(wildcard test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test/isolation
TAP_TESTS = $(if $(wildcard test/tap/*.pl),1)
PROVE_TESTS = test/tap/*.pl

EXTRA_CLEAN = $(SCRIPT) src/*.bc src/*/*.bc

TASKS = demo check dist mutants warnings setup check-text fuzz bench-text check-phone-oracle stress bench-identity bench-activity bench-hot bench-import postgraphile bench bench-report matrix gauntlet coverage sanitize valgrind sqlsmith
ifneq ($(filter $(TASKS),$(MAKECMDGOALS)),)
include test/tasks.mk
else

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# The normalisers run on every row; what -O3 unrolls there is measured by make bench-text.
TEXT_CFLAGS = -O3
src/text/%.o: override CFLAGS += $(TEXT_CFLAGS)

$(SCRIPT): $(SQL_PARTS) user360.control
	printf '%s\n' '\echo Use "CREATE EXTENSION user360" to load this file. \quit' > $@
	cat $(SQL_PARTS) >> $@

# Every header is small: a change of one rebuilds all.
$(OBJS): $(wildcard src/*/*.h) user360.control

endif
