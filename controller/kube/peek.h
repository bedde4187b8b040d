/* peek: reads one string out of JSON that cannot be decoded, or of which only the beginning is there, so that a bad
 * object can be reported by name. Pure; bounded by the text's length; no recursion, no allocation.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Finds the string at path ("object", "metadata", "name", NULL) and copies it. False, with out "", when it is not
 * there, does not fit, or holds an escape or a control character (no Kubernetes name does). */
bool kc_peek_string(const char *json, size_t len, const char *const *path, char *out, size_t cap);
