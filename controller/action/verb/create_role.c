/* kubectl create role and clusterrole: rules of verbs on resources. The canonical form names every resource with its
 * group, so that whoever approves sees what the rule will say. */
#include <string.h>

#include "controller/action/command.h"
#include "controller/action/create_verb.h"
#include "controller/action/subjects.h"
#include "controller/action/verbs.h"

static const struct kc_flag flags[] = {
    {.name = "verb", .kind = KC_FLAG_LIST, .required = true},
    {.name = "resource", .kind = KC_FLAG_LIST, .required = true},
    {.name = "resource-name", .kind = KC_FLAG_LIST},
    {.name = NULL},
};

static const struct kc_flag cluster_flags[] = {
    {.name = "verb", .kind = KC_FLAG_LIST},
    {.name = "resource", .kind = KC_FLAG_LIST},
    {.name = "resource-name", .kind = KC_FLAG_LIST},
    {.name = "non-resource-url", .kind = KC_FLAG_LIST},
    {.name = "aggregation-rule", .kind = KC_FLAG_STRING},
    {.name = NULL},
};

/* Verbs that only make sense for some resources, which discovery need not know. */
static const struct {
    const char *verb, *resources; /* "RESOURCE.GROUP" with "|" on both sides */
} special[] = {
    {"bind", "|roles." KC_RBAC_GROUP "|clusterroles." KC_RBAC_GROUP "|"},
    {"escalate", "|roles." KC_RBAC_GROUP "|clusterroles." KC_RBAC_GROUP "|"},
    {"impersonate", "|users|groups|serviceaccounts|userextras.authentication.k8s.io|uids.authentication.k8s.io|"},
    {"use", "|podsecuritypolicies.policy|podsecuritypolicies.extensions|"},
};

#define URL_VERBS "|*|get|post|put|delete|patch|head|options|"

static bool listed(const char *list, const char *word, size_t len)
{
    for (const char *p = list; *p; p += strcspn(p + 1, "|") + 1)
        if (p[1] && strncmp(p + 1, word, len) == 0 && p[1 + len] == '|')
            return true;
    return false;
}

