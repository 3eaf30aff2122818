/*
 * Included before everything else in the build with sanitizers: what the
 * extension allocates in a memory context has a red zone behind it, which the
 * server's own allocator, built without sanitizers, does not give.
 */
#define palloc(size)						checked_palloc(size)
#define palloc0(size)						checked_palloc0(size)
#define repalloc(pointer, size)				checked_repalloc(pointer, size)
#define repalloc_huge(pointer, size)			checked_repalloc_huge(pointer, size)
#define pfree(pointer)						checked_pfree(pointer)
#define pstrdup(in)							checked_pstrdup(in)
#define pnstrdup(in, len)					checked_pnstrdup(in, len)
#define MemoryContextAlloc(context, size)	checked_MemoryContextAlloc(context, size)
#define MemoryContextAllocZero(context, size) checked_MemoryContextAllocZero(context, size)
