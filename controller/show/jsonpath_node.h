/* jsonpath nodes: what a template is made of. Private to jsonpath. */
#pragma once

#include "controller/show/jsonpath.h"

enum kc_jsonpath_kind {
    KC_JP_LIST, /* one action: its nodes feed each other */
    KC_JP_TEXT,
    KC_JP_FIELD,
    KC_JP_ARRAY,
    KC_JP_FILTER,
    KC_JP_VALUE, /* a number or a boolean */
    KC_JP_WILDCARD,
    KC_JP_RECURSIVE,
    KC_JP_UNION,
    KC_JP_IDENTIFIER
};

struct kc_jsonpath_bound {
    bool known, derived; /* derived: the end of [n] */
    int64_t value;
};

struct kc_jsonpath_nodes {
    struct kc_jsonpath_node **v;
    size_t n;
};

struct kc_jsonpath_node {
    enum kc_jsonpath_kind kind;
    const char *text;                      /* TEXT, FIELD, IDENTIFIER */
    const json_t *value;                   /* TEXT, VALUE */
    struct kc_jsonpath_nodes nodes;        /* LIST; UNION: of LISTs */
    struct kc_jsonpath_bound bounds[3];    /* ARRAY: from, to, step */
    struct kc_jsonpath_node *left, *right; /* FILTER: LISTs; right NULL: left exists */
    const char *op;                        /* FILTER: "==" */
};

struct kc_jsonpath {
    const char *text;
    struct kc_jsonpath_nodes nodes;
};
