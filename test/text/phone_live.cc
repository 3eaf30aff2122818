/*
 * phone_info() against the libphonenumber that is installed, over inputs made
 * up on the spot.  The tables must be of the same metadata: the script
 * check_phone_oracle.sh sees to that and starts this.
 *
 *     phone_live COUNT SEED
 */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <unicode/utf8.h>

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

extern "C" {
#include "phone.h"
}

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;
using std::string;

namespace
{

const int	kKinds = 4;
const char *const kKindNames[kKinds] = {
	"random digits by region", "mutated example numbers", "written forms", "noise"
};

PhoneNumberUtil *library;
uint64_t	random_state;
std::vector<string> regions;
std::vector<string> examples;
long		passed;
long		failed;
long		changed_rule;
long		normalized;

struct Tally
{
	long		inputs;
	long		numbers;
	long		valid;
	long		extensions;
};
Tally		tallies[kKinds];

uint64_t
random_bits()
{
	uint64_t	z = (random_state += UINT64_C(0x9E3779B97F4A7C15));

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

size_t
below(size_t limit)
{
	return static_cast<size_t>(random_bits() % limit);
}

bool
one_in(size_t count)
{
	return below(count) == 0;
}

template <size_t N> const char *
pick(const char *const (&choices)[N])
{
	return choices[below(N)];
}

const string &
pick(const std::vector<string> &choices)
{
	return choices[below(choices.size())];
}

string
from_code_point(uint32_t code_point)
{
	char		bytes[U8_MAX_LENGTH];
	int			length = 0;

	U8_APPEND_UNSAFE(bytes, length, code_point);
	return string(bytes, static_cast<size_t>(length));
}

string
random_digits(size_t count)
{
	string		digits;

	for (size_t i = 0; i < count; i++)
		digits += static_cast<char>('0' + below(10));
	return digits;
}

/* Mostly an ASCII digit, in some scripts sometimes. */
string
digits_in_a_script(const string &text)
{
	static const uint32_t zeros[] = {
		0xFF10, 0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50, 0x1D7CE, 0x11F50
	};
	uint32_t	zero = zeros[below(sizeof(zeros) / sizeof(zeros[0]))];
	string		result;

	for (char c : text)
		result += c >= '0' && c <= '9' && !one_in(12) ?
			from_code_point(zero + static_cast<uint32_t>(c - '0')) : string(1, c);
	return result;
}

/* What phone numbers are made of, and what is easily mistaken for it. */
string
interesting_character()
{
	static const char *const common[] = {
		"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", " ", "-", "(", ")", "+", ".", "/"
	};
	static const char *const rare[] = {
		"x", "X", "#", "~", "*", ",", ";", ":", "=", "\\", "e", "t", "n", "a", "Z", "[",
		"]", "\t",
		"\n", "\r", "\x0B", "\x01", "\x7F", "\"", "'", "&", "@", "_", "%", "\xC2\x85",
		"\xC2\xA0", "\xC2\xAD",
		"\xE2\x80\x8B", "\xE2\x80\x90", "\xE2\x80\x93", "\xE2\x80\x95", "\xE2\x80\x96",
		"\xE2\x80\x9C", "\xE2\x80\xA8", "\xE2\x81\x93", "\xE2\x81\xA0", "\xE2\x88\x92",
		"\xE2\x88\xBC", "\xE3\x80\x80", "\xE3\x83\xBC", "\xEF\xBC\x8B", "\xEF\xBC\x83",
		"\xEF\xBC\x88", "\xEF\xBC\x8D", "\xEF\xBC\x8E", "\xEF\xBC\x8F", "\xEF\xBC\xBB",
		"\xEF\xBD\x85", "\xEF\xBD\x98", "\xEF\xBD\x94", "\xEF\xBD\x8E", "\xEF\xBD\x9E",
		"\xD0\xB4\xD0\xBE\xD0\xB1", "\xC5\xBF", "\xE2\x84\xAA", "\xC3\xB3", "\xCC\x81",
		"\xC3\xA9",
		"\xC2\xB2", "\xE2\x85\xA3", "\xE2\x91\xA0", "\xE4\xB8\x80", "\xEF\xBF\xBE",
		"\xEF\xB7\x90", "\xEF\xBF\xBD", "\xF0\x9F\x98\x80", "\xE2\x80\xAA", "\xEF\xBC\xBD",
		"\xD9\xA1",
		"\xE0\xA5\xA7", "\xEF\xBC\x95", "\xE1\xB2\x81", "\xF0\x91\xBD\x93"
	};

	if (!one_in(3))
		return pick(common);
	if (!one_in(20))
		return pick(rare);
	/* any code point at all, or a byte that is no character */
	if (!one_in(8))
	{
		uint32_t	code_point = static_cast<uint32_t>(1 + below(one_in(3) ? 0x10FFFF : 0x2FFF));

		return U_IS_SURROGATE(code_point) ? string("?") : from_code_point(code_point);
	}
	return string(1, static_cast<char>(0x80 + below(0x80)));
}

size_t
character_start(const string &text, size_t pos)
{
	while (pos > 0 && pos < text.size() && U8_IS_TRAIL(static_cast<uint8_t>(text[pos])))
		pos--;
	return pos;
}

void
mutate(string *text)
{
	size_t		from = character_start(*text, below(text->size() + 1));
	size_t		to = character_start(*text, from + below(4));

	if (to < from)
		to = from;
	switch (below(5))
	{
		case 0:
			text->insert(from, interesting_character());
			break;
		case 1:
			text->erase(from, to - from);
			break;
		case 2:
			text->replace(from, to - from, interesting_character());
			break;
		case 3:
			text->insert(from, text->substr(from, to - from));
			break;
		default:
			if (from < text->size() && isdigit(static_cast<unsigned char>((*text)[from])))
				(*text)[from] = static_cast<char>('0' + below(10));
			break;
	}
}

string
calling_code_of(const string &region)
{
	return std::to_string(library->GetCountryCodeForRegion(region));
}

/* What is dialled before a number, right or wrong for the region. */
string
random_prefix(const string &region)
{
	static const char *const prefixes[] = {
		"0", "1", "8", "00", "011", "0011", "810", "06", "80", "15", "0015", "001", "119",
		"180020",
		"010", "009", "99", "990", "0031", "0014", "90", "19", "1001", "003768", "1480", "0055"
	};

	switch (below(6))
	{
		case 0:
			return "+" + calling_code_of(region);
		case 1:
			return calling_code_of(region);
		case 2:
			return string(pick(prefixes)) + calling_code_of(one_in(2) ? region : pick(regions));
		case 3:
			return pick(prefixes);
		case 4:
			return "+" + calling_code_of(region) + pick(prefixes);
		default:
			return "";
	}
}

string
random_number(const string &region)
{
	string		national;

	if (one_in(30))
		return "+" + random_digits(1 + below(20));
	if (one_in(3))
		national = random_digits(1 + below(one_in(10) ? 24 : 14));
	else
	{
		PhoneNumber example;
		size_t		kept;

		library->GetExampleNumberForType(
			region, static_cast<PhoneNumberUtil::PhoneNumberType>(below(11)), &example);
		library->GetNationalSignificantNumber(example, &national);
		kept = 1 + below(national.size());
		national = national.substr(0, kept) +
			random_digits(one_in(4) ? below(8) : national.size() - kept);
	}
	return random_prefix(region) + national;
}

string
mutated_example()
{
	string		text = pick(examples);

	if (one_in(8))
		text = digits_in_a_script(text);
	for (size_t i = below(4); i > 0; i--)
		mutate(&text);
	return text;
}

string
spread_out(const string &digits)
{
	static const char *const separators[] = {
		" ", "-", ".", "/", "  ", " - ", ") ", " (", "(0)", "\xC2\xA0", "\xE2\x80\x90",
		"\xE2\x80\x93",
		"~", "x", "*", "\xE3\x80\x80", "\xEF\xBC\x8D", "\xC2\xAD", "\xE2\x80\x8B",
		"\xE2\x81\xA0", " x "
	};
	string		text;

	for (char c : digits)
	{
		text += c;
		if (one_in(4))
			text += one_in(3) ? pick(separators) : " ";
	}
	return text;
}

string
with_letters(const string &digits)
{
	string		text = digits;

	for (size_t i = text.size() - below(text.size() + 1); i < text.size(); i++)
	{
		if (!one_in(4))
			text[i] = static_cast<char>((one_in(2) ? 'a' : 'A') + below(26));
	}
	return text;
}

string
random_extension()
{
	static const char *const before[] = {
		"", " ", ",", ", ", "\t", "\xC2\xA0", " , ", ",,", "-", "~ ", ";"
	};
	static const char *const labels[] = {
		"ext", "ext.", "extn", "x", "X", "xt", "xtn", "EXT", "Extension", "xtension",
		"extensi\xC3\xB3n",
		"extensio\xCC\x81n", "EXTENSI\xC3\x93N", "anexo", "\xD0\xB4\xD0\xBE\xD0\xB1",
		"\xD0\x94\xD0\x9E\xD0\x91.",
		"\xEF\xBD\x85\xEF\xBD\x98\xEF\xBD\x94\xEF\xBD\x8E", "\xEF\xBD\x98\xEF\xBD\x94",
		"\xEF\xBC\xB8\xEF\xBC\xB4",
		"\xEF\xBD\x98", "#", "\xEF\xBC\x83", "~", "\xEF\xBD\x9E", "int", "INT",
		"\xEF\xBD\x89\xEF\xBD\x8E\xEF\xBD\x94",
		",", ",,", ",,,", ";", ";ext=", ";EXT=", "- ", " -", "doz", "exten\xC5\xBFion",
		"extensiO\xCC\x81",
		"\xE1\xB2\x81\xE1\xB2\x82\xD0\x91", "i", "t", "ensio", ";isub=", "--"
	};
	static const char *const after[] = {
		"", " ", ".", ":", ": ", ". ", "\xEF\xBC\x8E", ",", "-", " -", ",,", "\t", "..",
		"=", " . "
	};
	string		digits = random_digits(1 + below(one_in(4) ? 24 : 7));

	if (one_in(12))
		digits = digits_in_a_script(digits);
	return string(pick(before)) + pick(labels) + (one_in(2) ? "" : pick(after)) + digits +
		(one_in(4) ? "#" : "");
}

string
random_parameter()
{
	static const char *const contexts[] = {
		"+1", "+44", "+7-8", "+(39)", "+1-", "+", "+a", "example.com", "a.b-c.d", "a",
		"1.a", "a.1", "-a",
		"a-", "a..b", "a.", ".a", "", " ", "+\xD9\xA1", "+1 ", "phone-context", "+1;x=2",
		"+64.3", "999"
	};

	switch (below(4))
	{
		case 0:
			return string(";isub=") + random_digits(below(6));
		case 1:
			return string(";ext=") + random_digits(below(24));
		case 2:
			return one_in(2) ? ";phone-context=+" + calling_code_of(pick(regions)) :
				string(";phone-context=") + pick(contexts);
		default:
			return string(";phone-context=") + pick(contexts);
	}
}

/* A number as somebody might write it, and how they might get it wrong. */
string
written_form(const string &region)
{
	static const char *const lead[] = {
		"", "", "", "(", "Tel: ", "tel:", "TEL ", "++", "\xEF\xBC\x8B", "fax/", "x", "~",
		"(0)", "[", "a", "\n",
		"\xE2\x80\xAA", "-", "0", "<tel:", "call 1\n", "12/x", "1\n2/x"
	};
	static const char *const end[] = {
		"", "", "", "", ".", ")", ";", " ", "#", "\n", "/ x5", "/x", " / 1234567", "\\x1",
		"/  x 12/x3", "abc",
		" home", "\xE2\x80\xAC", "?", "\xC2\xB2", "\xE4\xB8\x80", "*", "x", "/\nx", "\nx",
		"\xCC\x81"
	};
	string		text = random_number(region);

	if (one_in(6))
		text = with_letters(text);
	if (!one_in(3))
		text = spread_out(text);
	if (one_in(6))
		text = digits_in_a_script(text);
	text = pick(lead) + text;
	if (one_in(3))
		text += random_extension();
	if (one_in(8))
		text += random_parameter();
	if (one_in(10))
		text += random_extension();
	text += pick(end);
	if (one_in(20))
		text += " or " + written_form(region);
	while (one_in(4))
		mutate(&text);
	return text;
}

string
noise()
{
	string		text;

	for (size_t i = below(one_in(5) ? 60 : 16); i > 0; i--)
		text += interesting_character();
	if (one_in(6))
		text += random_parameter();
	return text;
}

string
make_input(int kind, const string &region)
{
	switch (kind)
	{
		case 0:
			return random_number(region);
		case 1:
			return mutated_example();
		case 2:
			return written_form(region);
		default:
			return noise();
	}
}

void
collect_examples(const PhoneNumber &number)
{
	static const PhoneNumberUtil::PhoneNumberFormat formats[] = {
		PhoneNumberUtil::E164, PhoneNumberUtil::INTERNATIONAL, PhoneNumberUtil::NATIONAL,
		PhoneNumberUtil::RFC3966
	};

	for (PhoneNumberUtil::PhoneNumberFormat format : formats)
	{
		string		text;

		library->Format(number, format, &text);
		examples.push_back(text);
	}
}

void
collect()
{
	std::set<string> found;
	std::set<int> codes;
	PhoneNumber number;

	library->GetSupportedRegions(&found);
	regions.assign(found.begin(), found.end());
	for (const string &region : regions)
	{
		for (int type = 0; type <= PhoneNumberUtil::VOICEMAIL; type++)
		{
			if (library->GetExampleNumberForType(
					region, static_cast<PhoneNumberUtil::PhoneNumberType>(type), &number))
				collect_examples(number);
		}
	}
	library->GetSupportedGlobalNetworkCallingCodes(&codes);
	for (int code : codes)
	{
		if (library->GetExampleNumberForNonGeoEntity(code, &number))
			collect_examples(number);
	}
}

string
printable(const string &text)
{
	string		result;
	char		escape[8];

	for (char c : text)
	{
		if (c >= ' ' && c < 0x7F && c != '\\')
		{
			result += c;
			continue;
		}
		snprintf(escape, sizeof(escape), "\\x%02x", static_cast<unsigned char>(c));
		result += escape;
	}
	return result;
}

void
ask_library(const string &input, const string &region, PhoneInfo *info, string *extension)
{
	PhoneNumber number;
	string		text;

	memset(info, 0, sizeof(*info));
	info->status = static_cast<PhoneStatus>(library->Parse(input, region, &number));
	info->type = PHONE_UNKNOWN;
	info->possible = PHONE_POSSIBLE_INVALID_COUNTRY_CODE;
	extension->clear();
	if (info->status != PHONE_OK)
		return;
	library->Format(number, PhoneNumberUtil::E164, &text);
	snprintf(info->e164, sizeof(info->e164), "%s", text.c_str());
	*extension = number.extension();
	info->country_code = number.country_code();
	info->possible = static_cast<PhonePossible>(library->IsPossibleNumberWithReason(number));
	info->valid = library->IsValidNumber(number);
	info->type = static_cast<PhoneType>(library->GetNumberType(number));
	library->GetRegionCodeForNumber(number, &text);
	if (text != "ZZ")
		snprintf(info->region, sizeof(info->region), "%s", text.c_str());
}

bool
are_equal(const PhoneInfo &a, const string &extension, const PhoneInfo &b)
{
	return a.status == b.status && strcmp(a.e164, b.e164) == 0 && extension == b.extension &&
		a.country_code == b.country_code && strcmp(a.region, b.region) == 0 &&
		a.type == b.type && a.possible == b.possible && a.valid == b.valid;
}

/*
 * Since 8.13 libphonenumber refuses a phone-context that is neither a number
 * nor a domain name.  An older one has no say in such inputs.
 */
bool
has_refused_context(const string &input, const PhoneInfo &ours)
{
	return OLDER_THAN_8_13 && ours.status == PHONE_NOT_A_NUMBER &&
		input.find(";phone-context=") != string::npos;
}

/* What phone_normalize() promises, judged by what phone_info() says. */
bool
keeps_promises(const string &input, const string &region, const PhoneInfo &info)
{
	char		out[PHONE_MAX];
	char		again[PHONE_MAX];
	size_t		len;
	size_t		again_len;
	PhoneInfo	read_again;

	if (phone_normalize(input.data(), input.size(), region.c_str(), 0, out, &len) != NULL)
		return true;
	normalized++;
	phone_info(info.e164, strlen(info.e164), NULL, &read_again);
	return info.status == PHONE_OK && info.possible == PHONE_IS_POSSIBLE &&
		info.extension[0] == '\0' &&
		(strcmp(read_again.e164, info.e164) != 0 || string(out, len) == info.e164) &&
		phone_normalize(out, len, region.c_str(), 0, again, &again_len) == NULL &&
		again_len == len && memcmp(again, out, len) == 0;
}

void
report(const string &input, const string &region, const PhoneInfo &info, const char *extension,
	   const char *who)
{
	printf("  %s: %s \"%s\": status %d %s ext \"%s\" code %d region %s type %d possible %d "
		   "valid %d\n", who, region.c_str(), printable(input).c_str(), info.status, info.e164, extension,
		   info.country_code, info.region, info.type, info.possible, info.valid);
}

void
compare(int kind)
{
	string		region = one_in(10) ? "ZZ" : pick(regions);
	string		input = make_input(kind, region == "ZZ" ? pick(regions) : region);
	string		extension;
	PhoneInfo	theirs;
	PhoneInfo	ours;

	ask_library(input, region, &theirs, &extension);
	phone_info(input.data(), input.size(), region == "ZZ" ? NULL : region.c_str(), &ours);
	tallies[kind].inputs++;
	tallies[kind].numbers += ours.status == PHONE_OK;
	tallies[kind].valid += ours.valid;
	tallies[kind].extensions += ours.extension[0] != '\0';
	if (are_equal(theirs, extension, ours) && keeps_promises(input, region, ours))
		passed++;
	else if (has_refused_context(input, ours))
		changed_rule++;
	else if (failed++ < 50)
	{
		printf("FAILED\n");
		report(input, region, theirs, extension.c_str(), "libphonenumber");
		report(input, region, ours, ours.extension, "phone_info    ");
	}
}

}

int
main(int argc, char **argv)
{
	long		count = argc > 1 ? atol(argv[1]) : 100000;

	random_state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	printf("metadata %s, %ld inputs, seed %llu\n", phone_metadata_version(), count,
		   static_cast<unsigned long long>(random_state));
	fflush(stdout);
	library = PhoneNumberUtil::GetInstance();
	collect();
	for (long i = 0; passed + failed < count; i++)
		compare(static_cast<int>(i % kKinds));
	for (int kind = 0; kind < kKinds; kind++)
		printf("%-24s %9ld inputs, %9ld numbers, %9ld valid, %8ld with an extension\n",
			   kKindNames[kind], tallies[kind].inputs, tallies[kind].numbers, tallies[kind].valid, tallies[kind].extensions);
	printf("phone_normalize accepted %ld\n", normalized);
	printf("%ld more left out: a phone-context that libphonenumber refuses since 8.13\n", changed_rule);
	printf("%ld passed, %ld failed (phone_live)\n", passed, failed);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
