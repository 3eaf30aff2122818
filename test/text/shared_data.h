/*
 * Reading the large test data beside the repository.  The programs that use
 * it define _POSIX_C_SOURCE, for popen().
 */
#ifndef USER360_TEST_SHARED_DATA_H
#define USER360_TEST_SHARED_DATA_H

#include "check.h"

/*
 * A file of the shared data, unpacked where it is packed.  NULL where it is
 * absent, which is said; close it with pclose().
 */
static FILE *
open_shared_data(const char *name)
{
	char		path[256];
	char		command[512];
	size_t		len = strlen(name);
	bool		packed = len > 3 && strcmp(name + len - 3, ".gz") == 0;
	FILE	   *file;

	snprintf(path, sizeof(path), "%s%s", SHARED_DATA, name);
	file = fopen(path, "rb");
	if (file == NULL)
	{
		printf("skipped: %s is not there\n", path);
		return NULL;
	}
	fclose(file);
	snprintf(command, sizeof(command), "%s %s", packed ? "gzip -dc" : "cat", path);
	return popen(command, "r");
}

#endif
