/* policies: sets of AuditPolicies for tests. JSON is written with ' for ". */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/guard/policy_set.h"

static inline json_t *policies_parse(struct kc_arena *a, const char *json)
{
    char *s = kc_arena_strdup(a, json);
    struct kc_err err = {0};
    for (char *p = s; *p; p++)
        if (*p == '\'')
            *p = '"';
    json_t *v = kc_json_parse_in(a, s, strlen(s), 1 << 20, "test", &err);
    if (!v) {
        fprintf(stderr, "%s: %s\n", err.message, s);
        abort();
    }
    return v;
}

static inline void policies_unref(void *set)
{
    kc_policy_set_unref(set);
}

/* specs: {'name': spec, ...}; namespaces: {'name': {labels}, ...} or NULL: none is known. Lives as long as the arena.
 */
static inline const struct kc_policy_set *policies_of(struct kc_arena *a, const char *specs, const char *namespaces)
{
    struct kc_policy_set *set = kc_policy_set_create();
    const char *name, *key;
    json_t *all = policies_parse(a, specs), *known = policies_parse(a, namespaces ? namespaces : "{}");
    json_t *spec, *labels, *value;
    json_object_foreach(all, name, spec)
    {
        json_t *object = json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:i}, s:O}", "apiVersion", "kubechat.io/v1alpha1",
                                   "kind", "AuditPolicy", "metadata", "name", name, "uid", "p-1", "resourceVersion",
                                   "1", "generation", 1, "spec", spec);
        kc_policy_set_add(set, object);
        json_decref(object);
    }
    json_object_foreach(known, name, labels)
    {
        struct kc_label list[8];
        size_t n = 0;
        json_object_foreach(labels, key, value) list[n++] = (struct kc_label){key, json_string_value(value)};
        kc_policy_set_add_namespace(set, name, list, n);
    }
    kc_arena_defer(a, policies_unref, set);
    return set;
}

static inline const struct kc_policy_set *no_policies(struct kc_arena *a)
{
    return policies_of(a, "{}", NULL);
}
