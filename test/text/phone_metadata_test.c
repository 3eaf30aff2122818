/*
 * phone_metadata.c is what phone_metadata.py makes of the metadata of its
 * version, to the byte.
 */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include "phone.h"

#define GENERATOR		"src/text/phone_metadata.py"
#define TABLES			"src/text/phone_metadata.c"

static bool
exists(const char *path)
{
	FILE	   *file = fopen(path, "rb");

	if (file == NULL)
	{
		printf("skipped: %s is not there\n", path);
		return false;
	}
	fclose(file);
	return true;
}

int
main(void)
{
	char		metadata[256];
	char		command[1024];

	snprintf(metadata, sizeof(metadata), SHARED_DATA "PhoneNumberMetadata-%s.xml.gz",
			 phone_metadata_version());
	snprintf(command, sizeof(command), "python3 " GENERATOR " %s %s | cmp - " TABLES,
			 phone_metadata_version(), metadata);
	if (!exists(metadata))
		return check_summary("phone_metadata_test");
	if (system("python3 --version > /dev/null 2>&1") != 0)
		printf("skipped: python3 is not there\n");
	else
		check(system(command) == 0, "%s is not what %s makes of %s", TABLES, GENERATOR, metadata);
	return check_summary("phone_metadata_test");
}
