/*
 * The type email: a varlena that holds the canonical bytes of an address and
 * nothing else, so that it is binary compatible with text and compares as
 * text does in C collation.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/sortsupport.h"
#include "utils/varlena.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#include "store/errors.h"
#include "store/problem.h"
#include "text/email.h"
#include "types/soft_error.h"

/* escontext: where a soft error goes, or NULL. */
static Datum
parse(const char *value, size_t length, Node *escontext)
{
	char		address[EMAIL_MAX];
	size_t		address_length;
	const char *reason = email_normalize(value, length, NULL, address, &address_length);

	if (reason != NULL)
		ereturn(escontext, (Datum) 0,
				(errcode(ERRCODE_U360_INVALID_USERID),
				 errmsg("value \"%s\" is not an e-mail address", clip_value(value, length)),
				 errdetail("Reason: %s.", reason)));
	return PointerGetDatum(cstring_to_text_with_len(address, (int) address_length));
}

PG_FUNCTION_INFO_V1(email_in);

Datum
email_in(PG_FUNCTION_ARGS)
{
	char	   *value = PG_GETARG_CSTRING(0);

	return parse(value, strlen(value), fcinfo->context);
}

PG_FUNCTION_INFO_V1(email_out);

Datum
email_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(text_to_cstring(PG_GETARG_TEXT_PP(0)));
}

PG_FUNCTION_INFO_V1(email_recv);

Datum
email_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			length;
	char	   *value = pq_getmsgtext(message, message->len - message->cursor, &length);

	return parse(value, (size_t) length, fcinfo->context);
}

PG_FUNCTION_INFO_V1(email_send);

Datum
email_send(PG_FUNCTION_ARGS)
{
	text	   *address = PG_GETARG_TEXT_PP(0);
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendtext(&message, VARDATA_ANY(address), VARSIZE_ANY_EXHDR(address));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

PG_FUNCTION_INFO_V1(email_from_text);

Datum
email_from_text(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);

	return parse(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), fcinfo->context);
}

/* An index build compares in one memory context: copies are freed. */
static int
compare(FunctionCallInfo fcinfo)
{
	text	   *a = PG_GETARG_TEXT_PP(0);
	text	   *b = PG_GETARG_TEXT_PP(1);
	size_t		a_length = VARSIZE_ANY_EXHDR(a);
	size_t		b_length = VARSIZE_ANY_EXHDR(b);
	int			result = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), Min(a_length, b_length));

	if (result == 0 && a_length != b_length)
		result = a_length < b_length ? -1 : 1;
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return result;
}

PG_FUNCTION_INFO_V1(email_lt);

Datum
email_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) < 0);
}

PG_FUNCTION_INFO_V1(email_le);

Datum
email_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) <= 0);
}

PG_FUNCTION_INFO_V1(email_eq);

Datum
email_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) == 0);
}

PG_FUNCTION_INFO_V1(email_ne);

Datum
email_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) != 0);
}

PG_FUNCTION_INFO_V1(email_ge);

Datum
email_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) >= 0);
}

PG_FUNCTION_INFO_V1(email_gt);

Datum
email_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) > 0);
}

PG_FUNCTION_INFO_V1(email_cmp);

Datum
email_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare(fcinfo));
}

/* As text in C collation is sorted, abbreviated keys included. */
PG_FUNCTION_INFO_V1(email_sortsupport);

Datum
email_sortsupport(PG_FUNCTION_ARGS)
{
	SortSupport sort = (SortSupport) PG_GETARG_POINTER(0);
	MemoryContext caller = MemoryContextSwitchTo(sort->ssup_cxt);

	varstr_sortsupport(sort, TEXTOID, C_COLLATION_OID);
	MemoryContextSwitchTo(caller);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(email_hash);

Datum
email_hash(PG_FUNCTION_ARGS)
{
	text	   *address = PG_GETARG_TEXT_PP(0);
	Datum		result = hash_any((unsigned char *) VARDATA_ANY(address), VARSIZE_ANY_EXHDR(address));

	PG_FREE_IF_COPY(address, 0);
	return result;
}

PG_FUNCTION_INFO_V1(email_hash_extended);

Datum
email_hash_extended(PG_FUNCTION_ARGS)
{
	text	   *address = PG_GETARG_TEXT_PP(0);
	Datum		result = hash_any_extended((unsigned char *) VARDATA_ANY(address), VARSIZE_ANY_EXHDR(address),
										   (uint64) PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(address, 0);
	return result;
}

/* Where the canonical address has its only @. */
static size_t
at_sign(text *address)
{
	const char *first = VARDATA_ANY(address);
	const char *at = memchr(first, '@', VARSIZE_ANY_EXHDR(address));

	if (at == NULL)
		elog(ERROR, "stored e-mail address without @");
	return (size_t) (at - first);
}

PG_FUNCTION_INFO_V1(email_local_part);

Datum
email_local_part(PG_FUNCTION_ARGS)
{
	text	   *address = PG_GETARG_TEXT_PP(0);

	PG_RETURN_TEXT_P(cstring_to_text_with_len(VARDATA_ANY(address), (int) at_sign(address)));
}

PG_FUNCTION_INFO_V1(email_domain);

Datum
email_domain(PG_FUNCTION_ARGS)
{
	text	   *address = PG_GETARG_TEXT_PP(0);
	size_t		skipped = at_sign(address) + 1;

	PG_RETURN_TEXT_P(cstring_to_text_with_len(VARDATA_ANY(address) + skipped,
											  (int) (VARSIZE_ANY_EXHDR(address) - skipped)));
}
