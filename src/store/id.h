/*
 * Row ids and moments that a backend gives out.
 */
#ifndef USER360_STORE_ID_H
#define USER360_STORE_ID_H

#include "postgres.h"

#include "utils/timestamp.h"
#include "utils/uuid.h"

/* A new uuid of version 7. */
extern pg_uuid_t new_id(void);

/* Many of them, of one moment. */
extern void new_ids(pg_uuid_t *ids, int n);

extern char *id_text(const pg_uuid_t *id);

/* As an argument for a plan. */
extern Datum id_array(const pg_uuid_t *ids, int n);

/* Now, and later than any moment that this backend was given before. */
extern TimestampTz new_moment(void);

static inline bool
id_equal(const pg_uuid_t *a, const pg_uuid_t *b)
{
	return memcmp(a, b, UUID_LEN) == 0;
}

#endif
