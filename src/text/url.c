/*
 * URLs in canonical form.
 *
 * The host is what a browser would go to: a domain name, an IPv4 address in
 * four plain numbers, or an IPv6 address in brackets.  A user name or password
 * in front of it is refused, as it hides the host from a reader and has no
 * place in a customer's record.
 */
#include "url.h"

#include <stdbool.h>
#include <string.h>

#include <arpa/inet.h>

#include <unicode/uchar.h>

#include "domain.h"
#include "unicode.h"

#define PORT_MAX		65535
#define IPV6_TEXT_MAX	45		/* bytes of the longest spelling */

static const char *const too_long = "the URL is longer than 1020 bytes";
static const char *const bad_port = "the port of the URL is not a number from 1 to 65535";
static const char *const bad_ipv6 = "the URL has something in brackets that is no IPv6 address";

typedef struct Buffer
{
	char	   *bytes;
	size_t		len;
} Buffer;

/* False where it does not fit. */
static bool
append(Buffer *out, const char *bytes, size_t len)
{
	if (len > URL_MAX - out->len)
		return false;
	memcpy(out->bytes + out->len, bytes, len);
	out->len += len;
	return true;
}

static bool
starts_with(const char *in, size_t len, const char *lower)
{
	size_t		prefix = strlen(lower);

	if (len < prefix)
		return false;
	for (size_t i = 0; i < prefix; i++)
	{
		if (text_ascii_lower(in[i]) != lower[i])
			return false;
	}
	return true;
}

/* Bytes before the first of the stop characters. */
static size_t
span_until(const char *in, size_t len, const char *stops)
{
	size_t		i = 0;

	while (i < len && (in[i] == '\0' || strchr(stops, in[i]) == NULL))
		i++;
	return i;
}

/* Joiners belong to the spelling of some languages; the rest after the host is
 * kept as given. */
static bool
is_hidden_in_url(int32_t code_point)
{
	return text_is_hidden(code_point) && code_point != 0x200C && code_point != 0x200D;
}

static const char *
check_characters(const char *in, size_t len)
{
	size_t		pos = 0;

	while (pos < len)
	{
		int32_t		code_point = text_next(in, len, &pos);

		if (code_point < 0)
			return text_not_utf8;
		if (text_is_space(code_point))
			return "the URL has white space in it";
		if (is_hidden_in_url(code_point))
			return "the URL has a control or invisible character";
		if (u_charType(code_point) == U_UNASSIGNED)
			return "the URL has a character without a defined meaning";
		if (code_point == '<' || code_point == '>' || code_point == '"' || code_point == '\\')
			return "the URL has one of the characters < > \" \\, which a URL writes as %3C %3E %22 %5C";
	}
	return NULL;
}

/* 0 to 255, without a leading zero (octal to some programs). */
static bool
is_octet(const char *in, size_t len)
{
	int			value = 0;

	if (len == 0 || len > 3 || (len > 1 && in[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++)
	{
		if (in[i] < '0' || in[i] > '9')
			return false;
		value = value * 10 + (in[i] - '0');
	}
	return value <= 255;
}

static bool
is_ipv4(const char *host, size_t len)
{
	for (int octets = 1;; octets++)
	{
		size_t		digits = span_until(host, len, ".");

		if (!is_octet(host, digits))
			return false;
		if (digits == len)
			return octets == 4;
		host += digits + 1;
		len -= digits + 1;
	}
}

/* host: with its brackets. */
static const char *
append_ipv6(Buffer *out, const char *host, size_t len)
{
	char		text[IPV6_TEXT_MAX + 1];
	unsigned char address[16];
	size_t		text_len = len - 2;

	if (len < 2 || host[len - 1] != ']' || text_len > IPV6_TEXT_MAX)
		return bad_ipv6;
	for (size_t i = 0; i < text_len; i++)
		text[i] = text_ascii_lower(host[i + 1]);
	text[text_len] = '\0';
	if (strlen(text) != text_len || inet_pton(AF_INET6, text, address) != 1)
		return bad_ipv6;
	if (!append(out, "[", 1) || !append(out, text, text_len) || !append(out, "]", 1))
		return too_long;
	return NULL;
}

static const char *
append_host(Buffer *out, const char *host, size_t len)
{
	char		domain[DOMAIN_MAX];
	size_t		domain_len;
	const char *reason;

	if (len == 0)
		return "the URL has no host";
	if (host[0] == '[')
		return append_ipv6(out, host, len);
	if (is_ipv4(host, len))
		return append(out, host, len) ? NULL : too_long;
	reason = domain_to_ascii(host, len, true, domain, &domain_len);
	if (reason != NULL)
		return reason;
	return append(out, domain, domain_len) ? NULL : too_long;
}

/* port: what follows the host, with its colon; often nothing. */
static const char *
append_port(Buffer *out, const char *port, size_t len)
{
	int			value = 0;

	if (len == 0)
		return NULL;
	if (port[0] != ':')
		return bad_ipv6;
	for (size_t i = 1; i < len; i++)
	{
		if (port[i] < '0' || port[i] > '9')
			return bad_port;
		value = value * 10 + (port[i] - '0');
		if (value > PORT_MAX)
			return bad_port;
	}
	if (value == 0)
		return bad_port;
	return append(out, port, len) ? NULL : too_long;
}

static const char *
append_authority(Buffer *out, const char *authority, size_t len)
{
	size_t		host_len = 0;
	const char *reason;

	if (memchr(authority, '@', len) != NULL)
		return "the URL has a user name or password";
	if (len > 0 && authority[0] == '[')
	{
		host_len = span_until(authority, len, "]");
		if (host_len < len)
			host_len++;
	}
	else
		host_len = span_until(authority, len, ":");
	reason = append_host(out, authority, host_len);
	if (reason != NULL)
		return reason;
	return append_port(out, authority + host_len, len - host_len);
}

const char *
url_normalize(const char *in, size_t len, char *out, size_t *out_len)
{
	Buffer		buffer = {out, 0};
	const char *scheme;
	const char *reason;
	size_t		authority_len;

	text_trim(&in, &len);
	if (len == 0)
		return "the URL is blank";
	if (starts_with(in, len, "https://"))
		scheme = "https://";
	else if (starts_with(in, len, "http://"))
		scheme = "http://";
	else
		return "the URL does not start with http:// or https://";
	reason = check_characters(in, len);
	if (reason != NULL)
		return reason;
	in += strlen(scheme);
	len -= strlen(scheme);
	authority_len = span_until(in, len, "/?#");
	if (!append(&buffer, scheme, strlen(scheme)))
		return too_long;
	reason = append_authority(&buffer, in, authority_len);
	if (reason != NULL)
		return reason;
	if (!append(&buffer, in + authority_len, len - authority_len))
		return too_long;
	*out_len = buffer.len;
	return NULL;
}
