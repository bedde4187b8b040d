#include "controller/kube/scratch.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#define BLOCK ((size_t)64 << 10) /* the one that is kept: most objects are smaller */

struct block {
    struct block *older;
    alignas(max_align_t) char bytes[];
};

struct kc_scratch {
    struct kc_arena *arena;
    struct block *first, *blocks; /* blocks: heads the chain back to first */
    size_t used, cap;             /* of the newest block */
    size_t out;
};

static struct block *block_new(size_t cap, struct block *older)
{
    struct block *b = malloc(sizeof(*b) + cap);

    if (!b)
        abort();
    b->older = older;
    return b;
}

struct kc_scratch *kc_scratch_create(void)
{
    struct kc_scratch *s = calloc(1, sizeof(*s));

    if (!s)
        abort();
    s->arena = kc_arena_create();
    s->first = s->blocks = block_new(BLOCK, NULL);
    s->cap = BLOCK;
    return s;
}

void kc_scratch_reset(struct kc_scratch *s)
{
    while (s->blocks != s->first) {
        struct block *b = s->blocks;
        s->blocks = b->older;
        free(b);
    }
    s->used = s->out = 0;
    s->cap = BLOCK;
    kc_arena_reset(s->arena);
}

struct kc_scratch *kc_scratch_destroy(struct kc_scratch *s)
{
    if (!s)
        return NULL;
    kc_scratch_reset(s);
    free(s->first);
    kc_arena_destroy(s->arena);
    free(s);
    return NULL;
}

void *kc_scratch_take(struct kc_scratch *s, size_t size)
{
    if (size > KC_SCRATCH_MAX)
        return NULL;
    size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (size > KC_SCRATCH_MAX - s->out)
        return NULL;
    if (size > s->cap - s->used) {
        s->cap = size > BLOCK ? size : BLOCK;
        s->blocks = block_new(s->cap, s->blocks);
        s->used = 0;
    }
    void *p = s->blocks->bytes + s->used;
    s->used += size;
    s->out += size;
    return p;
}

struct kc_arena *kc_scratch_arena(struct kc_scratch *s)
{
    return s->arena;
}
