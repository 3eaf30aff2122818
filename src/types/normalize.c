/*
 * The pure normalisers as SQL functions.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "store/argument.h"
#include "store/errors.h"
#include "store/problem.h"
#include "text/email.h"
#include "text/identifier.h"
#include "text/phone.h"
#include "types/normalize.h"

void
normalize_init(void)
{
	static const char email[] = "j\303\266rg@m\303\274ller.example";
	static const char identifier[] = "Gr\303\266\303\237e-7";
	char		key[Max(EMAIL_MAX, IDENTIFIER_MAX)];
	size_t		length;

	email_normalize(email, sizeof(email) - 1, NULL, key, &length);
	identifier_normalize(identifier, sizeof(identifier) - 1, NULL, key, &length);
}

static void
refuse(text *value, const char *what, const char *reason)
{
	ereport(ERROR,
			(errcode(ERRCODE_U360_INVALID_USERID),
			 errmsg("value \"%s\" is not %s", clip_value(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)), what),
			 errdetail("Reason: %s.", reason)));
}

/*
 * PG_GETARG_TEXT_PP() without its call for a value that stands in its row as it
 * is, as nearly all do: these functions run on every row of an import.
 */
static inline text *
text_argument(FunctionCallInfo fcinfo, int argument)
{
	struct varlena *value = (struct varlena *) PG_GETARG_POINTER(argument);

	if (VARATT_IS_EXTERNAL(value) || VARATT_IS_COMPRESSED(value))
		value = pg_detoast_datum_packed(value);
	return (text *) value;
}

/* A text of the largest size a normaliser writes, shrunk to what it wrote. */
static text *
new_text(size_t size)
{
	return (text *) palloc(VARHDRSZ + size);
}

static Datum
sized_text(text *result, size_t length)
{
	SET_VARSIZE(result, VARHDRSZ + length);
	return PointerGetDatum(result);
}

PG_FUNCTION_INFO_V1(normalize_email);

Datum
normalize_email(PG_FUNCTION_ARGS)
{
	text	   *value = text_argument(fcinfo, 0);
	text	   *result = new_text(EMAIL_MAX);
	size_t		length;
	const char *reason = email_normalize(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), NULL,
										 VARDATA(result), &length);

	if (reason != NULL)
		refuse(value, "an e-mail address", reason);
	return sized_text(result, length);
}

PG_FUNCTION_INFO_V1(normalize_domain);

Datum
normalize_domain(PG_FUNCTION_ARGS)
{
	text	   *value = text_argument(fcinfo, 0);
	text	   *result = new_text(DOMAIN_MAX);
	size_t		length;
	const char *reason = domain_normalize(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
										  VARDATA(result), &length);

	if (reason != NULL)
		refuse(value, "a domain name", reason);
	return sized_text(result, length);
}

PG_FUNCTION_INFO_V1(normalize_identifier);

Datum
normalize_identifier(PG_FUNCTION_ARGS)
{
	text	   *value = text_argument(fcinfo, 0);
	size_t		size = VARSIZE_ANY_EXHDR(value);
	text	   *result = new_text(IDENTIFIER_MAX);
	size_t		length;
	const char *reason = identifier_normalize(VARDATA_ANY(value), size, NULL, VARDATA(result), &length);

	if (reason != NULL)
		refuse(value, "an identifier", reason);
	return sized_text(result, length);
}

/* The region's two letters, where they stand in the argument: this runs for each
 * number of an import.  What is not two bytes long is no region. */
static const char *
region_argument(FunctionCallInfo fcinfo, int argument)
{
	text	   *value;

	if (PG_ARGISNULL(argument))
		return NULL;
	value = text_argument(fcinfo, argument);
	return VARSIZE_ANY_EXHDR(value) == 2 ? VARDATA_ANY(value) : NULL;
}

PG_FUNCTION_INFO_V1(normalize_phone);

Datum
normalize_phone(PG_FUNCTION_ARGS)
{
	text	   *value;
	text	   *result;
	size_t		length;
	const char *reason;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	value = text_argument(fcinfo, 0);
	result = new_text(PHONE_MAX);
	reason = phone_normalize(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), region_argument(fcinfo, 1), 0,
							 VARDATA(result), &length);
	if (reason != NULL)
		refuse(value, "a phone number", reason);
	return sized_text(result, length);
}

PG_FUNCTION_INFO_V1(is_email);

