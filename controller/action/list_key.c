/* Lists whose order is not what tells their items apart: the merge keys of the API's types (x-kubernetes-list-map-keys,
 * patchMergeKey), tried in order. */
#include <string.h>

#include "controller/action/changes.h"
#include "controller/base/text.h"

#define MAX_KEYED 256 /* items; comparing is quadratic */

static const struct {
    const char *list; /* the field's name */
    struct kc_list_key key;
} keys[] = {
    {"containers", {"name", NULL}},
    {"initContainers", {"name", NULL}},
    {"ephemeralContainers", {"name", NULL}},
    {"env", {"name", NULL}},
    {"ports", {"containerPort", NULL}},
    {"ports", {"containerPort", "protocol"}},
    {"ports", {"port", NULL}},
    {"ports", {"port", "protocol"}},
    {"volumes", {"name", NULL}},
    {"volumeMounts", {"mountPath", NULL}},
    {"volumeDevices", {"devicePath", NULL}},
    {"volumeClaimTemplates", {"metadata.name", NULL}},
    {"imagePullSecrets", {"name", NULL}},
    {"secrets", {"name", NULL}},
    {"hostAliases", {"ip", NULL}},
    {"topologySpreadConstraints", {"topologyKey", "whenUnsatisfiable"}},
    {"resourceClaims", {"name", NULL}},
    {"schedulingGates", {"name", NULL}},
    {"ownerReferences", {"uid", NULL}},
    {"conditions", {"type", NULL}},
    {"taints", {"key", "effect"}},
    {"webhooks", {"name", NULL}},
    {"versions", {"name", NULL}},
};

static const json_t *part(const json_t *item, const char *name)
{
    const json_t *v = kc_json_at(item, name);
    return json_is_string(v) || json_is_integer(v) ? v : NULL;
}

static bool has_key(const struct kc_list_key *k, const json_t *item)
{
    return part(item, k->first) && (!k->second || part(item, k->second));
}

static bool same_key(const struct kc_list_key *k, const json_t *x, const json_t *y)
{
    return json_equal(part(x, k->first), part(y, k->first)) &&
           (!k->second || json_equal(part(x, k->second), part(y, k->second)));
}

static bool tells_apart(const struct kc_list_key *k, const json_t *list)
{
    size_t n = json_array_size(list);
    if (n > MAX_KEYED)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!has_key(k, json_array_get(list, i)))
            return false;
        for (size_t j = 0; j < i; j++)
            if (same_key(k, json_array_get(list, i), json_array_get(list, j)))
                return false;
    }
    return true;
}

bool kc_list_key_of(const char *path, const json_t *before, const json_t *after, struct kc_list_key *ret)
{
    const char *dot = strrchr(path, '.'), *name = dot ? dot + 1 : path;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (KC_STREQ(keys[i].list, name) && tells_apart(&keys[i].key, before) && tells_apart(&keys[i].key, after)) {
            *ret = keys[i].key;
            return true;
        }
    return false;
}

/* Names that admission makes up for each object anew, with random letters at the end: as part of a path they are
 * written without those, so that one dry run's path is the next one's too. */
static const struct {
    const char *prefix;
    size_t random;
} made_up[] = {
    {"kube-api-access-", 5}, /* the ServiceAccount plugin's volume in every pod */
};

static const char *lasting(struct kc_arena *a, const char *key)
{
    for (size_t i = 0; i < sizeof made_up / sizeof *made_up; i++)
        if (kc_str_starts(key, made_up[i].prefix) && strlen(key) == strlen(made_up[i].prefix) + made_up[i].random)
            return kc_arena_printf(a, "%s*", made_up[i].prefix);
    return key;
}

const char *kc_list_key_show(struct kc_arena *a, const struct kc_list_key *k, const json_t *item)
{
    const char *first = lasting(a, kc_scalar_show(a, part(item, k->first)));
    if (!k->second)
        return kc_arena_printf(a, "%s=%s", k->first, first);
    return kc_arena_printf(a, "%s=%s,%s=%s", k->first, first, k->second, kc_scalar_show(a, part(item, k->second)));
}

const json_t *kc_list_key_find(const struct kc_list_key *k, const json_t *list, const json_t *like)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (same_key(k, json_array_get(list, i), like))
            return json_array_get(list, i);
    return NULL;
}

const json_t *kc_list_item_named(struct kc_arena *a, const char *name, const json_t *list, const char *text,
                                 size_t *ret_len)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        for (size_t j = 0; KC_STREQ(keys[i].list, name) && j < json_array_size(list); j++) {
            const json_t *item = json_array_get(list, j);
            if (!has_key(&keys[i].key, item))
                continue;
            const char *shown = kc_list_key_show(a, &keys[i].key, item);
            *ret_len = strlen(shown);
            if (kc_str_starts(text, shown) && text[*ret_len] == ']')
                return item;
        }
    return NULL;
}

const char *kc_list_order(struct kc_arena *a, const char *name, const json_t *list)
{
    struct kc_list_key key;
    KC_BUF_SCOPE out = {0};
    if (!json_array_size(list) || !kc_list_key_of(name, list, list, &key))
        return NULL;
    for (size_t i = 0; i < json_array_size(list); i++)
        kc_buf_printf(&out, "%s%s", i ? ", " : "", kc_list_key_show(a, &key, json_array_get(list, i)));
    return kc_arena_strdup(a, kc_buf_str(&out));
}
