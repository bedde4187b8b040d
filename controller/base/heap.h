/* heap: a binary min-heap of intrusive nodes ordered by a time, for deadlines and delayed work.
 *
 * Nodes belong to the caller and stay put; kc_heap_remove works from the node. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kc_heap_node {
    int64_t at;   /* the key: any unit, smallest first */
    size_t index; /* 1-based place in the heap; 0: on none */
};

struct kc_heap {
    struct kc_heap_node **nodes; /* 1-based */
    size_t count, cap;
};

void kc_heap_finish(struct kc_heap *h);
void kc_heap_push(struct kc_heap *h, struct kc_heap_node *n);   /* n must be on no heap */
struct kc_heap_node *kc_heap_first(const struct kc_heap *h);    /* NULL: empty */
void kc_heap_remove(struct kc_heap *h, struct kc_heap_node *n); /* nothing when n is on no heap */
