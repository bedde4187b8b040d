#include "controller/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif

#ifdef UNDER_ASAN
#include <sanitizer/asan_interface.h>
#define HIDE(p, n)   __asan_poison_memory_region((p), (n))
#define REVEAL(p, n) __asan_unpoison_memory_region((p), (n))
#define GAP          16 /* stays poisoned between two allocations */
#else
#define HIDE(p, n)   ((void)(p), (void)(n))
#define REVEAL(p, n) ((void)(p), (void)(n))
#define GAP          0
#endif

#define FIRST_BLOCK  ((size_t)4 << 10)
#define LARGEST_STEP ((size_t)64 << 10)
#define LARGE        ((size_t)16 << 10) /* from here on an allocation has a block of its own */
#define ALIGNMENT    alignof(max_align_t)

struct block {
    struct block *older;
    size_t cap, used;
    alignas(max_align_t) char bytes[];
};

struct deferred {
    struct deferred *older;
    void (*fn)(void *);
    void *arg;
};

struct kc_arena {
    struct block *first;   /* kept by reset */
    struct block *current; /* small allocations; heads the chain of blocks back to first */
    struct block *large;
    struct deferred *deferred;
    size_t size;
};

static struct block *block_new(size_t cap, struct block *older)
{
    if (cap > SIZE_MAX / 2)
        abort();
    struct block *b = calloc(1, sizeof *b + cap);
    if (!b)
        abort();
    b->older = older;
    b->cap = cap;
    HIDE(b->bytes, cap);
    return b;
}

static void block_free(struct block *b)
{
    REVEAL(b->bytes, b->cap);
    free(b);
}

static void *block_take(struct block *b, size_t step, size_t size)
{
    char *p = b->bytes + b->used;
    b->used += step;
    REVEAL(p, size);
    return p;
}

struct kc_arena *kc_arena_create(void)
{
    struct kc_arena *a = calloc(1, sizeof *a);
    if (!a)
        abort();
    a->first = a->current = block_new(FIRST_BLOCK, NULL);
    return a;
}

void kc_arena_reset(struct kc_arena *a)
{
    while (a->deferred) {
        struct deferred *d = a->deferred;
        a->deferred = d->older;
        d->fn(d->arg);
    }
    while (a->large) {
        struct block *b = a->large;
        a->large = b->older;
        block_free(b);
    }
    while (a->current != a->first) {
        struct block *b = a->current;
        a->current = b->older;
        block_free(b);
    }
    REVEAL(a->first->bytes, a->first->cap);
    memset(a->first->bytes, 0, a->first->used);
    HIDE(a->first->bytes, a->first->cap);
    a->first->used = 0;
    a->size = 0;
}

struct kc_arena *kc_arena_destroy(struct kc_arena *a)
{
    if (!a)
        return NULL;
    kc_arena_reset(a);
    block_free(a->first);
    free(a);
    return NULL;
}

size_t kc_arena_size(const struct kc_arena *a)
{
    return a->size;
}

void *kc_arena_alloc(struct kc_arena *a, size_t size)
{
    if (size > SIZE_MAX / 4)
        abort();
    /* An empty allocation still has an address of its own. */
    size_t step = ((size ? size : 1) + GAP + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    a->size += size;
    if (step > LARGE) {
        a->large = block_new(step, a->large);
        return block_take(a->large, step, size);
    }
    if (step > a->current->cap - a->current->used) {
        size_t cap = a->current->cap * 2 < LARGEST_STEP ? a->current->cap * 2 : LARGEST_STEP;
        while (cap < step)
            cap *= 2;
        a->current = block_new(cap, a->current);
    }
    return block_take(a->current, step, size);
}

void *kc_arena_array(struct kc_arena *a, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        abort();
    return kc_arena_alloc(a, total);
}

char *kc_arena_strdup(struct kc_arena *a, const char *s)
{
    return s ? kc_arena_memdup(a, s, strlen(s) + 1) : NULL;
}

char *kc_arena_strndup(struct kc_arena *a, const char *s, size_t len)
{
    if (!s)
        return NULL;
    len = strnlen(s, len);
    char *copy = kc_arena_alloc(a, len + 1);
    memcpy(copy, s, len);
    return copy;
}

void *kc_arena_memdup(struct kc_arena *a, const void *p, size_t len)
{
    void *copy = kc_arena_alloc(a, len);
    if (len)
        memcpy(copy, p, len);
    return copy;
}

char *kc_arena_printf(struct kc_arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *s = kc_arena_vprintf(a, fmt, ap);
    va_end(ap);
    return s;
}

char *kc_arena_vprintf(struct kc_arena *a, const char *fmt, va_list ap)
{
    char small[256];
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    if (n < 0)
        abort();
    size_t len = (size_t)n;
    char *s = kc_arena_alloc(a, len + 1);
    if (len < sizeof small)
        memcpy(s, small, len);
    else
        (void)vsnprintf(s, len + 1, fmt, again);
    va_end(again);
    return s;
}

void kc_arena_defer(struct kc_arena *a, void (*fn)(void *), void *arg)
{
    struct deferred *d = kc_arena_alloc(a, sizeof *d);
    *d = (struct deferred){.older = a->deferred, .fn = fn, .arg = arg};
    a->deferred = d;
}
