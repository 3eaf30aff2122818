/*
 * Runs the kept inputs of a fuzzer through it once, without libFuzzer: linked
 * with one fuzz_*.c, and started with the files.  A broken demand ends the
 * process, after the name of the file.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUT_MAX	65536

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
main(int argc, char **argv)
{
	static uint8_t input[INPUT_MAX];

	for (int i = 1; i < argc; i++)
	{
		FILE	   *file = fopen(argv[i], "rb");
		size_t		size;

		if (file == NULL)
		{
			printf("%s can't be read\n", argv[i]);
			return EXIT_FAILURE;
		}
		size = fread(input, 1, sizeof(input), file);
		fclose(file);
		fprintf(stderr, "%s\n", argv[i]);
		LLVMFuzzerTestOneInput(input, size);
	}
	printf("%s: %d passed, 0 failed\n", argv[0], argc - 1);
	return EXIT_SUCCESS;
}
