/*
 * Soft errors, which pg_input_is_valid() and its like catch without a
 * sub-transaction: PostgreSQL 16 brought them, before it they are raised.
 */
#ifndef USER360_TYPES_SOFT_ERROR_H
#define USER360_TYPES_SOFT_ERROR_H

#include "postgres.h"

#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#else
#define ereturn(context, dummy_value, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
		return dummy_value; \
	} while (0)
#endif

#endif
