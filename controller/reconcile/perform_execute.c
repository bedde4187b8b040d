/* One step: look again, intent row, send, outcome row; and what became of an intent whose outcome is missing. */
#include "controller/exec/verify.h"
#include "controller/reconcile/rollback.h"
#include "controller/reconcile/running.h"

#define PUT_OFF "PutOff"

struct outcome {
    const char *result, *reason, *message;
    int http_status;
    const char *resource_version;
    const char *uid;     /* of the object that was made; NULL: not known */
    json_t *more;        /* for the row's detail; NULL: nothing */
    struct kc_blob blob; /* stored with the row; len 0: none */
};

static struct kc_step_fact fact_of(const struct kc_visit *v, size_t step)
{
    return (struct kc_step_fact){.request_uid = v->cr.meta.uid,
                                 .plan_digest = v->o.plan_digest,
                                 .step = kc_arena_printf(v->a, "%zu", step + 1),
                                 .attempt = v->steps[step].attempts};
}

/* Keyed digests of the values: the row proves what was sent without telling what it was. */
static json_t *value_digests(const struct kc_visit *v, const struct kc_record_step *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->n_changes; i++) {
        uint8_t from[KC_SHA256_LEN], to[KC_SHA256_LEN];
        char from_hex[KC_HEX_LEN], to_hex[KC_HEX_LEN];
        const struct kc_change *ch = &s->changes[i];
        if (ch->volatile_value)
            continue;
        kc_hmac_sha256(from, v->chat->seal_key.b, KC_SEAL_KEY_LEN, ch->from, strlen(ch->from));
        kc_hmac_sha256(to, v->chat->seal_key.b, KC_SEAL_KEY_LEN, ch->to, strlen(ch->to));
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s}", "path", ch->path, "from",
                                        kc_hex(from_hex, from, sizeof from), "to", kc_hex(to_hex, to, sizeof to)));
    }
    return list;
}

/* What allowed it: the rules that spoke right before. */
static json_t *rules_of(const struct kc_visit *v, size_t step)
{
    json_t *list = json_array();

    for (size_t i = 0; step < v->verdict.n_said && i < v->verdict.said[step].n; i++)
        json_array_append_new(list, json_string(v->verdict.said[step].v[i]));
    return list;
}

/* The object as it is before the change, locked: the blob that the intent's row names. *ret_why: why there is none. */
static bool capture(const struct kc_visit *v, size_t step, const struct kc_seen *seen, struct kc_blob *ret,
                    const char **ret_why, struct kc_err *err)
{
    const struct kc_guard_input in = {.spec = &v->cr.spec,
                                      .cluster = v->chat->cluster.name,
                                      .ns = v->cr.meta.ns,
                                      .plan = &v->plan,
                                      .policies = v->o.policies};

    *ret = (struct kc_blob){0};
    *ret_why = v->plan.steps[step].action.verb->deed == KC_DEED_RUN  ? "Command"
               : !seen->object                                       ? "NothingThere"
               : !v->chat->locker                                    ? "NoKey"
               : !kc_guard_captures(v->a, &in, &v->plan.steps[step]) ? "Secret"
               : seen->object_len > KC_CAPTURE_MAX                   ? "TooLarge"
                                                                     : "";
    if (**ret_why)
        return true;
    ret->bytes = kc_locker_lock(v->chat->locker, v->a, kc_capture_context(v->a, v->cr.meta.uid, fact_of(v, step).step),
                                seen->object, seen->object_len, &ret->len, err);
    return ret->bytes != NULL;
}

static bool record_intent(struct kc_visit *v, size_t step, const struct kc_seen *seen, struct kc_err *err)
{
    struct kc_row row = kc_visit_step_row(v, KC_ROW_INTENT, step);
    struct kc_step_fact fact;
    struct kc_blob captured;
    const char *why, *digest;
    KC_JSON_SCOPE *detail =
        json_pack("{s:i, s:s, s:s, s:I, s:s, s:o, s:o}", "attempt", v->steps[step].attempts + 1, "uid", seen->uid,
                  "resourceVersion", seen->resource_version, "generation", (json_int_t)seen->generation, "markedAt",
                  seen->marked_at, "values", value_digests(v, &v->plan.steps[step]), "policies", rules_of(v, step));

    if (!capture(v, step, seen, &captured, &why, err))
        return false;
    v->steps[step].attempts++;
    fact = fact_of(v, step);
    if (captured.bytes) {
        digest = kc_digest_string(v->a, captured.bytes, captured.len);
        row.blobs = (struct kc_strs){.v = &digest, .n = 1};
    } else {
        json_object_set_new(detail, "notCaptured", json_string(why));
    }
    if (seen->before)
        json_object_set_new(detail, "before", kc_health_encode(seen->before));
    row.result = "Pending";
    row.reason = "Approved";
    row.detail = detail;
    struct kc_audit_batch batch = {.rows = &row,
                                   .n_rows = 1,
                                   .blobs = &captured,
                                   .n_blobs = row.blobs.n,
                                   .intent = &fact,
                                   .run_spec_digest = kc_chatrequest_spec_digest(v->a, &v->cr.spec, err)};
    if (!batch.run_spec_digest || !kc_visit_record(v, &batch, err))
        return kc_wrap(err, "intent of step %zu", step + 1);
    v->steps[step].progress = KC_STEP_OPEN;
    v->seen[step] = *seen;
    return true;
}

