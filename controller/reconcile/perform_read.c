/* A read: looked at as the requester; what is kept is how much was seen, never what. */
#include "controller/exec/object.h"
#include "controller/exec/read.h"
#include "controller/reconcile/visit.h"

static bool record(struct kc_visit *v, size_t step, const char *result, const char *reason, const char *message,
                   json_t *detail, struct kc_err *err)
{
    struct kc_row row = kc_visit_step_row(v, KC_ROW_READ, step);
    const char *what = KC_STREQ(result, KC_READ_WAITING) ? "wait" : "read";
    /* Another plan of the same digest asks for the very same. */
    struct kc_audit_batch batch = {
        .rows = &row, .n_rows = 1, .once = kc_arena_printf(v->a, "%s/%zu/%s", what, step + 1, v->o.plan_digest)};

    row.result = result;
    row.reason = reason;
    row.message = message;
    row.detail = detail;
    return kc_visit_record(v, &batch, err) || kc_wrap(err, "read of step %zu", step + 1);
}

static bool take(struct kc_visit *v, size_t step, enum kc_progress progress, const char *message, struct kc_err *err)
{
    v->steps[step].progress = progress;
    v->steps[step].verified = progress == KC_STEP_DONE;
    v->steps[step].message = message;
    v->steps[step].done_at = kc_unix_ms();
    return kc_visit_show_result(v, step, message, err);
}

/* What was found stands in the summary, unless a change has to be seen there. */
static void show(struct kc_visit *v, size_t step, const char *summary)
{
    for (size_t i = 0; i < v->plan.n_steps; i++)
        if (v->plan.steps[i].action.verb->deed != KC_DEED_READ)
            return;
    v->cr.status.summary =
        step == 0 ? summary : kc_arena_printf(v->a, "%s; %s", kc_or(v->cr.status.summary, ""), summary);
}

/* Whether the read is over: it waits for nothing, or that has come. */
static bool is_over(struct kc_visit *v, const struct kc_action *act, const struct kc_looked *seen, bool *ret,
                    const char **ret_missing, struct kc_err *err)
{
    *ret = true;
    return !act->verb->arrived || act->verb->arrived(v->a, act, seen, ret, ret_missing, err);
}

/* When it began is a row, so that its time runs on over a restart; the status says what is missing. */
static bool wait_on(struct kc_visit *v, size_t step, const char *missing, struct kc_err *err)
{
    struct kc_step_progress *s = &v->steps[step];
    const struct kc_conditions *shown = &v->cr.status.conditions;

    if (!s->waits_since) {
        if (!record(v, step, KC_READ_WAITING, "NotYet", "", NULL, err))
            return false;
        s->waits_since = kc_unix_ms();
    }
    s->looked_at = kc_unix_ms();
    s->message = missing;
    const char *message = kc_step_message(v->a, &v->plan, step, missing);
    if (kc_phase_of(shown) == KC_EXECUTING && KC_STREQ(kc_or(shown->v[KC_RECONCILING].message, ""), message))
        return true;
    kc_visit_enter(v, KC_EXECUTING, "Waiting", message);
    return kc_visit_write(v, err);
}

bool kc_perform_read(struct kc_visit *v, size_t step, struct kc_err *err)
{
    const struct kc_record_step *s = &v->plan.steps[step];
    const char *missing = "";
    struct kc_read read;
    struct kc_err e = {0};
    bool over = true;

    if (!kc_read(&v->chat->cluster, &v->cr.spec.requested_by.who, &s->action, v->a, &read, &e) ||
        !is_over(v, &s->action, &read.seen, &over, &missing, &e)) {
        if (!kc_is_refusal(&e) && e.class != KC_NOT_FOUND) {
            *err = e;
            return kc_wrap(err, "step %zu", step + 1);
        }
        const char *why = kc_arena_strdup(v->a, e.message);
        if (!record(v, step, "Refused", "ApiServerRefused", why, NULL, err))
            return false;
        return take(v, step, KC_STEP_REFUSED, why, err);
    }
    if (!over)
        return wait_on(v, step, missing, err);
    KC_JSON_SCOPE *detail = json_pack("{s:I, s:I, s:b, s:s}", "bytes", (json_int_t)read.len, "lines",
                                      (json_int_t)read.lines, "truncated", read.truncated, "digest", read.digest);
    if (!record(v, step, "Read", "Seen", read.summary, detail, err))
        return false;
    show(v, step, read.summary);
    return take(v, step, KC_STEP_DONE, read.summary, err);
}
