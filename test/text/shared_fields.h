/*
 * Every line of the shared test data, and every field of a line, as a value to
 * normalise: what the files are about does not matter, only that such values
 * are met.
 */
#ifndef USER360_TEST_SHARED_FIELDS_H
#define USER360_TEST_SHARED_FIELDS_H

#include "shared_data.h"

#define FIELD_SEPARATORS	",;\t\n"

typedef void (*Visitor) (const char *value, size_t len);

static void
visit_fields(FILE *file, Visitor visit)
{
	char		line[16384];

	while (fgets(line, sizeof(line), file) != NULL)
	{
		const char *field = line;

		visit(line, strlen(line));
		while (*field != '\0')
		{
			size_t		len = strcspn(field, FIELD_SEPARATORS);

			visit(field, len);
			field += len;
			field += strspn(field, FIELD_SEPARATORS);
		}
	}
}

static void
visit_shared_data(Visitor visit)
{
	static const char *const names[] = {
		"email_isemail.tsv", "febrl4a.csv", "febrl4b.csv", "IdnaTestV2-15.0.0.txt.gz",
		"phone_unit_parse_cases.tsv", "phone_oracle_v9.0.35_dfa_edges_246k.tsv.gz",
		"phone_oracle_v9.0.35_1M.tsv.gz", "precis_golden.json.gz", "client_schemas.sql"
	};
	size_t		i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		FILE	   *file = open_shared_data(names[i]);

		if (file == NULL)
			continue;
		visit_fields(file, visit);
		pclose(file);
	}
}

#endif