Datum
is_email(PG_FUNCTION_ARGS)
{
	text	   *value = text_argument(fcinfo, 0);
	char		result[EMAIL_MAX];
	size_t		length;

	PG_RETURN_BOOL(email_normalize(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), NULL, result, &length) == NULL);
}

PG_FUNCTION_INFO_V1(is_identifier);

Datum
is_identifier(PG_FUNCTION_ARGS)
{
	text	   *value = text_argument(fcinfo, 0);
	char		result[IDENTIFIER_MAX];
	size_t		length;

	PG_RETURN_BOOL(identifier_normalize(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), NULL, result, &length) == NULL);
}

PG_FUNCTION_INFO_V1(is_phone);

Datum
is_phone(PG_FUNCTION_ARGS)
{
	text	   *value;
	char		result[PHONE_MAX];
	size_t		length;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	value = text_argument(fcinfo, 0);
	PG_RETURN_BOOL(phone_normalize(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), region_argument(fcinfo, 1), 0,
								   result, &length) == NULL);
}

static const char *const status_names[] = {
	[PHONE_OK] = "OK",
	[PHONE_INVALID_COUNTRY_CODE] = "INVALID_COUNTRY_CODE",
	[PHONE_NOT_A_NUMBER] = "NOT_A_NUMBER",
	[PHONE_TOO_SHORT_AFTER_IDD] = "TOO_SHORT_AFTER_IDD",
	[PHONE_TOO_SHORT] = "TOO_SHORT_NSN",
	[PHONE_TOO_LONG] = "TOO_LONG",
};

static const char *const possible_names[] = {
	[PHONE_IS_POSSIBLE] = "IS_POSSIBLE",
	[PHONE_IS_POSSIBLE_LOCAL_ONLY] = "IS_POSSIBLE_LOCAL_ONLY",
	[PHONE_POSSIBLE_INVALID_COUNTRY_CODE] = "INVALID_COUNTRY_CODE",
	[PHONE_POSSIBLE_TOO_SHORT] = "TOO_SHORT",
	[PHONE_POSSIBLE_INVALID_LENGTH] = "INVALID_LENGTH",
	[PHONE_POSSIBLE_TOO_LONG] = "TOO_LONG",
};

static const char *const type_names[] = {
	[PHONE_FIXED_LINE] = "FIXED_LINE",
	[PHONE_MOBILE] = "MOBILE",
	[PHONE_FIXED_LINE_OR_MOBILE] = "FIXED_LINE_OR_MOBILE",
	[PHONE_TOLL_FREE] = "TOLL_FREE",
	[PHONE_PREMIUM_RATE] = "PREMIUM_RATE",
	[PHONE_SHARED_COST] = "SHARED_COST",
	[PHONE_VOIP] = "VOIP",
	[PHONE_PERSONAL_NUMBER] = "PERSONAL_NUMBER",
	[PHONE_PAGER] = "PAGER",
	[PHONE_UAN] = "UAN",
	[PHONE_VOICEMAIL] = "VOICEMAIL",
	[PHONE_UNKNOWN] = "UNKNOWN",
};

static Datum
text_or_null(const char *value, bool *isnull)
{
	*isnull = value[0] == '\0';
	return *isnull ? (Datum) 0 : CStringGetTextDatum(value);
}

PG_FUNCTION_INFO_V1(phone_info_sql);

Datum
phone_info_sql(PG_FUNCTION_ARGS)
{
	text	   *value;
	PhoneInfo	info;
	Datum		values[8] = {0};
	bool		nulls[8];

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	value = text_argument(fcinfo, 0);
	phone_info(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), region_argument(fcinfo, 1), &info);
	memset(nulls, true, sizeof(nulls));
	nulls[0] = false;
	values[0] = CStringGetTextDatum(status_names[info.status]);
	if (info.status == PHONE_OK)
	{
		values[1] = text_or_null(info.e164, &nulls[1]);
		values[2] = Int32GetDatum(info.country_code);
		values[3] = text_or_null(info.region, &nulls[3]);
		values[4] = CStringGetTextDatum(type_names[info.type]);
		values[5] = CStringGetTextDatum(possible_names[info.possible]);
		values[6] = BoolGetDatum(info.valid);
		values[7] = text_or_null(info.extension, &nulls[7]);
		nulls[2] = nulls[4] = nulls[5] = nulls[6] = false;
	}
	PG_RETURN_DATUM(composite_result(fcinfo, CurrentMemoryContext, values, nulls));
}

PG_FUNCTION_INFO_V1(phone_metadata_version_sql);

Datum
phone_metadata_version_sql(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(phone_metadata_version()));
}
