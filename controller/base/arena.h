/* arena: memory for one reconcile, one admission request or one command, freed at once.
 *
 * Not thread-safe: an arena belongs to one thread at a time. Out of memory aborts the process (there is no sensible
 * way on for a controller that cannot allocate a few kilobytes; a restart loses nothing by design).
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "controller/base/err.h"

struct kc_arena;

struct kc_arena *kc_arena_create(void);
struct kc_arena *kc_arena_destroy(struct kc_arena *a); /* accepts NULL, returns NULL */
void kc_arena_reset(struct kc_arena *a);               /* frees all but the first block */
size_t kc_arena_size(const struct kc_arena *a);        /* bytes handed out since creation or reset */

void *kc_arena_alloc(struct kc_arena *a, size_t size); /* zeroed, aligned for any type */
void *kc_arena_array(struct kc_arena *a, size_t count, size_t size);
char *kc_arena_strdup(struct kc_arena *a, const char *s); /* NULL stays NULL */
char *kc_arena_strndup(struct kc_arena *a, const char *s, size_t len);
void *kc_arena_memdup(struct kc_arena *a, const void *p, size_t len);
char *kc_arena_printf(struct kc_arena *a, const char *fmt, ...) KC_PRINTF(2, 3);
char *kc_arena_vprintf(struct kc_arena *a, const char *fmt, va_list ap);

/* Calls fn(arg) when the arena is reset or destroyed, last added first: for values that live outside (json_decref). */
void kc_arena_defer(struct kc_arena *a, void (*fn)(void *), void *arg);

static inline void kc_arena_cleanup(struct kc_arena **a)
{
    *a = kc_arena_destroy(*a);
}
/* KC_ARENA_SCOPE(a); declares an arena that ends with the enclosing block. */
#define KC_ARENA_SCOPE(name) __attribute__((cleanup(kc_arena_cleanup))) struct kc_arena *(name) = kc_arena_create()
