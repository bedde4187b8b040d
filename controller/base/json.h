/* json: jansson with our limits, and canonical JSON.
 *
 * Parsing: JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, at most max_bytes, depth at most KC_JSON_DEPTH; the whole is an
 * object or an array; strings with \u0000 keep it (json_string_length tells). Accessors are lenient on type: a wrong
 * type reads as absent, and so does a string with NUL in it, which a C string would cut. Paths are a single dotted
 * literal for fixed field names ("metadata.name"), "" is the value itself; names with dots (labels, annotations) go
 * through kc_json_map_get. Nothing here keeps references: json_t values follow jansson's rules.
 *
 * Canonical form (what digests, seals and audit rows are made of): UTF-8, no white space, object members sorted by the
 * bytes of their names, integers within +-(2^53-1), no reals; strings escape only `"`, `\` and control characters
 * (\b \t \n \f \r, else \u00xx lower case). For such values it equals RFC 8785 but for names beyond the BMP.
 */
#pragma once

#include <jansson.h>

#include "controller/base/arena.h"
#include "controller/base/buf.h"

#define KC_JSON_DEPTH   64
#define KC_JSON_INT_MAX INT64_C(9007199254740991)

/* Returns a new reference, or NULL with INVALID and the line, column and what was wrong. what names the input in the
 * message ("request body", a file's path). */
KC_CHECK json_t *kc_json_parse(const char *bytes, size_t len, size_t max_bytes, const char *what, struct kc_err *err);
/* The same; the value lives as long as the arena. */
KC_CHECK json_t *kc_json_parse_in(struct kc_arena *a, const char *bytes, size_t len, size_t max_bytes, const char *what,
                                  struct kc_err *err);

json_t *kc_json_at(const json_t *obj, const char *path);      /* borrowed; NULL: absent */
const char *kc_json_str(const json_t *obj, const char *path); /* borrowed; NULL: absent or not a string */
int64_t kc_json_int(const json_t *obj, const char *path, int64_t otherwise);
bool kc_json_bool(const json_t *obj, const char *path, bool otherwise);
const char *kc_json_map_get(const json_t *obj, const char *path, const char *key); /* obj.path["key"] as a string */
const char **kc_json_names(const json_t *object); /* sorted by their bytes, NULL at the end; the caller frees */

/* Fails with INVALID naming the path of a real, a too large integer, a string with NUL or too deep nesting; also when
 * the result passes out's limit. */
KC_CHECK bool kc_json_canonical(const json_t *v, struct kc_buf *out, struct kc_err *err);
KC_CHECK char *kc_json_canonical_in(struct kc_arena *a, const json_t *v, size_t *ret_len, struct kc_err *err);

/* Appends s as a JSON string with its quotes. Bytes that are not valid UTF-8 become U+FFFD. */
void kc_json_quote(struct kc_buf *out, const char *s, size_t len);

static inline void kc_json_cleanup(json_t **v)
{
    json_decref(*v);
    *v = NULL;
}
#define KC_JSON_SCOPE __attribute__((cleanup(kc_json_cleanup))) json_t
