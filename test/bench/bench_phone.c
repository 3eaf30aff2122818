/*
 * How long phone_normalize() and phone_info() take, in nanoseconds a number:
 * medians of 5 runs, for each of the written forms of the test data, for all
 * of them mixed, and beside a copy of the same bytes.
 */
#define _POSIX_C_SOURCE 200809L

#include "measure.h"

#include "phone.h"

#define SHARED_DATA		"../shared/data/phone_oracle_v9.0.35_1M.tsv.gz"
#define FORMS_MAX		32
#define REGION_BYTES	2		/* a sample is the region and then the number */
#define LINE_BYTES		8192

typedef struct Form
{
	char		name[32];
	int			count;
	Sample	   *samples;
} Form;

static Form forms[FORMS_MAX];
static int	form_count;

static size_t
copy(const Sample *sample, char *out)
{
	memcpy(out, sample->bytes + REGION_BYTES, sample->len - REGION_BYTES);
	return sample->len;
}

static size_t
normalize_with(const Sample *sample, int flags, char *out)
{
	size_t		len;

	if (phone_normalize(sample->bytes + REGION_BYTES, sample->len - REGION_BYTES,
						sample->bytes, flags, out, &len) != NULL)
		return 0;
	return len;
}

static size_t
normalize(const Sample *sample, char *out)
{
	return normalize_with(sample, 0, out);
}

static size_t
normalize_valid(const Sample *sample, char *out)
{
	return normalize_with(sample, PHONE_MUST_BE_VALID, out);
}

static size_t
info(const Sample *sample, char *out)
{
	PhoneInfo	found;

	phone_info(sample->bytes + REGION_BYTES, sample->len - REGION_BYTES, sample->bytes,
			   &found);
	out[0] = found.e164[5];
	return (size_t) found.type + (size_t) found.region[0];
}

static Form *
form_of(const char *name)
{
	int			i = 0;

	while (i < form_count && strcmp(forms[i].name, name) != 0)
		i++;
	if (i == FORMS_MAX)
		exit(EXIT_FAILURE);
	if (i == form_count)
	{
		snprintf(forms[i].name, sizeof(forms[i].name), "%s", name);
		forms[i].samples = calloc(SAMPLES, sizeof(Sample));
		if (forms[i].samples == NULL)
			exit(EXIT_FAILURE);
		form_count++;
	}
	return &forms[i];
}

static void
add(Form *form, const char *region, const char *input)
{
	Sample	   *sample = &form->samples[form->count];

	if (form->count == SAMPLES || strlen(input) + REGION_BYTES > SAMPLE_BYTES)
		return;
	memcpy(sample->bytes, region, REGION_BYTES);
	memcpy(sample->bytes + REGION_BYTES, input, strlen(input));
	sample->len = strlen(input) + REGION_BYTES;
	form->count++;
}

/* The measuring wants a full set: repeats what there is. */
static void
fill_up(Form *form)
{
	for (int i = form->count; i < SAMPLES; i++)
		form->samples[i] = form->samples[i % form->count];
}

static void
read_forms(FILE *file)
{
	static char line[LINE_BYTES];

	while (fgets(line, sizeof(line), file) != NULL)
	{
		char	   *name = strtok(line, "\t");
		char	   *region = strtok(NULL, "\t");
		char	   *input = strtok(NULL, "\t");

		if (name[0] == '#' || input == NULL || strlen(region) != REGION_BYTES)
			continue;
		add(form_of("mixed"), region, input);
		add(form_of(name), region, input);
	}
}

int
main(void)
{
	FILE	   *file = fopen(SHARED_DATA, "rb");
	size_t		sum = 0;

	if (file == NULL)
	{
		printf("skipped: %s is not there\n", SHARED_DATA);
		return EXIT_SUCCESS;
	}
	fclose(file);
	file = popen("gzip -dc " SHARED_DATA, "r");
	if (file == NULL)
		return EXIT_FAILURE;
	read_forms(file);
	pclose(file);
	printf("%-16s %10s %10s %10s %10s\n", "", "copy", "normalize", "and valid", "info");
	for (int i = 0; i < form_count; i++)
	{
		Form	   *form = &forms[i];

		fill_up(form);
		printf("%-16s %10.1f %10.1f %10.1f %10.1f\n", form->name,
			   measure(copy, form->samples, &sum), measure(normalize, form->samples, &sum),
			   measure(normalize_valid, form->samples, &sum),
			   measure(info, form->samples, &sum));
	}
	printf("nanoseconds a number (checksum %zu)\n", sum);
	return EXIT_SUCCESS;
}
