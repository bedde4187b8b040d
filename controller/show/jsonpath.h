/* jsonpath: kubectl's dialect of JSONPath (k8s.io/client-go/util/jsonpath), for get, wait and sorting. Pure.
 *
 * Templates are text with expressions in braces: {.items[*].metadata.name}, {[?(@.type=="Ready")].status}, slices
 * [1:3:2], negative indices, unions [0,2] and ['a','b'], wildcards, recursive descent .., {range ...}{end}, literals in
 * quotes with Go's escapes. Members of objects are visited by name, where kubectl takes them in any order. A parsed
 * path lives in its arena and may be used again; an evaluation touches at most KC_JSONPATH_VALUES values.
 */
#pragma once

#include "controller/base/json.h"

#define KC_JSONPATH_VALUES ((size_t)1 << 20)

struct kc_jsonpath;

/* What one node of the template found, in order; NULL stands for no value at all (nothing to range over). */
struct kc_values {
    const json_t **v;
    size_t n;
};
struct kc_findings {
    struct kc_values *v;
    size_t n;
};

/* INVALID in kubectl's words: "unclosed action". */
KC_CHECK const struct kc_jsonpath *kc_jsonpath_parse(struct kc_arena *a, const char *text, struct kc_err *err);
/* "metadata.name", ".metadata.name", "{metadata.name}" as {.metadata.name}: for columns and --sort-by. */
KC_CHECK const char *kc_jsonpath_relaxed(struct kc_arena *a, const char *text, struct kc_err *err);

/* missing: a field that is nowhere finds nothing; otherwise it is INVALID. */
KC_CHECK bool kc_jsonpath_find(struct kc_arena *a, const struct kc_jsonpath *path, const json_t *data, bool missing,
                               struct kc_findings *ret, struct kc_err *err);
/* The same as text, as kubectl get -o jsonpath= prints it; as_json: as -o jsonpath-as-json= does. Control characters
 * that come from the data are made visible (show.h). */
KC_CHECK bool kc_jsonpath_print(struct kc_arena *a, const struct kc_jsonpath *path, const json_t *data, bool missing,
                                bool as_json, struct kc_buf *out, struct kc_err *err);
