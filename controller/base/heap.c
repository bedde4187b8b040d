#include "controller/base/heap.h"

#include <stdlib.h>

static void place(struct kc_heap *h, struct kc_heap_node *n, size_t i)
{
    h->nodes[i] = n;
    n->index = i;
}

static void rise(struct kc_heap *h, struct kc_heap_node *n, size_t i)
{
    for (; i > 1 && n->at < h->nodes[i / 2]->at; i /= 2)
        place(h, h->nodes[i / 2], i);
    place(h, n, i);
}

static void sink(struct kc_heap *h, struct kc_heap_node *n, size_t i)
{
    for (size_t child; (child = 2 * i) <= h->count; i = child) {
        if (child < h->count && h->nodes[child + 1]->at < h->nodes[child]->at)
            child++;
        if (n->at <= h->nodes[child]->at)
            break;
        place(h, h->nodes[child], i);
    }
    place(h, n, i);
}

void kc_heap_finish(struct kc_heap *h)
{
    for (size_t i = 1; i <= h->count; i++)
        h->nodes[i]->index = 0;
    free(h->nodes);
    *h = (struct kc_heap){0};
}

void kc_heap_push(struct kc_heap *h, struct kc_heap_node *n)
{
    if (h->count + 1 >= h->cap) {
        size_t cap = h->cap ? h->cap * 2 : 16;
        struct kc_heap_node **nodes =
            reallocarray(h->nodes, cap, sizeof *nodes); /* NOLINT(bugprone-sizeof-expression): of pointers */
        if (!nodes)
            abort();
        h->nodes = nodes;
        h->cap = cap;
    }
    h->count++;
    rise(h, n, h->count);
}

struct kc_heap_node *kc_heap_first(const struct kc_heap *h)
{
    return h->count ? h->nodes[1] : NULL;
}

void kc_heap_remove(struct kc_heap *h, struct kc_heap_node *n)
{
    size_t i = n->index;
    if (!i)
        return;
    n->index = 0;
    struct kc_heap_node *last = h->nodes[h->count--];
    if (last == n)
        return;
    if (i > 1 && last->at < h->nodes[i / 2]->at)
        rise(h, last, i);
    else
        sink(h, last, i);
}