static bool record_outcome(struct kc_visit *v, size_t step, const struct outcome *out, enum kc_progress progress,
                           struct kc_err *err)
{
    struct kc_row row = kc_visit_step_row(v, KC_ROW_OUTCOME, step);
    struct kc_step_fact fact = fact_of(v, step);
    KC_JSON_SCOPE *detail = json_pack("{s:i, s:i, s:s}", "attempt", v->steps[step].attempts, "httpStatus",
                                      out->http_status, "resourceVersion", kc_or(out->resource_version, ""));
    struct kc_audit_batch batch = {.rows = &row, .n_rows = 1, .outcome = &fact};

    if (out->more)
        json_object_update(detail, out->more);
    if (out->blob.len) {
        const char *name = kc_digest_string(v->a, out->blob.bytes, out->blob.len);
        row.blobs = (struct kc_strs){.v = kc_arena_memdup(v->a, &name, sizeof name), .n = 1};
        batch.blobs = &out->blob;
        batch.n_blobs = 1;
    }
    row.result = out->result;
    row.reason = out->reason;
    row.message = out->message;
    if (*kc_or(out->uid, ""))
        json_object_set_new(detail, "uid", json_string(out->uid));
    row.detail = detail;
    if (!kc_visit_record(v, &batch, err))
        return kc_wrap(err, "outcome of step %zu", step + 1);
    v->steps[step].progress = progress;
    v->steps[step].message = out->message;
    v->steps[step].done_at = row.time;
    v->steps[step].not_sent += KC_STREQ(out->result, "NotSent");
    if (KC_STREQ(out->result, PUT_OFF))
        kc_visit_put_off(v, step, row.time, true);
    v->not_done[step] = v->not_done[step] || KC_STREQ(out->result, "NotDone");
    bool ran = v->plan.steps[step].action.verb->deed == KC_DEED_RUN;
    return kc_visit_show_result(v, step, progress == KC_STEP_DONE && !ran ? "Executed" : out->message, err);
}

/* The dry run said already that a disruption budget has no room: nothing was attempted, the log tells why not. */
static bool record_put_off(struct kc_visit *v, size_t step, const char *message, struct kc_err *err)
{
    struct kc_row row = kc_visit_step_row(v, KC_ROW_DELAYED, step);
    struct kc_audit_batch batch = {.rows = &row, .n_rows = 1};

    row.result = PUT_OFF;
    row.reason = "DisruptionBudget";
    row.message = message;
    if (!kc_visit_record(v, &batch, err))
        return kc_wrap(err, "step %zu is put off", step + 1);
    kc_visit_put_off(v, step, row.time, false);
    v->steps[step].message = message;
    return kc_visit_show_result(v, step, message, err);
}

/* Of what an attempt made whose answer was lost: what was found there is taken for it. */
static bool made_uid(const struct kc_visit *v, size_t step, const char **ret, struct kc_err *err)
{
    const struct kc_target t = kc_action_object(&v->plan.steps[step].action);
    struct kc_object_meta meta;
    struct kc_err e = {0};

    *ret = NULL;
    if (*v->plan.steps[step].uid)
        return true;
    if (kc_object_meta_read(&v->chat->cluster, &v->cr.spec.requested_by.who, &t, v->a, &meta, &e))
        *ret = kc_arena_strdup(v->a, meta.uid);
    else if (e.class != KC_NOT_FOUND && !kc_is_refusal(&e)) {
        *err = e;
        return false;
    }
    return true;
}

