#include "controller/reconcile/chatrequest.h"

#include <string.h>

#include "controller/base/log.h"
#include "controller/reconcile/visit.h"

/* Far more than etcd takes. */
#define MAX_OBJECT (8 << 20)
/* Effects in one visit. */
#define MAX_EFFECTS (8 * KC_MAX_STEPS)
/* How long until a visit that wanted the audit store is tried again: growing delays would sleep on after its return for
 * as long as it was away, past a request's deadline. */
#define STORE_AWAY_MS (3 * KC_SECOND_MS)

/* Shows what the guard said of the plan: who still has to approve, and with what words. */
static void show_verdict(struct kc_visit *v, const struct kc_verdict *verdict)
{
    struct kc_chatrequest_status *s = &v->cr.status;

    s->risk = verdict->risk;
    s->approvals.required = verdict->required;
    s->approvals.granted = verdict->granted;
    s->approvals.confirm = verdict->confirm;
    s->approvals.summary = kc_arena_printf(v->a, "%d/%d", verdict->granted, verdict->required);
    for (size_t i = 0, group = 0; group < s->plan.n_steps && i < verdict->n_said; group++) {
        size_t end = kc_plan_group_end(&v->plan, i);
        s->plan.steps[group].policies = verdict->said[i];
        for (i++; i < end && i < verdict->n_said; i++)
            kc_strs_unite(v->a, &s->plan.steps[group].policies, &verdict->said[i]);
    }
}

/* What policies that only warn would have done: said once, when the plan is first shown. */
static void warn(struct kc_visit *v, const struct kc_verdict *verdict)
{
    for (size_t i = 0; i < verdict->warned.n; i++)
        kc_visit_event(v, true, "PolicyWarning", kc_arena_printf(v->a, "policy %s", verdict->warned.v[i]));
}

static bool await_approval(struct kc_visit *v, const struct kc_do *what, struct kc_err *err)
{
    const struct kc_verdict *verdict = &what->verdict;
    bool first = kc_phase_of(&v->cr.status.conditions) != KC_AWAITING_APPROVAL;

    show_verdict(v, verdict);
    kc_visit_enter(v, KC_AWAITING_APPROVAL, what->ending.reason, what->ending.message);
    if (!kc_visit_write(v, err))
        return false;
    if (first) {
        kc_visit_event(v, false, "AwaitingApproval",
                       kc_arena_printf(v->a, "%s; %s", v->cr.status.summary, what->ending.message));
        warn(v, verdict);
    }
    return true;
}

static bool hold(struct kc_visit *v, const struct kc_verdict *verdict, struct kc_err *err)
{
    if (!kc_strs_has(&v->cr.meta.finalizers, KC_FINALIZER) && !kc_visit_hold(v, true, err))
        return false;
    size_t groups = kc_plan_groups(&v->plan);
    if (kc_phase_of(&v->cr.status.conditions) < KC_AWAITING_APPROVAL)
        warn(v, verdict);
    show_verdict(v, verdict);
    kc_visit_enter(v, KC_EXECUTING, "Executing",
                   kc_arena_printf(v->a, "executing %zu step%s", groups, groups == 1 ? "" : "s"));
    return kc_visit_write(v, err);
}

/* Parts that were put off: what they wait for is there to be read. */
static bool show_waiting(struct kc_visit *v, struct kc_err *err)
{
    const struct kc_condition *shown = &v->cr.status.conditions.v[KC_EXECUTED];

    for (size_t i = 0; i < v->plan.n_steps; i = kc_plan_group_end(&v->plan, i)) {
        const char *parts = kc_step_parts(v->a, &v->plan, v->steps, i);
        if (*parts && v->steps[kc_plan_group_end(&v->plan, i) - 1].progress != KC_STEP_DONE &&
            !KC_STREQ(kc_or(shown->message, ""), parts))
            kc_visit_enter(v, KC_EXECUTING, "WaitingForParts", parts);
    }
    return kc_visit_write(v, err);
}

