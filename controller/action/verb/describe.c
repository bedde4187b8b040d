/* kubectl describe: an object by its fields, and what happened to it. */
#include <string.h>

#include "controller/action/kubectl.h"
#include "controller/action/read.h"
#include "controller/action/verbs.h"
#include "controller/base/clock.h"
#include "controller/base/labels.h"
#include "controller/show/show.h"

#define OBJECTS "25" /* described at once; more are told to be left out */
#define EVENTS  "500"

enum { SELECTOR, ALL_NAMESPACES };
/* The order of the looks. */
enum { OBJECT, ITS_EVENTS, ITS_LIST };

static const struct kc_flag flags[] = {
    [SELECTOR] = {.name = "selector", .letter = 'l', .kind = KC_FLAG_STRING},
    [ALL_NAMESPACES] = {.name = "all-namespaces", .letter = 'A', .kind = KC_FLAG_BOOL},
    {.name = NULL},
};

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    (void)a;
    return kc_read_check_selector(act, err);
}

/* What else is read of a named object: what it controls or leads to. */
static bool its_list(struct kc_arena *a, const struct kc_action *act, const json_t *object, struct kc_api_request *ret)
{
    const struct kc_target *t = &act->target;
    bool deployment = KC_STREQ(t->group, "apps") && KC_STREQ(t->kind, "Deployment");
    bool service = !*t->group && KC_STREQ(t->kind, "Service");
    struct kc_target list = {"apps", "v1", "ReplicaSet", "replicasets", t->ns, ""};
    KC_BUF_SCOPE query = {0};

    if (service)
        list = (struct kc_target){"discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", t->ns, ""};
    if (!*t->name || (!deployment && !service))
        return false;
    kc_query_add(&query, "labelSelector",
                 service ? kc_arena_printf(a, "kubernetes.io/service-name=%s", t->name) : kc_selector_text(a, object));
    *ret = kc_read_request(a, kc_target_path(a, &list, NULL), &query, NULL);
    return true;
}

/* Events of what is in no namespace are in "default". */
static struct kc_api_request events_request(struct kc_arena *a, const struct kc_action *act, const json_t *object)
{
    const struct kc_target *t = &act->target;
    const char *of_one = *t->ns ? t->ns : *t->name ? "default" : "";
    struct kc_target events = {"", "v1", "Event", "events", of_one, ""};
    KC_BUF_SCOPE query = {0};

    kc_query_add(&query, "limit", EVENTS);
    if (*t->name)
        kc_query_add(&query, "fieldSelector",
                     kc_arena_printf(a, "involvedObject.name=%s,involvedObject.kind=%s,involvedObject.uid=%s", t->name,
                                     t->kind, kc_or(kc_json_str(object, "metadata.uid"), "")));
    return kc_read_request(a, kc_target_path(a, &events, NULL), &query, NULL);
}

static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    KC_BUF_SCOPE query = {0};

    switch (so_far->n) {
    case OBJECT:
        if (!*act->target.name) {
            kc_query_add(&query, "limit", OBJECTS);
            kc_query_add(&query, "labelSelector", kc_action_flag(act, "selector"));
        }
        *ret = kc_read_request(a, kc_target_path(a, &act->target, NULL), &query, NULL);
        return true;
    case ITS_EVENTS:
        *ret = events_request(a, act, so_far->v[OBJECT].json);
        return true;
    case ITS_LIST:
        return its_list(a, act, so_far->v[OBJECT].json, ret);
    default:
        return false;
    }
}

/* Who may see the object but not its events sees the object. */
static bool tolerates(const struct kc_looked *so_far, int http_status)
{
    return so_far->n > OBJECT && http_status == 403;
}

