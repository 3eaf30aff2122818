/*
 * uuid version 7 (RFC 9562), and strictly rising moments.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/fmgrprotos.h"

#include "store/id.h"

/* random: the last ten bytes. */
static pg_uuid_t
make_id(uint64 milliseconds, const unsigned char *random)
{
	pg_uuid_t	id;

	memcpy(id.data + 6, random, UUID_LEN - 6);
	for (int i = 0; i < 6; i++)
		id.data[i] = (unsigned char) (milliseconds >> (8 * (5 - i)));
	id.data[6] = (id.data[6] & 0x0f) | 0x70;
	id.data[8] = (id.data[8] & 0x3f) | 0x80;
	return id;
}

/* Drawing ten bytes costs as much as drawing a hundred times as many. */
#define RANDOM_BYTES	((UUID_LEN - 6) * 100)

static const unsigned char *
random_bytes(void)
{
	static unsigned char drawn[RANDOM_BYTES];
	static size_t used = RANDOM_BYTES;

	if (used == RANDOM_BYTES)
	{
		if (!pg_strong_random(drawn, RANDOM_BYTES))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not generate random values")));
		used = 0;
	}
	used += UUID_LEN - 6;
	return drawn + used - (UUID_LEN - 6);
}

void
new_ids(pg_uuid_t *ids, int n)
{
	uint64		milliseconds = (uint64) (GetCurrentTimestamp() / 1000) +
		(uint64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY * 1000;

	for (int i = 0; i < n; i++)
		ids[i] = make_id(milliseconds, random_bytes());
}

pg_uuid_t
new_id(void)
{
	pg_uuid_t	id;

	new_ids(&id, 1);
	return id;
}

char *
id_text(const pg_uuid_t *id)
{
	return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(id)));
}

Datum
id_array(const pg_uuid_t *ids, int n)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(n, 1));

	for (int i = 0; i < n; i++)
		elements[i] = UUIDPGetDatum(&ids[i]);
	return PointerGetDatum(construct_array(elements, n, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
}

/*
 * The events of one call each get a microsecond of their own, so that a
 * timeline has one order only.
 */
TimestampTz
new_moment(void)
{
	static TimestampTz last = 0;
	TimestampTz now = GetCurrentTimestamp();

	last = now > last ? now : last + 1;
	return last;
}
