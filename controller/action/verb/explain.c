/* kubectl explain: what a field is for, by the API server's OpenAPI v3. */
#include <string.h>

#include "controller/action/kubectl.h"
#include "controller/action/read.h"
#include "controller/action/verbs.h"
#include "controller/show/show.h"

enum { RECURSIVE, API_VERSION, OUTPUT };
enum { INDEX, DOCUMENT, LOOKS };

static const struct kc_flag flags[] = {
    [RECURSIVE] = {.name = "recursive", .kind = KC_FLAG_BOOL},
    [API_VERSION] = {.name = "api-version", .kind = KC_FLAG_STRING},
    [OUTPUT] = {.name = "output", .letter = 'o', .kind = KC_FLAG_STRING, .one_of = "|plaintext|", .dflt = "plaintext"},
    {.name = NULL},
};

/* "spec.template.spec", such that a command can name it behind a type. */
static bool is_field(const char *s)
{
    if (strlen(s) > 150 || kc_str_ends(s, "-"))
        return false;
    for (const char *p = s;; p++) {
        size_t len = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$-");
        p += len;
        if (!len || !*p)
            return len > 0;
        if (*p != '.')
            return false;
    }
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    const char *version = kc_action_flag(act, "api-version");
    const char *slash = version ? strchr(version, '/') : NULL;

    (void)a;
    if (version && (!kc_dns_subdomain_valid(slash ? slash + 1 : version) ||
                    (slash && (slash == version ||
                               !kc_dns_subdomain_valid(kc_arena_strndup(a, version, (size_t)(slash - version)))))))
        return kc_fail(err, KC_INVALID, "BadFlag", "--api-version=%.64s: expected VERSION or GROUP/VERSION", version);
    return act->operands.n == 0 || (act->operands.n == 1 && is_field(act->operands.v[0])) ||
           kc_fail(err, KC_INVALID, "BadTarget", "kubectl explain: \"%.64s\" is not a field", act->operands.v[0]);
}

static const char *group_version(struct kc_arena *a, const struct kc_action *act)
{
    const struct kc_target *t = &act->target;
    const char *version = kc_action_flag(act, "api-version");

    if (version)
        return version;
    return *t->group ? kc_arena_printf(a, "%s/%s", t->group, t->version) : t->version;
}

/* "apis/apps/v1", "api/v1": how the index calls it. */
static const char *index_key(struct kc_arena *a, const struct kc_action *act)
{
    const char *version = group_version(a, act);

    return kc_arena_printf(a, "%s%s", strchr(version, '/') ? "apis/" : "api/", version);
}

static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    KC_BUF_SCOPE none = {0};

    if (so_far->n == INDEX) {
        *ret = kc_read_request(a, "/openapi/v3", &none, NULL);
        return true;
    }
    const json_t *entry = json_object_get(json_object_get(so_far->v[INDEX].json, "paths"), index_key(a, act));
    const char *url = kc_json_str(entry, "serverRelativeURL");
    if (so_far->n != DOCUMENT || !url || *url != '/')
        return false;
    size_t len = strcspn(url, "?");
    *ret = kc_read_request(a, kc_arena_strndup(a, url, len), &none, NULL);
    ret->query = url[len] ? kc_arena_strdup(a, url + len + 1) : "";
    return true;
}

static bool show(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen, struct kc_buf *out,
                 struct kc_err *err)
{
    const struct kc_target *t = &act->target;
    struct kc_explained what = {.group_version = group_version(a, act),
                                .resource = t->resource,
                                .field = act->operands.n ? act->operands.v[0] : "",
                                .recursive = kc_action_flag(act, "recursive") != NULL};

    if (seen->n < LOOKS)
        return kc_fail(err, KC_INVALID, "NoSchema", "couldn't find resource for \"%s, Resource=%s\"",
                       what.group_version, t->resource);
    return kc_show_explanation(a, seen->v[DOCUMENT].json, &what, out, err);
}

static const char *summary(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    (void)seen;
    return kc_arena_printf(a, "explained: %s%s%s", act->target.resource, act->operands.n ? "." : "",
                           act->operands.n ? act->operands.v[0] : "");
}

const struct kc_verb kc_verb_explain = {
    .name = "explain",
    .deed = KC_DEED_READ,
    .effect = KC_READ_ONLY,
    .shape = KC_SHAPE_FIELD,
    .operands = "FIELD",
    .participle = "explained",
    .flags = flags,
    .validate = validate,
    .look = look,
    .show = show,
    .summary = summary,
};
