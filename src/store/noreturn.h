/*
 * pg_noreturn before a declaration, as PostgreSQL 18 has it instead of
 * pg_attribute_noreturn() after it.
 */
#ifndef USER360_STORE_NORETURN_H
#define USER360_STORE_NORETURN_H

#include "postgres.h"

#ifndef pg_noreturn
#define pg_noreturn __attribute__((noreturn))
#endif

#endif