/* What has become of a command that was begun: it runs, it has ended, or nobody here knows of it. */
static bool look_at_run(struct kc_visit *v, size_t step, bool *ret_wait, struct kc_err *err)
{
    static const struct {
        const char *result, *reason;
        enum kc_progress progress;
    } rows[] = {
        [KC_RUN_EXITED] = {"Accepted", "Ran", KC_STEP_DONE},
        [KC_RUN_REFUSED] = {"Refused", "ApiServerRefused", KC_STEP_REFUSED},
        [KC_RUN_NOT_SENT] = {"NotSent", "NotTaken", KC_STEP_WAITING},
        [KC_RUN_UNKNOWN] = {"Unknown", "NoExitCode", KC_STEP_LOST},
    };
    struct kc_run_ended ended;
    struct kc_running found = {0};

    enum kc_run_state state = kc_running_look(v, step, &ended);
    *ret_wait = state == KC_RUN_OPEN;
    if (*ret_wait)
        return true;
    if (state == KC_RUN_DONE && !kc_running_keep(v, step, &ended, &found, err))
        return false;
    if (state == KC_RUN_NONE)
        ended = (struct kc_run_ended){
            .end = KC_RUN_UNKNOWN,
            .message = "the command was about to be sent when its manager ended: whether it ran is not known, and it "
                       "is not sent again"};
    KC_JSON_SCOPE *detail = found.detail;
    struct outcome out = {.result = rows[ended.end].result,
                          .reason = rows[ended.end].reason,
                          .message = kc_or(found.message, ended.message),
                          .http_status = ended.http_status,
                          .more = detail,
                          .blob = found.transcript};
    if (!record_outcome(v, step, &out, rows[ended.end].progress, err))
        return false;
    kc_running_forget(v, step);
    if (ended.end == KC_RUN_EXITED)
        kc_visit_take_exit(v, step, ended.code);
    return ended.end != KC_RUN_NOT_SENT || kc_fail(err, KC_RETRY, "NotSent", "step %zu: %s", step + 1, ended.message);
}

bool kc_perform_recover(struct kc_visit *v, size_t step, bool *ret_wait, struct kc_err *err)
{
    *ret_wait = false;
    if (v->plan.steps[step].action.verb->deed == KC_DEED_RUN)
        return look_at_run(v, step, ret_wait, err);
    static const struct {
        const char *result, *reason;
        enum kc_progress progress;
    } rows[] = {
        [KC_RECOVERED_DONE] = {"Observed", "ValuesFound", KC_STEP_DONE},
        [KC_RECOVERED_NOT_DONE] = {"NotDone", "ValuesUntouched", KC_STEP_WAITING},
        [KC_RECOVERED_UNKNOWN] = {"Unknown", "ObjectMoved", KC_STEP_LOST},
    };
    enum kc_recovery found;
    const char *message;

    if (!kc_execute_recover(&v->chat->cluster, &v->cr.spec.requested_by.who, &v->plan.steps[step], &v->seen[step], v->a,
                            &found, &message, err))
        return false;
    struct outcome out = {.result = rows[found].result, .reason = rows[found].reason, .message = message};
    if (found == KC_RECOVERED_DONE && !made_uid(v, step, &out.uid, err))
        return false;
    return record_outcome(v, step, &out, rows[found].progress, err);
}

/* The plan cannot go on: what follows from that, step() says. */
static bool fail(struct kc_visit *v, enum kc_phase phase, const char *reason, size_t step, const char *message)
{
    v->o.failure =
        (struct kc_ending){.phase = phase, .reason = reason, .message = kc_step_message(v->a, &v->plan, step, message)};
    return true;
}

/* The intent is durable, the command is on its way: how it ends is for a later visit to find out. */
static bool begin_run(struct kc_visit *v, size_t step, const struct kc_seen *seen, struct kc_err *err)
{
    struct kc_err e = {0};

    if (kc_runs_full(v->chat->runs))
        return kc_fail(err, KC_RETRY, "TooManyRuns", "%d commands are running in containers: this one waits",
                       KC_RUNS_MAX);
    if (!record_intent(v, step, seen, err))
        return false;
    v->o.judged = false;
    if (kc_running_begin(v, step, &e))
        return true;
    struct outcome out = {.result = "NotSent", .reason = "NotTaken", .message = kc_arena_strdup(v->a, e.message)};
    return record_outcome(v, step, &out, KC_STEP_WAITING, err) &&
           kc_fail(err, KC_RETRY, "NotSent", "step %zu: %s", step + 1, e.message);
}

