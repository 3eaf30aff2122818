/*
 * Red zones behind what the extension allocates, for the address sanitizer.
 * A zone goes when its context is reset or the chunk is freed by us.  One whose
 * chunk the server frees would stay: files of which it does that go without.
 */
#undef palloc
#undef palloc0
#undef repalloc
#undef repalloc_huge
#undef pfree
#undef pstrdup
#undef pnstrdup
#undef MemoryContextAlloc
#undef MemoryContextAllocZero

#include "postgres.h"

#include <sanitizer/asan_interface.h>

#include "utils/memutils.h"

#define RED_ZONE	32

typedef struct Zone
{
	MemoryContextCallback callback;
	char	   *start;
} Zone;

extern void *checked_palloc(Size size);
extern void *checked_palloc0(Size size);
extern void *checked_repalloc(void *pointer, Size size);
extern void *checked_repalloc_huge(void *pointer, Size size);
extern void checked_pfree(void *pointer);
extern char *checked_pstrdup(const char *in);
extern char *checked_pnstrdup(const char *in, Size len);
extern void *checked_MemoryContextAlloc(MemoryContext context, Size size);
extern void *checked_MemoryContextAllocZero(MemoryContext context, Size size);

static void
open_zone(void *argument)
{
	Zone	   *zone = argument;

	__asan_unpoison_memory_region(zone->start, RED_ZONE);
}

static void *
with_zone(MemoryContext context, void *pointer, Size size)
{
	Zone	   *zone = MemoryContextAlloc(context, sizeof(Zone));

	zone->start = (char *) pointer + size;
	zone->callback.func = open_zone;
	zone->callback.arg = zone;
	MemoryContextRegisterResetCallback(context, &zone->callback);
	__asan_poison_memory_region(zone->start, RED_ZONE);
	return pointer;
}

/* What was freed may be another chunk by the time that its context is reset:
 * then that chunk's zone opens early, and nothing is reported wrongly. */
static void
forget_zone(void *pointer)
{
	__asan_unpoison_memory_region(pointer, GetMemoryChunkSpace(pointer) - MAXALIGN(sizeof(void *)));
}

void *
checked_MemoryContextAlloc(MemoryContext context, Size size)
{
	return with_zone(context, MemoryContextAlloc(context, size + RED_ZONE), size);
}

void *
checked_MemoryContextAllocZero(MemoryContext context, Size size)
{
	return with_zone(context, MemoryContextAllocZero(context, size + RED_ZONE), size);
}

void *
checked_palloc(Size size)
{
	return checked_MemoryContextAlloc(CurrentMemoryContext, size);
}

void *
checked_palloc0(Size size)
{
	return checked_MemoryContextAllocZero(CurrentMemoryContext, size);
}

void *
checked_repalloc(void *pointer, Size size)
{
	forget_zone(pointer);
	pointer = repalloc(pointer, size + RED_ZONE);
	return with_zone(GetMemoryChunkContext(pointer), pointer, size);
}

void *
checked_repalloc_huge(void *pointer, Size size)
{
	forget_zone(pointer);
	pointer = repalloc_huge(pointer, size + RED_ZONE);
	return with_zone(GetMemoryChunkContext(pointer), pointer, size);
}

void
checked_pfree(void *pointer)
{
	forget_zone(pointer);
	pfree(pointer);
}

char *
checked_pnstrdup(const char *in, Size len)
{
	char	   *out;

	len = strnlen(in, len);
	out = checked_palloc(len + 1);
	memcpy(out, in, len);
	out[len] = '\0';
	return out;
}

char *
checked_pstrdup(const char *in)
{
	return checked_pnstrdup(in, strlen(in));
}