static bool word_valid(const char *s)
{
    return *s && !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-/*:_")];
}

static bool check_words(struct kc_arena *a, const struct kc_action *act, const char *flag, struct kc_err *err)
{
    struct kc_strs all = kc_action_list(a, act, flag, false);
    for (size_t i = 0; i < all.n; i++)
        if (!word_valid(all.v[i]))
            return kc_fail(err, KC_INVALID, "BadFlag", "--%s=%.64s: letters, digits and .-/:_* only", flag, all.v[i]);
    return true;
}

/* "*" stands for all the others. */
static const char *verbs_of(struct kc_arena *a, const struct kc_action *act)
{
    struct kc_strs all = kc_action_list(a, act, "verb", true);
    return kc_strs_has(&all, "*") ? "*" : kc_list_canonical(a, act, "verb");
}

static bool check_urls(struct kc_arena *a, const struct kc_action *act, struct kc_err *err)
{
    struct kc_strs urls = kc_action_list(a, act, "non-resource-url", false);
    struct kc_strs verbs = kc_action_list(a, act, "verb", false);
    for (size_t i = 0; i < urls.n; i++) {
        const char *url = urls.v[i], *star = strchr(url, '*');
        if (!KC_STREQ(url, "*") && (*url != '/' || (star && star[1])))
            return kc_fail(err, KC_INVALID, "BadFlag",
                           "--non-resource-url=%.64s: expected a path that starts with /, a * only at its end", url);
    }
    for (size_t i = 0; urls.n && i < verbs.n; i++)
        if (!listed(URL_VERBS, verbs.v[i], strlen(verbs.v[i])))
            return kc_fail(err, KC_INVALID, "BadFlag", "--verb=%.64s: not a verb of --non-resource-url", verbs.v[i]);
    return true;
}

static bool says_something(const struct kc_action *act, struct kc_err *err)
{
    bool rules = kc_action_flag(act, "verb") || kc_action_flag(act, "resource") ||
                 kc_action_flag(act, "resource-name") || kc_action_flag(act, "non-resource-url");
    if (kc_action_flag(act, "aggregation-rule"))
        return !rules || kc_fail(err, KC_INVALID, "BadFlag",
                                 "--aggregation-rule: such a role takes its rules from others: no --verb, --resource");
    if (!kc_action_flag(act, "verb"))
        return kc_fail(err, KC_INVALID, "MissingFlag", "kubectl %s: --verb is missing", act->verb->name);
    return kc_action_flag(act, "resource") || kc_action_flag(act, "non-resource-url") ||
           kc_fail(err, KC_INVALID, "MissingFlag", "kubectl %s: --resource or --non-resource-url is missing",
                   act->verb->name);
}

/* KEY=VALUE,... of --aggregation-rule; NULL with INVALID. */
static json_t *aggregation_of(struct kc_arena *a, const struct kc_action *act, struct kc_err *err)
{
    json_t *labels = json_object();
    struct kc_strs all = kc_action_list(a, act, "aggregation-rule", true);
    for (size_t i = 0; i < all.n; i++) {
        const char *value, *key = kc_split_pair(a, all.v[i], &value);
        if (!key || !word_valid(key) || (*value && !word_valid(value))) {
            json_decref(labels);
            kc_fail(err, KC_INVALID, "BadFlag", "--aggregation-rule=%.64s: expected LABEL=VALUE", all.v[i]);
            return NULL;
        }
        json_object_set_new(labels, key, json_string(value));
    }
    return labels;
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    KC_JSON_SCOPE *labels = aggregation_of(a, act, err);
    if (!labels || !says_something(act, err))
        return false;
    kc_flag_put(a, act, "verb", verbs_of(a, act));
    kc_flag_put(a, act, "resource", kc_list_canonical(a, act, "resource"));
    if (kc_action_flag(act, "non-resource-url"))
        kc_flag_put(a, act, "non-resource-url", kc_list_canonical(a, act, "non-resource-url"));
    if (kc_action_flag(act, "resource-name")) {
        if (strchr(kc_action_flag(act, "resource-name"), ','))
            return kc_fail(err, KC_INVALID, "BadFlag", "--resource-name=%.64s: one name each",
                           kc_action_flag(act, "resource-name"));
        kc_flag_put(a, act, "resource-name", kc_list_canonical(a, act, "resource-name"));
    }
    if (!check_words(a, act, "verb", err) || !check_words(a, act, "resource", err) || !check_urls(a, act, err))
        return false;
    return !*act->target.name || kc_object_name_valid(act->target.name);
}

/* Whether one of the verbs speaks of resources that it knows itself: found, or INVALID. */
static bool special_fits(struct kc_arena *a, const struct kc_action *act, const char *resource, bool *ret_known,
                         struct kc_err *err)
{
    struct kc_strs verbs = kc_action_list(a, act, "verb", false);
    for (size_t i = 0; i < verbs.n; i++)
        for (size_t j = 0; j < sizeof special / sizeof *special; j++) {
            if (!KC_STREQ(verbs.v[i], special[j].verb))
                continue;
            if (!listed(special[j].resources, resource, strlen(resource)))
                return kc_fail(err, KC_INVALID, "BadFlag", "--verb=%s: not for --resource=%.64s", verbs.v[i], resource);
            *ret_known = true;
        }
    return true;
}

/* "deploy/scale" as "deployments.apps/scale". */
static bool find_one(struct kc_arena *a, const struct kc_action *act, const struct kc_restmap *types, const char *text,
                     const char **ret, struct kc_err *err)
{
    const char *slash = strchr(text, '/'), *type = kc_arena_strndup(a, text, strcspn(text, "/"));
    const struct kc_mapping *m = *type == '*' ? NULL : kc_restmap_find(types, type);
    const char *resource = type;
    bool known = *type == '*';
    if (m)
        resource = *kc_or(m->group, "") ? kc_arena_printf(a, "%s.%s", m->resource, m->group) : m->resource;
    if (!known && !special_fits(a, act, resource, &known, err))
        return false;
    if (!m && !known)
        return kc_unknown_type(types, type, err);
    *ret = kc_arena_printf(a, "%s%s", resource, kc_or(slash, ""));
    return true;
}

static bool find_types(struct kc_arena *a, struct kc_action *act, const struct kc_restmap *types, struct kc_err *err)
{
    struct kc_strs all = kc_action_list(a, act, "resource", false);
    KC_BUF_SCOPE out = {0};
    if (!all.n)
        return true;
    for (size_t i = 0; i < all.n; i++) {
        const char *found = "";
        if (!find_one(a, act, types, all.v[i], &found, err))
            return false;
        if (KC_STREQ(found, "*"))
            kc_buf_clear(&out);
        kc_buf_printf(&out, "%s%s", out.len ? KC_LIST_SEPARATOR : "", found);
        if (KC_STREQ(found, "*"))
            break;
    }
    kc_flag_put(a, act, "resource", kc_arena_strdup(a, kc_buf_str(&out)));
    kc_flag_put(a, act, "resource", kc_list_canonical(a, act, "resource"));
    return true;
}

static const char *group_of(const char *resource)
{
    const char *dot = resource + strcspn(resource, "./");
    return *dot == '.' ? dot + 1 : "";
}

/* Resources of one group, in the order given; the groups in that of the alphabet. */
struct group {
    const char *name;
    size_t len; /* of the name: a subresource follows */
    json_t *resources;
};

static int by_name(const void *x, const void *y)
{
    const struct group *a = x, *b = y;
    int order = strncmp(a->name, b->name, a->len < b->len ? a->len : b->len);
    return order ? order : (a->len > b->len) - (a->len < b->len);
}

static size_t groups_of(struct kc_arena *a, const struct kc_strs *resources, struct group *groups)
{
    size_t n = 0;
    for (size_t i = 0; i < resources->n; i++) {
        const char *text = resources->v[i], *group = group_of(text);
        size_t len = strcspn(group, "/"), at = 0;
        const char *name = kc_arena_strndup(a, text, strcspn(text, "./")), *sub = strchr(text, '/');
        while (at < n && !(groups[at].len == len && strncmp(groups[at].name, group, len) == 0))
            at++;
        if (at == n)
            groups[n++] = (struct group){group, len, json_array()};
        json_array_append_new(groups[at].resources, json_string(kc_arena_printf(a, "%s%s", name, kc_or(sub, ""))));
    }
    qsort(groups, n, sizeof *groups, by_name);
    return n;
}

static json_t *rules_of(struct kc_arena *a, const struct kc_action *act)
{
    struct kc_strs verbs = kc_action_list(a, act, "verb", false), resources = kc_action_list(a, act, "resource", false);
    struct kc_strs urls = kc_action_list(a, act, "non-resource-url", false);
    const char *names = kc_action_flag(act, "resource-name");
    struct group *groups = kc_arena_array(a, resources.n + 1, sizeof *groups);
    json_t *rules = json_array();
    for (size_t i = 0, n = groups_of(a, &resources, groups); i < n; i++) {
        json_t *rule = json_pack("{s:o, s:[s%], s:o}", "verbs", kc_json_strings(&verbs), "apiGroups", groups[i].name,
                                 groups[i].len, "resources", groups[i].resources);
        if (names) {
            struct kc_strs all = kc_action_list(a, act, "resource-name", false);
            json_object_set_new(rule, "resourceNames", kc_json_strings(&all));
        }
        json_array_append_new(rules, rule);
    }
    if (urls.n)
        json_array_append_new(rules, json_pack("{s:o, s:o}", "verbs", kc_json_strings(&verbs), "nonResourceURLs",
                                               kc_json_strings(&urls)));
    return rules;
}

static bool change(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err)
{
    json_t *body;
    (void)seen;
    if (kc_action_flag(act, "aggregation-rule")) {
        json_t *labels = aggregation_of(a, act, err);
        if (!labels)
            return false;
        body = json_pack("{s:{s:[{s:o}]}, s:n}", "aggregationRule", "clusterRoleSelectors", "matchLabels", labels,
                         "rules");
    } else {
        body = json_pack("{s:o}", "rules", rules_of(a, act));
    }
    *ret = kc_create_object(a, act, KC_STRICT, body);
    return true;
}

const struct kc_verb kc_verb_create_role = {
    KC_CREATES,       .name = "create role",    .type = "roles." KC_RBAC_GROUP,
    .flags = flags,   .find_types = find_types, .validate = validate,
    .change = change,
};

const struct kc_verb kc_verb_create_clusterrole = {
    KC_CREATES,
    .name = "create clusterrole",
    .type = "clusterroles." KC_RBAC_GROUP,
    .flags = cluster_flags,
    .find_types = find_types,
    .validate = validate,
    .change = change,
};