static bool delete_request(struct kc_visit *v, struct kc_err *err)
{
    struct kc_call as_ourselves = {0};
    const char *path = kc_resource_path(v->a, &kc_chatrequest_mapping, v->cr.meta.ns, v->cr.meta.name, NULL);
    KC_JSON_SCOPE *options = json_pack("{s:s, s:s, s:{s:s}}", "apiVersion", "v1", "kind", "DeleteOptions",
                                       "preconditions", "uid", v->cr.meta.uid);
    struct kc_err e = {0};
    json_t *answer;

    if (kc_kube_send(v->chat->cluster.kube, "DELETE", path, NULL, "application/json", options, &as_ourselves, v->a,
                     &answer, &e) ||
        e.class == KC_NOT_FOUND)
        return true;
    *err = e;
    return false;
}

/* Carries one decision out. *done: the visit is over; *again_ms says when to come back (< 0: when the object changes).
 */
static bool perform(struct kc_visit *v, const struct kc_do *what, bool *done, int64_t *again_ms, struct kc_err *err)
{
    bool wait = false;

    v->verdict = what->verdict;
    switch (what->kind) {
    case KC_DO_NOTHING:
        *done = true;
        return true;
    case KC_DO_WAIT:
        *done = true;
        *again_ms = what->delay_ms;
        return kc_phase_of(&v->cr.status.conditions) != KC_EXECUTING || show_waiting(v, err);
    case KC_DO_PLAN:
        *again_ms = 0;
        if (!kc_perform_plan(v, again_ms, err))
            return false;
        *done = *again_ms > 0; /* a model is being asked */
        return true;
    case KC_DO_JUDGE:
        return kc_perform_judge(v, err);
    case KC_DO_FOLLOW:
        return kc_perform_follow(v, what, err);
    case KC_DO_AWAIT:
        *done = true;
        *again_ms = what->delay_ms;
        return await_approval(v, what, err);
    case KC_DO_HOLD:
        return hold(v, &what->verdict, err);
    case KC_DO_EXECUTE:
        return kc_perform_execute(v, what->step, err);
    case KC_DO_READ:
        if (what->verdict.required)
            show_verdict(v, &what->verdict);
        return kc_perform_read(v, what->step, err);
    case KC_DO_RECOVER:
        if (!kc_perform_recover(v, what->step, &wait, err))
            return false;
        *done = wait; /* the command's end wakes the key */
        return true;
    case KC_DO_VERIFY:
        if (!kc_perform_verify(v, what->step, &wait, err))
            return false;
        *done = wait;
        *again_ms = KC_VERIFY_EVERY_MS;
        return true;
    case KC_DO_FINISH:
        if (what->verdict.n_said)
            show_verdict(v, &what->verdict);
        return kc_perform_finish(v, &what->ending, err);
    case KC_DO_RELEASE:
        return kc_visit_hold(v, false, err);
    case KC_DO_DELETE:
        *done = true;
        return delete_request(v, err);
    }
    return kc_fail(err, KC_FATAL, "UnknownEffect", "step() asked for effect %d", (int)what->kind);
}

/* The store is away: nothing is done without a durable row, and the request says so while it waits. */
static void show_audit_unavailable(struct kc_visit *v, const struct kc_err *cause)
{
    struct kc_conditions *c = &v->cr.status.conditions;
    struct kc_err ignored = {0};

    if (KC_STREQ(kc_or(c->v[KC_RECONCILING].reason, ""), "AuditUnavailable"))
        return;
    if (!c->present)
        kc_visit_enter(v, KC_PENDING, NULL, "");
    kc_condition_set(c, KC_RECONCILING, KC_TRUE, "AuditUnavailable", kc_arena_strdup(v->a, cause->message),
                     v->cr.meta.generation, kc_unix_ms());
    if (!kc_visit_write(v, &ignored))
        kc_log(KC_DEBUG, "reconcile", "status not written", "request", v->key, "error", ignored.message, NULL);
}

