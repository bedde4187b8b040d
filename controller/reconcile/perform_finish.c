/* After execution: verification, and how a request ends. */
#include <pthread.h>
#include <string.h>

#include "controller/base/metrics.h"
#include "controller/exec/verify.h"
#include "controller/reconcile/visit.h"

/* A line of `kubectl get chat` fits into so many columns, as long as the summary keeps the least. */
#define LINE_COLUMNS          120
#define SUMMARY_LEAST_COLUMNS 32
#define SUMMARY_MOST_COLUMNS  72

static bool record_verification(struct kc_visit *v, size_t step, bool holds, const char *message, struct kc_err *err)
{
    struct kc_row row = kc_visit_row(v, KC_ROW_VERIFIED);
    struct kc_audit_batch batch = {
        .rows = &row, .n_rows = 1, .once = kc_arena_printf(v->a, "verified/%zu/%s", step + 1, v->o.plan_digest)};

    row.plan_digest = v->o.plan_digest;
    row.step = kc_arena_printf(v->a, "%zu", step + 1);
    row.command = v->plan.steps[step].command;
    row.result = holds ? "Verified" : "Broken";
    row.reason = holds ? "RolledOut" : "NotAsPreviewed";
    row.message = message;
    return kc_visit_record(v, &batch, err);
}

bool kc_perform_verify(struct kc_visit *v, size_t step, bool *ret_wait, struct kc_err *err)
{
    enum kc_verification found;
    const char *message;

    *ret_wait = false;
    if (!kc_verify_step(&v->chat->cluster, &v->cr.spec.requested_by.who, &v->plan.steps[step], v->seen[step].before,
                        v->a, &found, &message, err))
        return false;
    if (found == KC_VERIFY_WAITING) {
        const struct kc_condition *shown = &v->cr.status.conditions.v[KC_VERIFIED];
        *ret_wait = true;
        if (kc_phase_of(&v->cr.status.conditions) == KC_VERIFYING && KC_STREQ(kc_or(shown->message, ""), message))
            return true;
        kc_visit_enter(v, KC_VERIFYING, "RollingOut", message);
        return kc_visit_write(v, err);
    }
    if (!record_verification(v, step, found == KC_VERIFY_HOLDS, message, err))
        return false;
    v->steps[step].message = message;
    v->steps[step].verified = found == KC_VERIFY_HOLDS;
    v->steps[step].broken = found != KC_VERIFY_HOLDS; /* step() ends the plan */
    return kc_visit_show_result(v, step, found == KC_VERIFY_HOLDS ? "Verified" : message, err);
}

static bool record_ending(struct kc_visit *v, const struct kc_ending *ending, struct kc_err *err)
{
    struct kc_row rows[2] = {kc_visit_row(v, KC_ROW_FINISHED), kc_visit_row(v, KC_ROW_ROLLED_BACK)};
    bool rolled_back = v->rolls_back && ending->phase == KC_SUCCEEDED;
    struct kc_audit_batch batch = {.rows = rows, .n_rows = rolled_back ? 2 : 1, .once = "finished"};

    rows[0].plan_digest = v->o.plan_digest;
    rows[0].result = kc_phase_name(ending->phase);
    rows[0].reason = ending->reason;
    rows[0].message = ending->message;
    /* In the trail of the request that was taken back: it is not taken back twice. */
    rows[1].request_name = v->cr.spec.rollback_of;
    rows[1].request_uid = kc_or(v->rolls_back, "");
    rows[1].result = v->cr.meta.name;
    rows[1].reason = "RolledBack";
    rows[1].message = ending->message;
    return kc_visit_record(v, &batch, err);
}

/* A column of `kubectl get`: the whole message stands in the conditions. */
static const char *clip(struct kc_arena *a, const char *text, size_t columns)
{
    size_t len = strcspn(text, "\n"), at = 0;
    uint32_t ignored;

    if (kc_utf8_count(text, len) <= columns)
        return kc_arena_strndup(a, text, len);
    for (size_t i = 0; i < columns - 1; i++)
        at += kc_utf8_decode(text + at, len - at, &ignored);
    return kc_arena_printf(a, "%.*s…", (int)at, text);
}

/* What the other columns of the line leave: Name, Phase, Risk, Target, Approvals, Age, and what stands between them. */
static size_t summary_columns(const struct kc_visit *v, const struct kc_ending *ending)
{
    const char *const others[] = {v->cr.meta.name, kc_phase_name(ending->phase),
                                  "Critical",      kc_or(v->cr.status.target, "TARGET"),
                                  "APPROVALS",     "100d"};
    size_t taken = 3, room;

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        taken += kc_utf8_count(others[i], strlen(others[i])) + 3;
    room = taken < LINE_COLUMNS ? LINE_COLUMNS - taken : 0;
    return room < SUMMARY_LEAST_COLUMNS  ? SUMMARY_LEAST_COLUMNS
           : room > SUMMARY_MOST_COLUMNS ? SUMMARY_MOST_COLUMNS
                                         : room;
}

static void show_ending(struct kc_visit *v, const struct kc_ending *ending)
{
    struct kc_chatrequest_status *s = &v->cr.status;
    const char *checkpoint = NULL;

    if (kc_audit_checkpoint(v->chat->audit, v->a, &checkpoint, NULL) && checkpoint)
        s->audit.checkpoint = checkpoint;
    /* What was to change stays in view when it was changed; every other end shows why. */
    bool of_the_plan = ending->phase == KC_SUCCEEDED && *kc_or(s->summary, "");
    s->summary = of_the_plan ? clip(v->a, s->summary, SUMMARY_MOST_COLUMNS)
                             : clip(v->a, ending->message, summary_columns(v, ending));
    if (s->approvals.required == 0)
        s->approvals.summary = "-";
    if (!*kc_or(s->target, ""))
        s->target = "-";
}

static struct kc_metric *finished;
static pthread_once_t finished_once = PTHREAD_ONCE_INIT;

static void create_metric(void)
{
    static const char *const labels[] = {"phase", NULL};

    finished =
        kc_metric_counter("kubechat_requests_finished_total", "ChatRequests that reached an end, by phase.", labels);
}

static void count_ending(enum kc_phase phase)
{
    const char *const values[] = {kc_phase_name(phase), NULL};

    pthread_once(&finished_once, create_metric);
    kc_metric_inc(finished, values);
}

bool kc_perform_finish(struct kc_visit *v, const struct kc_ending *ending, struct kc_err *err)
{
    bool well = ending->phase == KC_SUCCEEDED;

    if (v->o.recorded.phase == KC_PHASE_NONE) {
        if (!record_ending(v, ending, err))
            return false;
        count_ending(ending->phase);
        v->o.recorded = *ending;
    }
    kc_visit_enter(v, ending->phase, ending->reason, ending->message);
    show_ending(v, ending);
    if (!kc_visit_write(v, err))
        return false;
    kc_visit_event(v, !well, kc_phase_name(ending->phase), ending->message);
    return true;
}
