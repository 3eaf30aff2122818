/*
 * The type phone: the rank of an E.164 number (phone_rank.h), by value.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/sortsupport.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#include "store/errors.h"
#include "store/problem.h"
#include "text/phone.h"
#include "text/phone_metadata.h"
#include "types/phone_rank.h"
#include "types/soft_error.h"

StaticAssertDecl(SIZEOF_DATUM == 8, "the type phone needs a server of 64 bits");

#define PG_GETARG_PHONE(n)	DatumGetUInt64(PG_GETARG_DATUM(n))

/* + and digits; terminated. */
typedef char PhoneString[1 + PHONE_RANK_DIGITS + 1];

/* escontext: where a soft error goes, or NULL. */
static Datum
parse(const char *value, size_t length, Node *escontext)
{
	char		number[PHONE_MAX];
	size_t		number_length;
	const char *reason = phone_normalize(value, length, NULL, 0, number, &number_length);

	if (reason == NULL && number_length > 1 + PHONE_RANK_DIGITS)
		reason = "the type phone holds no more than 19 digits";
	if (reason != NULL)
		ereturn(escontext, (Datum) 0,
				(errcode(ERRCODE_U360_INVALID_USERID),
				 errmsg("value \"%s\" is not a phone number", clip_value(value, length)),
				 errdetail("Reason: %s.", reason)));
	return UInt64GetDatum(phone_rank(number + 1, number_length - 1));
}

/* The length without the terminator. */
static size_t
print(uint64 phone, PhoneString out)
{
	size_t		length = 1 + phone_unrank(phone, out + 1);

	out[0] = '+';
	out[length] = '\0';
	return length;
}

PG_FUNCTION_INFO_V1(phone_in);

Datum
phone_in(PG_FUNCTION_ARGS)
{
	char	   *value = PG_GETARG_CSTRING(0);

	return parse(value, strlen(value), fcinfo->context);
}

PG_FUNCTION_INFO_V1(phone_out);

Datum
phone_out(PG_FUNCTION_ARGS)
{
	PhoneString number;

	print(PG_GETARG_PHONE(0), number);
	PG_RETURN_CSTRING(pstrdup(number));
}

/* On the wire it is E.164, which clients understand; the rank is ours alone. */
PG_FUNCTION_INFO_V1(phone_recv);

Datum
phone_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			length;
	char	   *value = pq_getmsgtext(message, message->len - message->cursor, &length);

	return parse(value, (size_t) length, fcinfo->context);
}

PG_FUNCTION_INFO_V1(phone_send);

Datum
phone_send(PG_FUNCTION_ARGS)
{
	PhoneString number;
	size_t		length = print(PG_GETARG_PHONE(0), number);
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendtext(&message, number, (int) length);
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

PG_FUNCTION_INFO_V1(phone_from_text);

Datum
phone_from_text(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);

	return parse(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), fcinfo->context);
}

PG_FUNCTION_INFO_V1(phone_to_text);

Datum
phone_to_text(PG_FUNCTION_ARGS)
{
	PhoneString number;
	size_t		length = print(PG_GETARG_PHONE(0), number);

	PG_RETURN_TEXT_P(cstring_to_text_with_len(number, (int) length));
}

PG_FUNCTION_INFO_V1(phone_lt);

Datum
phone_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_PHONE(0) < PG_GETARG_PHONE(1));
}

PG_FUNCTION_INFO_V1(phone_le);

Datum
phone_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_PHONE(0) <= PG_GETARG_PHONE(1));
}

PG_FUNCTION_INFO_V1(phone_eq);

Datum
phone_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_PHONE(0) == PG_GETARG_PHONE(1));
}

PG_FUNCTION_INFO_V1(phone_ne);

Datum
phone_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_PHONE(0) != PG_GETARG_PHONE(1));
}

PG_FUNCTION_INFO_V1(phone_ge);

Datum
phone_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_PHONE(0) >= PG_GETARG_PHONE(1));
}

PG_FUNCTION_INFO_V1(phone_gt);

Datum
phone_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_PHONE(0) > PG_GETARG_PHONE(1));
}

PG_FUNCTION_INFO_V1(phone_cmp);

Datum
phone_cmp(PG_FUNCTION_ARGS)
{
	uint64		a = PG_GETARG_PHONE(0);
	uint64		b = PG_GETARG_PHONE(1);

	PG_RETURN_INT32((a > b) - (a < b));
}

/* Ranks are sorted as they stand, by the server's own loop for such datums. */
PG_FUNCTION_INFO_V1(phone_sortsupport);

Datum
phone_sortsupport(PG_FUNCTION_ARGS)
{
	SortSupport sort = (SortSupport) PG_GETARG_POINTER(0);

	sort->comparator = ssup_datum_unsigned_cmp;
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(phone_hash);

Datum
phone_hash(PG_FUNCTION_ARGS)
{
	uint64		phone = PG_GETARG_PHONE(0);

	return hash_any((unsigned char *) &phone, sizeof(phone));
}

PG_FUNCTION_INFO_V1(phone_hash_extended);

Datum
phone_hash_extended(PG_FUNCTION_ARGS)
{
	uint64		phone = PG_GETARG_PHONE(0);

	return hash_any_extended((unsigned char *) &phone, sizeof(phone), (uint64) PG_GETARG_INT64(1));
}

PG_FUNCTION_INFO_V1(phone_country_code);

Datum
phone_country_code(PG_FUNCTION_ARGS)
{
	PhoneString number;
	const char *digits = number + 1;
	uint8		code;

	/* Possible numbers have three digits at least. */
	print(PG_GETARG_PHONE(0), number);
	code = phone_code_of_digits[(digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0')];
	/* stored when older metadata still knew the code */
	if (code == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(phone_calling_codes[code].value);
}
