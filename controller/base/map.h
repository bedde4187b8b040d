/* map: strings to pointers (open addressing, FNV-1a with a per-process seed, so that names chosen by users cannot make
 * it slow on purpose).
 *
 * The map copies keys and never frees values unless free_value was given. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct kc_map;

struct kc_map *kc_map_create(void (*free_value)(void *)); /* free_value may be NULL */
struct kc_map *kc_map_destroy(struct kc_map *m);          /* accepts NULL, returns NULL */
size_t kc_map_count(const struct kc_map *m);
void *kc_map_get(const struct kc_map *m, const char *key);       /* NULL: not there */
void kc_map_put(struct kc_map *m, const char *key, void *value); /* value not NULL; replaces (and frees) an older one */
void *kc_map_take(struct kc_map *m, const char *key);            /* removes without freeing; NULL: not there */
bool kc_map_remove(struct kc_map *m, const char *key);           /* removes and frees */

/* for (size_t i = 0; kc_map_next(m, &i, &key, &value);) in no order; the map must not change meanwhile. */
bool kc_map_next(const struct kc_map *m, size_t *i, const char **key, void **value);
