/* What a visit writes to the API server: status, finalizer, Events. */
#include <string.h>

#include "controller/base/log.h"
#include "controller/reconcile/visit.h"

/* A group of many parts shows at most so often how far it is. */
#define SHOW_EVERY_MS KC_SECOND_MS

static const struct kc_mapping events = {
    .group = "", .version = "v1", .kind = "Event", .resource = "events", .namespaced = true};

void kc_visit_enter(struct kc_visit *v, enum kc_phase phase, const char *reason, const char *message)
{
    struct kc_chatrequest_status *s = &v->cr.status;

    if (!s->conditions.present)
        kc_conditions_init(&s->conditions, v->cr.meta.generation, kc_unix_ms());
    kc_phase_enter(&s->conditions, phase, reason, message, v->cr.meta.generation, kc_unix_ms());
    s->observed_generation = v->cr.meta.generation;
    s->phase = kc_phase_name(phase);
    s->audit.first = v->first_row;
    s->audit.last = v->last_row;
}

static void let_go(void *json)
{
    json_decref(json);
}

void kc_visit_loaded(struct kc_visit *v)
{
    v->known = kc_chatrequest_encode_status(&v->cr.status);
    kc_arena_defer(v->a, let_go, v->known);
}

/* Keeps the server's answer as what we know, until the watch shows it. */
static bool learn(struct kc_visit *v, json_t *answer, struct kc_err *err)
{
    struct kc_chatrequest *cr = kc_arena_alloc(v->a, sizeof *cr);
    const char *replaced = v->cr.meta.resource_version;
    char *text = json_dumps(answer, JSON_COMPACT);

    if (!text)
        return kc_fail(err, KC_FATAL, "Encoding", "the API server's answer for %s cannot be encoded", v->key);
    bool ok = kc_chatrequest_decode(v->a, answer, false, cr, err);
    if (ok) {
        kc_echo_put(v->chat->echo, v->key, text, cr->meta.resource_version, replaced);
        v->cr = *cr;
        kc_visit_loaded(v);
    }
    free(text);
    return ok;
}

bool kc_visit_write(struct kc_visit *v, struct kc_err *err)
{
    struct kc_call as_ourselves = {0};
    const char *path = kc_resource_path(v->a, &kc_chatrequest_mapping, v->cr.meta.ns, v->cr.meta.name, "status");
    json_t *answer;

    if (!kc_chatrequest_fit_status(v->a, &v->cr.status))
        return kc_fail(err, KC_INVALID, "StatusTooLarge",
                       "the status of %s does not fit into %d KiB: split the request", v->key,
                       (int)(KC_MAX_STATUS_BYTES / 1024));
    KC_JSON_SCOPE *body = kc_chatrequest_encode(&v->cr);
    if (json_equal(json_object_get(body, "status"), v->known))
        return true;
    if (!kc_kube_send(v->chat->cluster.kube, "PUT", path, "fieldManager=kubechat", "application/json", body,
                      &as_ourselves, v->a, &answer, err))
        return kc_wrap(err, "status of %s", v->key);
    v->written_ms = kc_mono_ms();
    return learn(v, answer, err);
}

/* Of a group: whether all of it has come as far as this result says. */
static bool all_parts(const struct kc_visit *v, size_t first, const char *result)
{
    size_t end = kc_plan_group_end(&v->plan, first);
    bool verified = KC_STREQ(result, "Verified");

    for (size_t i = first; i < end; i++)
        if (v->steps[i].progress != KC_STEP_DONE || (verified && !v->steps[i].verified))
            return false;
    return true;
}

bool kc_visit_show_result(struct kc_visit *v, size_t step, const char *result, struct kc_err *err)
{
    size_t group = kc_plan_group_of(&v->plan, step), first = step;

    if (group >= v->cr.status.plan.n_steps)
        return true;
    struct kc_step_status *s = &v->cr.status.plan.steps[group];
    while (first > 0 && kc_record_together(&v->plan.steps[first - 1], &v->plan.steps[step]))
        first--;
    s->parts = kc_step_parts(v->a, &v->plan, v->steps, first);
    bool failed = v->steps[step].broken || v->steps[step].progress == KC_STEP_REFUSED;
    if (!*s->parts || failed || all_parts(v, first, result))
        s->result = result;
    return !*s->parts || kc_mono_ms() - v->written_ms < SHOW_EVERY_MS || kc_visit_write(v, err);
}

bool kc_visit_hold(struct kc_visit *v, bool hold, struct kc_err *err)
{
    struct kc_call as_ourselves = {0};
    const char *path = kc_resource_path(v->a, &kc_chatrequest_mapping, v->cr.meta.ns, v->cr.meta.name, NULL);
    struct kc_chatrequest_status status = v->cr.status;
    KC_JSON_SCOPE *finalizers = json_array();
    json_t *answer;

    for (size_t i = 0; i < v->cr.meta.finalizers.n; i++)
        if (!KC_STREQ(v->cr.meta.finalizers.v[i], KC_FINALIZER))
            json_array_append_new(finalizers, json_string(v->cr.meta.finalizers.v[i]));
    if (hold)
        json_array_append_new(finalizers, json_string(KC_FINALIZER));
    KC_JSON_SCOPE *patch = json_pack("{s:{s:s, s:O}}", "metadata", "resourceVersion", v->cr.meta.resource_version,
                                     "finalizers", finalizers);
    if (!kc_kube_send(v->chat->cluster.kube, "PATCH", path, "fieldManager=kubechat", "application/merge-patch+json",
                      patch, &as_ourselves, v->a, &answer, err))
        return kc_wrap(err, "finalizer of %s", v->key);
    if (!learn(v, answer, err))
        return false;
    if (hold)
        v->cr.status = status; /* what this visit has found out so far is newer than what the server holds */
    return true;
}

void kc_visit_event(struct kc_visit *v, bool warning, const char *reason, const char *message)
{
    struct kc_call as_ourselves = {.timeout_ms = 5 * KC_SECOND_MS};
    char now[KC_TIME_LEN], id[37];
    struct kc_err err = {0};
    json_t *answer;

    kc_time_format(now, kc_unix_ms());
    KC_JSON_SCOPE *event = json_pack(
        "{s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s, s:s, s:s, s:s, s:s}, s:s, s:s, s:s, s:s, s:s, s:i, s:{s:s}, s:s, s:s}",
        "apiVersion", "v1", "kind", "Event", "metadata", "name",
        kc_arena_printf(v->a, "%.200s.%s", v->cr.meta.name, kc_uuid(id)), "namespace", v->cr.meta.ns, "involvedObject",
        "apiVersion", KC_GROUP "/" KC_API_VERSION, "kind", KC_CHATREQUEST_KIND, "namespace", v->cr.meta.ns, "name",
        v->cr.meta.name, "uid", v->cr.meta.uid, "resourceVersion", v->cr.meta.resource_version, "reason", reason,
        "message", kc_arena_printf(v->a, "%.1000s", message), "type", warning ? "Warning" : "Normal", "firstTimestamp",
        now, "lastTimestamp", now, "count", 1, "source", "component", "kubechat", "reportingComponent",
        "kubechat.io/manager", "reportingInstance", "kubechat");
    if (!kc_kube_send(v->chat->cluster.kube, "POST", kc_resource_path(v->a, &events, v->cr.meta.ns, NULL, NULL), NULL,
                      "application/json", event, &as_ourselves, v->a, &answer, &err))
        kc_log(KC_DEBUG, "reconcile", "event not written", "request", v->key, "error", err.message, NULL);
}