static bool send_step(struct kc_visit *v, size_t step, const struct kc_seen *seen, struct kc_err *err)
{
    static const struct {
        const char *result, *reason;
        enum kc_progress progress;
    } rows[] = {
        [KC_SEND_DONE] = {"Accepted", "Sent", KC_STEP_DONE},
        [KC_SEND_CONFLICT] = {"Conflict", "PreconditionFailed", KC_STEP_WAITING},
        [KC_SEND_REFUSED] = {"Refused", "ApiServerRefused", KC_STEP_REFUSED},
        [KC_SEND_NOT_SENT] = {"NotSent", "NotTaken", KC_STEP_WAITING},
        [KC_SEND_PUT_OFF] = {PUT_OFF, "DisruptionBudget", KC_STEP_WAITING},
    };
    struct kc_sent sent;

    if (!record_intent(v, step, seen, err))
        return false;
    enum kc_send how =
        kc_execute_send(&v->chat->cluster, &v->cr.spec.requested_by.who, &v->plan.steps[step], seen, v->a, &sent);
    if (step + 1 == kc_plan_group_end(&v->plan, step))
        v->o.judged = false; /* the right to approve is asked again before the next step */
    if (how == KC_SEND_UNKNOWN)
        return true; /* the intent stays open: step() asks for recovery */
    struct outcome out = {.result = rows[how].result,
                          .reason = rows[how].reason,
                          .message = sent.message,
                          .http_status = sent.status,
                          .resource_version = sent.resource_version,
                          .uid = sent.uid};
    if (!record_outcome(v, step, &out, rows[how].progress, err))
        return false;
    return how != KC_SEND_NOT_SENT || kc_fail(err, KC_RETRY, "NotSent", "step %zu: %s", step + 1, sent.message);
}

/* There is nothing left to send: what was seen has an attempt of its own, which sends nothing. */
static bool record_observed(struct kc_visit *v, size_t step, const struct kc_seen *seen, const char *reason,
                            const char *message, struct kc_err *err)
{
    struct outcome out = {.result = "Observed", .reason = reason, .message = message};

    return made_uid(v, step, &out.uid, err) && record_intent(v, step, seen, err) &&
           record_outcome(v, step, &out, KC_STEP_DONE, err);
}

/* A change whose answer was lost may have arrived after it was looked for: look once more before another attempt.
 * *ret_sent: there is nothing left to send. */
static bool arrived_late(struct kc_visit *v, size_t step, bool *ret_sent, struct kc_err *err)
{
    enum kc_recovery found = KC_RECOVERED_NOT_DONE;
    const char *message = "";

    if (v->not_done[step] && !kc_execute_recover(&v->chat->cluster, &v->cr.spec.requested_by.who, &v->plan.steps[step],
                                                 &v->seen[step], v->a, &found, &message, err))
        return false;
    *ret_sent = found != KC_RECOVERED_NOT_DONE;
    if (found == KC_RECOVERED_UNKNOWN)
        return fail(v, KC_STALE, "OutcomeUnknown", step, message);
    if (found == KC_RECOVERED_NOT_DONE)
        return true;
    return record_observed(v, step, &v->seen[step], "ArrivedLate", message, err);
}

/* Between the check's read of the object and the send lies the intent's row alone: the rest is asked before. */
static bool execute(struct kc_visit *v, size_t step, struct kc_err *err)
{
    const struct kc_record_step *s = &v->plan.steps[step];
    const struct kc_identity *who = &v->cr.spec.requested_by.who;
    struct kc_seen seen = {0};
    enum kc_check check;
    bool sent;

    if (!arrived_late(v, step, &sent, err))
        return false;
    if (sent)
        return true;
    const struct kc_health *before = kc_verify_baseline(&v->chat->cluster, who, s, s->uid, v->a);
    if (!kc_execute_check(&v->chat->cluster, who, s, v->a, &check, &seen, err))
        return false;
    switch (check) {
    case KC_CHECK_STALE:
        return fail(v, KC_STALE, "Drifted", step, seen.message);
    case KC_CHECK_REFUSED:
        return fail(v, KC_PHASE_FAILED, "StepRefused", step, seen.message);
    case KC_CHECK_PUT_OFF:
        return record_put_off(v, step, seen.message, err);
    case KC_CHECK_DONE:
        return record_observed(v, step, &seen, "NothingToDo", seen.message, err);
    case KC_CHECK_AGREES:
        break;
    }
    if (v->not_done[step] && seen.generation != v->seen[step].generation)
        return kc_fail(err, KC_CONFLICT, "Moved", "%s moved while it was looked at", kc_action_show(v->a, &s->action));
    if (s->action.verb->deed == KC_DEED_RUN)
        return begin_run(v, step, &seen, err);
    seen.before = before;
    return send_step(v, step, &seen, err);
}

bool kc_perform_execute(struct kc_visit *v, size_t step, struct kc_err *err)
{
    const struct kc_target t = kc_action_object(&v->plan.steps[step].action);
    const char *lock = kc_arena_printf(v->a, "%s/%s/%s/%s", t.group, t.resource, t.ns, t.name);

    if (!kc_keylock_try(v->chat->targets, lock))
        return kc_fail(err, KC_RETRY, "TargetBusy", "%s is being changed by another request", kc_target_show(v->a, &t));
    bool ok = execute(v, step, err);
    kc_keylock_release(v->chat->targets, lock);
    return ok;
}