/* The events of one of the listed objects. */
static json_t *events_of(const json_t *events, const json_t *object)
{
    json_t *out = json_array(), *e;
    const char *uid = kc_or(kc_json_str(object, "metadata.uid"), "");
    size_t i;

    json_array_foreach(json_object_get(events, "items"), i, e)
    {
        if (KC_STREQ(kc_or(kc_json_str(e, "involvedObject.uid"), ""), uid))
            json_array_append(out, e);
    }
    return json_pack("{s:o}", "items", out);
}

static void show_one(struct kc_arena *a, const json_t *object, const struct kc_looked *seen, struct kc_buf *out)
{
    const struct kc_answer *events = &seen->v[ITS_EVENTS];
    KC_JSON_SCOPE *its_own = events->json ? events_of(events->json, object) : NULL;

    kc_show_description(a, object, its_own, seen->n > ITS_LIST ? seen->v[ITS_LIST].json : NULL, kc_unix_ms(), out);
    if (!events->json) {
        kc_buf_puts(out, "Events:  not shown: ");
        kc_show_cell(out, kc_or(events->text, ""));
        kc_buf_putc(out, '\n');
    }
}

static bool show(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen, struct kc_buf *out,
                 struct kc_err *err)
{
    const struct kc_target *t = &act->target;
    const json_t *object = seen->v[OBJECT].json;
    const char *api = *t->group ? kc_arena_printf(a, "%s/%s", t->group, t->version) : t->version;
    KC_JSON_SCOPE *list = kc_show_listed(&object, 1, !*t->name, false, api, t->kind);
    struct kc_looked first = {.v = seen->v, .n = 1};

    (void)err;
    if (*t->name) {
        show_one(a, list, seen, out);
        return true;
    }
    const json_t *items = json_object_get(list, "items");
    for (size_t i = 0; i < json_array_size(items) && !out->overflow; i++) {
        kc_buf_puts(out, i ? "\n\n" : "");
        show_one(a, json_array_get(items, i), seen, out);
    }
    if (json_array_size(items) == 0)
        kc_buf_printf(out, "No resources found%s%s%s\n", *t->ns ? " in " : "", t->ns, *t->ns ? " namespace." : "");
    kc_buf_puts(out, kc_read_left(a, &first));
    return true;
}

/* Why the first container that does not run waits or ended; NULL: all run. */
static const char *trouble(const json_t *pod)
{
    size_t i;
    json_t *s;

    json_array_foreach(kc_json_at(pod, "status.containerStatuses"), i, s)
    {
        const char *waits = kc_json_str(s, "state.waiting.reason"), *ended = kc_json_str(s, "state.terminated.reason");
        if (waits || ended)
            return waits ? waits : ended;
    }
    return NULL;
}

static const char *summary(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    const struct kc_target *t = &act->target;
    const json_t *object = seen->v[OBJECT].json, *events = seen->n > ITS_EVENTS ? seen->v[ITS_EVENTS].json : NULL;
    KC_JSON_SCOPE *its_own = events_of(events, object);
    const json_t *of_one = its_own;
    size_t n = json_array_size(json_object_get(object, "items"));
    KC_BUF_SCOPE state = {0};

    if (!*t->name)
        return kc_arena_printf(a, "%zu %s described", n, n == 1 ? kc_read_singular(a, t) : t->resource);
    const char *phase = kc_or(trouble(object), kc_json_str(object, "status.phase"));
    if (phase)
        kc_show_cell(&state, phase);
    return kc_arena_printf(a, "%s %s: %s%s%s", kc_read_singular(a, t), t->name, kc_buf_str(&state), phase ? ", " : "",
                           kc_show_events_summary(a, &of_one, 1, NULL));
}

const struct kc_verb kc_verb_describe = {
    .name = "describe",
    .deed = KC_DEED_READ,
    .effect = KC_READ_ONLY,
    .effect_of = kc_read_effect,
    .shape = KC_SHAPE_TYPED,
    .participle = "described",
    .flags = flags,
    .validate = validate,
    .look = look,
    .tolerates = tolerates,
    .show = show,
    .summary = summary,
};