/* The newest version that we know: the cache's, or what our own last write was answered with. */
static bool load(struct kc_visit *v, const struct kc_record *r, struct kc_err *err)
{
    const char *text = kc_echo_get(v->chat->echo, v->key, r->resource_version, v->a);

    if (!text)
        text = r->data;
    const json_t *object = kc_json_parse_in(v->a, text, strlen(text), MAX_OBJECT, v->key, err);
    if (!object || !kc_chatrequest_decode(v->a, object, false, &v->cr, err))
        return false;
    kc_visit_loaded(v);
    return true;
}

/* The policies as they are now, before each decision: a kill switch may have been pulled while a step was made. */
static void look_at_policies(struct kc_visit *v)
{
    const struct kc_policy_set *now = kc_policies_get(v->chat->policies);

    if (now == v->o.policies)
        kc_policy_set_unref(now);
    else if (now)
        kc_arena_defer(v->a, kc_policies_let_go, (void *)now);
    v->o.policies = now;
}

static bool visit(struct kc_visit *v, int64_t *again_ms, struct kc_err *err)
{
    bool done = false;

    if (!kc_visit_observe(v, err))
        return false;
    for (int i = 0; i < MAX_EFFECTS && !done; i++) {
        look_at_policies(v);
        struct kc_do what = kc_step(&v->o, kc_unix_ms(), v->a);
        *again_ms = -1;
        if (!perform(v, &what, &done, again_ms, err))
            return false;
    }
    if (!done)
        *again_ms = 0; /* other keys get their turn first */
    return true;
}

bool kc_chat_gone(struct kc_chat *c, const char *ns, const char *name, const char *uid, struct kc_arena *a,
                  struct kc_err *err)
{
    struct kc_audit_row *rows;
    size_t n;

    if (!kc_audit_rows(c->audit, uid, a, &rows, &n, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (rows[i].type == KC_ROW_FINISHED)
            return true;
    if (n == 0)
        return true; /* nothing was ever done for it */
    struct kc_row row = {.type = KC_ROW_FINISHED,
                         .time = kc_unix_ms(),
                         .cluster_uid = c->cluster.uid,
                         .who = {.username = "", .uid = ""},
                         .request_ns = ns,
                         .request_name = name,
                         .request_uid = uid,
                         .plan_digest = "",
                         .step = "",
                         .command = "",
                         .target = "",
                         .result = kc_phase_name(KC_CANCELLED),
                         .reason = "Deleted",
                         .message = "the request was deleted before it ended"};
    struct kc_audit_batch batch = {.rows = &row, .n_rows = 1, .once = "finished"};
    return kc_audit_append(c->audit, &batch, NULL, err);
}

/* "ns/name#uid": an object that the watch saw deleted. */
static bool gone(struct kc_chat *c, const char *key, const char *uid, struct kc_arena *a, struct kc_err *err)
{
    const char *slash = strchr(key, '/');

    kc_echo_forget(c->echo, kc_arena_strndup(a, key, (size_t)(uid - key)));
    return kc_chat_gone(c, kc_arena_strndup(a, key, (size_t)(slash - key)),
                        kc_arena_strndup(a, slash + 1, (size_t)(uid - slash - 1)), uid + 1, a, err);
}

bool kc_chat_reconcile(void *arg, const char *key, struct kc_arena *a, int64_t *again_ms, struct kc_err *err)
{
    struct kc_chat *c = arg;
    const char *uid = strchr(key, '#');

    *again_ms = -1;
    if (uid)
        return gone(c, key, uid, a, err);
    const struct kc_record *r = kc_store_get(c->requests, key);
    if (!r)
        return true;
    struct kc_visit v = {.chat = c, .a = a, .key = key};
    bool readable = load(&v, r, err);
    bool ok = readable && visit(&v, again_ms, err);
    kc_record_unref(r);
    /* What went wrong is ours (a right not granted yet, a disk), never the request's: those are ends, not errors. */
    if (readable && !ok && err->class != KC_CONFLICT && err->class != KC_UNAVAILABLE)
        err->class = KC_RETRY;
    if (readable && !ok && err->class == KC_UNAVAILABLE && !kc_audit_available(c->audit)) {
        show_audit_unavailable(&v, err);
        err->retry_after_ms = STORE_AWAY_MS;
    }
    return ok;
}
