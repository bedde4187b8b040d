/* list: an intrusive doubly linked list. A node is on one list at most; a zeroed node is on none. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct kc_node {
    struct kc_node *prev, *next;
};

struct kc_list {
    struct kc_node head; /* kc_list_init() first */
};

static inline void kc_list_init(struct kc_list *l)
{
    l->head.prev = l->head.next = &l->head;
}
static inline bool kc_list_empty(const struct kc_list *l)
{
    return l->head.next == &l->head;
}
static inline void kc_list_append(struct kc_list *l, struct kc_node *n)
{
    n->prev = l->head.prev;
    n->next = &l->head;
    l->head.prev->next = n;
    l->head.prev = n;
}
static inline void kc_list_remove(struct kc_node *n)
{
    if (!n->next)
        return;
    n->prev->next = n->next;
    n->next->prev = n->prev;
    n->prev = n->next = NULL;
}
static inline struct kc_node *kc_list_first(const struct kc_list *l)
{
    return kc_list_empty(l) ? NULL : l->head.next;
}
static inline struct kc_node *kc_list_after(const struct kc_list *l, const struct kc_node *n)
{
    return n->next == &l->head ? NULL : n->next;
}

#define KC_CONTAINER(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))
