/*
 * libphonenumber inside a backend, to measure ours beside it: is the value a
 * valid phone number when it is written in the region?
 */
#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <string>

extern "C" {
#include "postgres.h"

#include "fmgr.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(libphonenumber_is_valid);
}

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

static std::string
text_argument(FunctionCallInfo fcinfo, int argument)
{
	text	   *value = PG_GETARG_TEXT_PP(argument);

	return std::string(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

extern "C" Datum
libphonenumber_is_valid(PG_FUNCTION_ARGS)
{
	const PhoneNumberUtil &library = *PhoneNumberUtil::GetInstance();
	PhoneNumber number;
	bool		valid;

	valid = library.Parse(text_argument(fcinfo, 0), text_argument(fcinfo, 1), &number) ==
		PhoneNumberUtil::NO_PARSING_ERROR && library.IsValidNumber(number);
	PG_RETURN_BOOL(valid);
}
