/* intern: one copy of each string that many objects have: namespaces, labels, images, node names, reasons.
 *
 * Strings are counted, so that the table holds what is in use and nothing else, however much comes and goes.
 * Thread-safe; the table itself lives until its last reference and its last string are given back.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct kc_intern;

struct kc_intern *kc_intern_create(void);
struct kc_intern *kc_intern_ref(struct kc_intern *t);
struct kc_intern *kc_intern_unref(struct kc_intern *t); /* accepts NULL, returns NULL */

/* The one copy of s, with a reference of the caller's; "" for NULL and "", which needs no memory. Equal strings are the
 * same pointer. Bytes that are no UTF-8 are kept as '?': reasons and images are text that the API server does not
 * check.
 */
const char *kc_intern_get(struct kc_intern *t, const char *s);
void kc_intern_put(struct kc_intern *t, const char *s); /* gives a reference back */
size_t kc_intern_count(struct kc_intern *t);            /* strings held */
