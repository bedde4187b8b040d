/* kubectl events: what happened, the newest last. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "controller/action/kubectl.h"
#include "controller/action/read.h"
#include "controller/action/verbs.h"
#include "controller/base/clock.h"
#include "controller/show/show.h"

#define A_PAGE "500"
#define PAGES  10

enum { FOR, TYPES, ALL_NAMESPACES };

static const struct kc_flag flags[] = {
    [FOR] = {.name = "for", .kind = KC_FLAG_STRING},
    [TYPES] = {.name = "types", .kind = KC_FLAG_STRING},
    [ALL_NAMESPACES] = {.name = "all-namespaces", .letter = 'A', .kind = KC_FLAG_BOOL},
    {.name = NULL},
};

/* Names that a kind goes by besides its own and the plural of it. */
static const struct {
    const char *word, *kind;
} also_called[] = {
    {"po", "Pod"},
    {"deploy", "Deployment"},
    {"rs", "ReplicaSet"},
    {"sts", "StatefulSet"},
    {"ds", "DaemonSet"},
    {"no", "Node"},
    {"svc", "Service"},
    {"cm", "ConfigMap"},
    {"cj", "CronJob"},
    {"ns", "Namespace"},
    {"pvc", "PersistentVolumeClaim"},
    {"pv", "PersistentVolume"},
    {"ing", "Ingress"},
    {"hpa", "HorizontalPodAutoscaler"},
    {"chat", "ChatRequest"},
    {"ingresses", "Ingress"},
};

static const char *name_in(const char *object)
{
    const char *slash = strchr(object, '/');
    return slash ? slash + 1 : object;
}

static bool types_known(const char *types)
{
    for (const char *p = types;; p++) {
        size_t len = strcspn(p, ",");
        if (!(len == 6 && strncasecmp(p, "Normal", len) == 0) && !(len == 7 && strncasecmp(p, "Warning", len) == 0))
            return false;
        p += len;
        if (!*p)
            return true;
    }
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    const char *object = kc_action_flag(act, "for"), *types = kc_action_flag(act, "types");

    (void)a;
    if (types && !types_known(types))
        return kc_fail(err, KC_INVALID, "BadFlag", "--types=%.64s: valid are Normal and Warning", types);
    if (object && (!strchr(object, '/') || object[0] == '/' || !*name_in(object) || strchr(name_in(object), '/') ||
                   strpbrk(object, ",= ")))
        return kc_fail(err, KC_INVALID, "BadFlag", "--for=%.64s: expected TYPE/NAME", object);
    return true;
}

static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    const char *object = kc_action_flag(act, "for"), *more = kc_read_continue(so_far);
    KC_BUF_SCOPE query = {0};

    if (so_far->n && (!more || so_far->n >= PAGES))
        return false;
    kc_query_add(&query, "limit", A_PAGE);
    if (object)
        kc_query_add(&query, "fieldSelector", kc_arena_printf(a, "involvedObject.name=%s", name_in(object)));
    kc_query_add(&query, "continue", more);
    *ret = kc_read_request(a, kc_target_path(a, &act->target, NULL), &query, NULL);
    return true;
}

/* "pods", "pod", "po", "Pod", "pods.v1." mean the kind Pod. */
static bool means(const char *type, size_t len, const char *kind)
{
    size_t n = strlen(kind);

    if (strncasecmp(type, kind, n) == 0 && (len == n || (len == n + 1 && tolower((unsigned char)type[n]) == 's')))
        return true;
    for (size_t i = 0; i < sizeof also_called / sizeof also_called[0]; i++)
        if (strlen(also_called[i].word) == len && strncasecmp(also_called[i].word, type, len) == 0)
            return KC_STREQ(also_called[i].kind, kind);
    return false;
}

/* The events of --for's object: those of its name, and of its kind where any is of a kind that goes by that word (a
 * custom type may go by any). New references, one list. */
static json_t *of_object(const struct kc_action *act, const json_t *const *pages, size_t n)
{
    const char *object = kc_action_flag(act, "for");
    json_t *named = json_array(), *of_kind = json_array(), *e;
    size_t j;

    for (size_t i = 0; i < n; i++)
        json_array_foreach(json_object_get(pages[i], "items"), j, e)
        {
            json_array_append(named, e);
            if (object && means(object, strcspn(object, "/."), kc_or(kc_json_str(e, "involvedObject.kind"), "")))
                json_array_append(of_kind, e);
        }
    json_t *chosen = json_array_size(of_kind) ? of_kind : named;
    json_t *list = json_pack("{s:O}", "items", chosen);
    json_decref(named);
    json_decref(of_kind);
    return list;
}

static bool show(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen, struct kc_buf *out,
                 struct kc_err *err)
{
    struct kc_events_style style = {.with_namespace = kc_action_flag(act, "all-namespaces") != NULL,
                                    .types = kc_action_flag(act, "types")};
    size_t n, before = out->len;
    const json_t **pages = kc_read_json(a, seen, 0, &n);
    KC_JSON_SCOPE *list = of_object(act, pages, n);
    const json_t *one = list;

    (void)err;
    kc_show_events(a, &one, 1, &style, kc_unix_ms(), out);
    if (out->len == before && *act->target.ns)
        kc_buf_printf(out, "No events found in %s namespace.\n", act->target.ns);
    else if (out->len == before)
        kc_buf_puts(out, "No events found.\n");
    kc_buf_puts(out, kc_read_left(a, seen));
    return true;
}

static const char *summary(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    size_t n;
    const json_t **pages = kc_read_json(a, seen, 0, &n);
    KC_JSON_SCOPE *list = of_object(act, pages, n);
    const json_t *one = list;

    return kc_show_events_summary(a, &one, 1, kc_action_flag(act, "types"));
}

const struct kc_verb kc_verb_events = {
    .name = "events",
    .aliases = "|event|ev|",
    .deed = KC_DEED_READ,
    .effect = KC_READ_ONLY,
    .shape = KC_SHAPE_NONE,
    .type = "events",
    .flags = flags,
    .validate = validate,
    .look = look,
    .show = show,
    .summary = summary,
};
