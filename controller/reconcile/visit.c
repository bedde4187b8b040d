#include "controller/reconcile/visit.h"

#include <string.h>

#include "controller/action/kubectl.h"
#include "controller/base/log.h"
#include "controller/plan/health.h"
#include "webhook/seal.h"

#define RESULT_UNKNOWN "Unknown"

static enum kc_progress progress_of(const char *result)
{
    static const struct {
        const char *result;
        enum kc_progress progress;
    } rows[] = {
        {"Accepted", KC_STEP_DONE},     {"Observed", KC_STEP_DONE},   {"Conflict", KC_STEP_WAITING},
        {"NotSent", KC_STEP_WAITING},   {"NotDone", KC_STEP_WAITING}, {"Refused", KC_STEP_REFUSED},
        {RESULT_UNKNOWN, KC_STEP_LOST}, {"Read", KC_STEP_DONE},       {"PutOff", KC_STEP_WAITING},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (KC_STREQ(rows[i].result, result))
            return rows[i].progress;
    return KC_STEP_LOST;
}

static bool read_plan(struct kc_visit *v, const char *blob, struct kc_plan_record *ret, const char **ret_digest,
                      struct kc_err *err)
{
    size_t len;
    const char *bytes = kc_audit_blob(v->chat->audit, blob, v->a, &len, err);

    if (!bytes || !kc_plan_record_decode(v->a, bytes, len, ret, err))
        return kc_wrap(err, "plan of record %s", blob);
    *ret_digest = kc_plan_digest(v->a, ret, err);
    return *ret_digest != NULL;
}

/* The current plan becomes one that was. */
static void step_back(struct kc_visit *v)
{
    struct kc_former *former = kc_arena_array(v->a, v->o.n_former + 1, sizeof *former);
    struct kc_plan_record *plan = kc_arena_alloc(v->a, sizeof *plan);

    *plan = v->plan;
    if (v->o.n_former)
        memcpy(former, v->o.former, v->o.n_former * sizeof *former);
    former[v->o.n_former++] = (struct kc_former){v->o.plan ? plan : NULL, v->o.plan_digest, v->steps};
    v->o.former = former;
}

/* The same steps in the same places: what was done stays done. */
static void inherit(struct kc_visit *v)
{
    const struct kc_former *last = v->o.n_former ? &v->o.former[v->o.n_former - 1] : NULL;

    if (!last || !last->plan || !KC_STREQ(v->plan.why, KC_WHY_DEFERRED))
        return;
    for (size_t i = 0; i < v->plan.n_steps && i < last->plan->n_steps; i++)
        if (last->steps[i].progress == KC_STEP_DONE) {
            v->steps[i] = last->steps[i];
            v->steps[i].before = true;
        }
}

void kc_visit_take_plan(struct kc_visit *v, const struct kc_plan_record *plan, const char *digest)
{
    size_t n = plan->n_steps;

    if (*kc_or(plan->follows, "") && KC_STREQ(plan->follows, v->o.recorded_digest))
        step_back(v);
    v->plan = *plan;
    v->o.plan = &v->plan;
    v->o.plan_digest = v->o.recorded_digest = digest;
    v->steps = kc_arena_array(v->a, n, sizeof *v->steps);
    v->seen = kc_arena_array(v->a, n, sizeof *v->seen);
    v->not_done = kc_arena_array(v->a, n, sizeof *v->not_done);
    for (size_t i = 0; i < n; i++)
        v->steps[i].message = "";
    inherit(v);
    v->o.steps = v->steps;
}

static bool has_begun(const struct kc_visit *v)
{
    for (size_t i = 0; v->o.plan && i < v->plan.n_steps; i++)
        if (v->steps[i].attempts && !v->steps[i].before)
            return true;
    return false;
}

/* Whether the plan that a row tells of is the current one from there on. What does not fit a leader wrote that had
 * slept while another one led. */
static bool takes_over(const struct kc_visit *v, const struct kc_row *planned)
{
    const char *follows = kc_or(kc_json_str(planned->detail, "follows"), "");
    const char *last = v->o.n_former ? v->o.former[v->o.n_former - 1].digest : "";

    return *v->o.recorded_digest && KC_STREQ(follows, v->o.recorded_digest) ? true
                                                                            : KC_STREQ(follows, last) && !has_begun(v);
}

static bool load_plan(struct kc_visit *v, const struct kc_row *planned, struct kc_err *err)
{
    struct kc_plan_record plan = {0};
    struct kc_err e = {0};
    const char *digest = "";

    if (!takes_over(v, planned))
        return true;
    if (read_plan(v, planned->blobs.n ? planned->blobs.v[0] : "", &plan, &digest, &e)) {
        kc_visit_take_plan(v, &plan, digest);
        v->o.recorded_digest = planned->plan_digest;
        return true;
    }
    if (e.class != KC_NOT_FOUND && e.class != KC_INVALID) {
        *err = e;
        return false;
    }
    kc_log(KC_ERROR, "reconcile", "plan unreadable", "request", v->key, "error", e.message, NULL);
    /* step() ends the request: its digest is not what was recorded. */
    v->o.plan = NULL;
    v->o.plan_digest = "";
    v->o.recorded_digest = planned->plan_digest;
    return true;
}

/* The step that a row speaks of, when it belongs to the current plan. */
static bool step_of(const struct kc_visit *v, const struct kc_row *row, size_t *ret)
{
    int64_t id;

    if (!v->o.plan || !KC_STREQ(row->plan_digest, v->o.recorded_digest) ||
        !kc_parse_int(row->step, 1, (int64_t)v->plan.n_steps, &id))
        return false;
    *ret = (size_t)id - 1;
    return true;
}

static const struct kc_health *health_before(struct kc_visit *v, const struct kc_row *row)
{
    struct kc_health *h = kc_arena_alloc(v->a, sizeof *h);

    return kc_health_decode(v->a, kc_json_at(row->detail, "before"), h) ? h : NULL;
}

static void take_intent(struct kc_visit *v, const struct kc_row *row)
{
    size_t i;

    if (!step_of(v, row, &i))
        return;
    v->steps[i].progress = KC_STEP_OPEN;
    v->steps[i].attempts++;
    v->seen[i] = (struct kc_seen){.uid = kc_or(kc_json_str(row->detail, "uid"), ""),
                                  .resource_version = kc_or(kc_json_str(row->detail, "resourceVersion"), ""),
                                  .generation = kc_json_int(row->detail, "generation", 0),
                                  .marked_at = kc_or(kc_json_str(row->detail, "markedAt"), ""),
                                  .message = "",
                                  .before = health_before(v, row)};
}

void kc_visit_take_exit(struct kc_visit *v, size_t step, int64_t exit_code)
{
    v->steps[step].verified = exit_code == 0;
    v->steps[step].broken = exit_code != 0;
}

void kc_visit_put_off(struct kc_visit *v, size_t step, int64_t at, bool sent)
{
    v->steps[step].put_offs++;
    v->steps[step].put_off_at = at;
    v->steps[step].not_sent += sent;
}

static void take_outcome(struct kc_visit *v, const struct kc_row *row)
{
    size_t i;

    if (!step_of(v, row, &i))
        return;
    v->steps[i].progress = progress_of(row->result);
    v->steps[i].message = row->message;
    v->steps[i].done_at = row->time;
    v->steps[i].not_sent += KC_STREQ(row->result, "NotSent");
    if (KC_STREQ(row->result, "PutOff"))
        kc_visit_put_off(v, i, row->time, true);
    v->not_done[i] = v->not_done[i] || KC_STREQ(row->result, "NotDone");
    if (v->steps[i].progress == KC_STEP_DONE && v->plan.steps[i].action.verb->deed == KC_DEED_RUN)
        kc_visit_take_exit(v, i, kc_json_int(row->detail, "exitCode", -1));
}

static void take_delayed(struct kc_visit *v, const struct kc_row *row)
{
    size_t i;

    if (!step_of(v, row, &i))
        return;
    kc_visit_put_off(v, i, row->time, false);
    v->steps[i].message = row->message;
}

static void take_verified(struct kc_visit *v, const struct kc_row *row)
{
    size_t i;

    if (!step_of(v, row, &i))
        return;
    v->steps[i].verified = KC_STREQ(row->result, "Verified");
    v->steps[i].broken = !v->steps[i].verified;
    v->steps[i].message = row->message;
}

/* A read is done when it was done: there is nothing to verify. */
static void take_read(struct kc_visit *v, const struct kc_row *row)
{
    size_t i;

    if (!step_of(v, row, &i))
        return;
    if (KC_STREQ(row->result, KC_READ_WAITING)) {
        v->steps[i].waits_since = row->time;
        return;
    }
    v->steps[i].progress = progress_of(row->result);
    v->steps[i].message = row->message;
    v->steps[i].done_at = row->time;
    v->steps[i].verified = v->steps[i].progress == KC_STEP_DONE;
}

static void take_approval(struct kc_visit *v, const struct kc_row *row)
{
    int64_t i = kc_json_int(row->detail, "index", -1);

    if (i >= 0 && i < KC_MAX_APPROVALS)
        v->approvals_recorded[i] = true;
}

static void take_finished(struct kc_visit *v, const struct kc_row *row)
{
    v->o.recorded =
        (struct kc_ending){.phase = kc_phase_of_name(row->result), .reason = row->reason, .message = row->message};
}

static bool take(struct kc_visit *v, const struct kc_audit_row *r, struct kc_err *err)
{
    struct kc_row row;

    if (!kc_row_decode(v->a, r->entry, r->len, &row, err))
        return kc_wrap(err, "entry %lld", (long long)r->index);
    v->n_rows++;
    if (v->first_row < 0)
        v->first_row = r->index;
    v->last_row = r->index;
    switch (row.type) {
    case KC_ROW_PLANNED:
        v->rolls_back = kc_json_str(row.detail, "rollbackOf");
        return load_plan(v, &row, err);
    case KC_ROW_INTENT:
        take_intent(v, &row);
        break;
    case KC_ROW_OUTCOME:
        take_outcome(v, &row);
        break;
    case KC_ROW_DELAYED:
        take_delayed(v, &row);
        break;
    case KC_ROW_READ:
        take_read(v, &row);
        break;
    case KC_ROW_VERIFIED:
        take_verified(v, &row);
        break;
    case KC_ROW_APPROVED:
    case KC_ROW_REJECTED:
        take_approval(v, &row);
        break;
    case KC_ROW_FINISHED:
        take_finished(v, &row);
        break;
    default:
        break;
    }
    return true;
}

bool kc_visit_observe(struct kc_visit *v, struct kc_err *err)
{
    struct kc_chat *c = v->chat;
    const struct kc_requested_by *by = &v->cr.spec.requested_by;
    struct kc_audit_row *rows;
    size_t n;

    v->o = (struct kc_observed){.cr = &v->cr,
                                .cluster = c->cluster.name,
                                .seal_present = *kc_or(by->seal, "") != '\0',
                                .seal_valid = kc_seal_request_valid(&c->seal_key, c->cluster.uid, &v->cr),
                                .nonce_owner = "",
                                .run_owner = "",
                                .plan_digest = "",
                                .recorded_digest = "",
                                .recorded = {.reason = "", .message = ""},
                                .rollout_ms = c->rollout_ms};
    v->first_row = v->last_row = -1;
    if (!kc_audit_rows(c->audit, v->cr.meta.uid, v->a, &rows, &n, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!take(v, &rows[i], err))
            return false;
    if (!v->o.seal_valid)
        return true;
    const char *spec = kc_chatrequest_spec_digest(v->a, &v->cr.spec, err);
    return spec && kc_audit_nonce_owner(c->audit, by->nonce, v->a, &v->o.nonce_owner, err) &&
           kc_audit_run_owner(c->audit, v->cr.meta.ns, v->cr.meta.name, spec, v->a, &v->o.run_owner, err);
}

struct kc_row kc_visit_row(const struct kc_visit *v, enum kc_row_type type)
{
    return (struct kc_row){.type = type,
                           .time = kc_unix_ms(),
                           .cluster_uid = v->chat->cluster.uid,
                           .who = v->o.seal_valid ? v->cr.spec.requested_by.who
                                                  : (struct kc_identity){.username = "", .uid = ""},
                           .request_ns = v->cr.meta.ns,
                           .request_name = v->cr.meta.name,
                           .request_uid = v->cr.meta.uid,
                           .plan_digest = "",
                           .step = "",
                           .command = "",
                           .target = "",
                           .result = "",
                           .reason = "",
                           .message = ""};
}

struct kc_row kc_visit_step_row(const struct kc_visit *v, enum kc_row_type type, size_t step)
{
    const struct kc_record_step *s = &v->plan.steps[step];
    const struct kc_target t = kc_action_object(&s->action);
    struct kc_row row = kc_visit_row(v, type);

    row.plan_digest = v->o.plan_digest;
    row.step = kc_arena_printf(v->a, "%zu", step + 1);
    row.command = s->command;
    if (*t.kind)
        row.target =
            kc_arena_printf(v->a, "%s%s%s/%s/%s/%s", t.group, *t.group ? "/" : "", t.version, t.kind, t.ns, t.name);
    return row;
}

/* A manifest is in the spec, which the seal covers, and in the plan of record; the row has its digest. */
static json_t *briefly(struct kc_arena *a, const struct kc_strs *commands)
{
    json_t *list = json_array();

    for (size_t i = 0; i < commands->n; i++)
        json_array_append_new(list, json_string(kc_command_brief(a, commands->v[i])));
    return list;
}

static json_t *strings(const struct kc_strs *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->n; i++)
        json_array_append_new(list, json_string(s->v[i]));
    return list;
}

static const char *on_failure_name(enum kc_on_failure f)
{
    return f == KC_ON_FAILURE_ROLLBACK ? "Rollback" : "Stop";
}

/* Who asked for what, in the first batch of a request; its nonce is claimed with it. */
static bool record_with_request(struct kc_visit *v, const struct kc_audit_batch *batch, int64_t *ret_first,
                                struct kc_err *err)
{
    const struct kc_chatrequest_spec *s = &v->cr.spec;
    struct kc_row *rows = kc_arena_array(v->a, batch->n_rows + 1, sizeof *rows);
    KC_JSON_SCOPE *detail = json_pack("{s:s, s:o, s:o, s:s, s:b}", "prompt", kc_command_brief(v->a, s->prompt),
                                      "commands", briefly(v->a, &s->commands), "namespaces", strings(&s->namespaces),
                                      "cluster", s->cluster, "readOnly", s->read_only);
    if (*kc_or(s->rollback_of, "")) {
        json_object_set_new(detail, "rollbackOf", json_string(s->rollback_of));
        json_object_set_new(detail, "overwriteLaterChanges", json_boolean(s->overwrite_later_changes));
    }
    if (s->on_failure)
        json_object_set_new(detail, "onFailure", json_string(on_failure_name(s->on_failure)));
    struct kc_audit_batch both = *batch;

    rows[0] = kc_visit_row(v, KC_ROW_REQUESTED);
    rows[0].result = v->o.seal_valid ? "Accepted" : "Refused";
    rows[0].reason = v->o.seal_valid ? "Sealed" : "SealInvalid";
    rows[0].detail = detail;
    memcpy(rows + 1, batch->rows, batch->n_rows * sizeof *rows);
    both.rows = rows;
    both.n_rows = batch->n_rows + 1;
    both.nonce = v->o.seal_valid && !*v->o.nonce_owner ? s->requested_by.nonce : NULL;
    return kc_audit_append(v->chat->audit, &both, ret_first, err);
}

bool kc_visit_record(struct kc_visit *v, struct kc_audit_batch *batch, struct kc_err *err)
{
    int64_t first;

    /* What became of a send is worth its row whoever leads by now; a plan or an end of somebody who slept is not. */
    if (!batch->outcome && !kc_kube_may_change(v->chat->cluster.kube))
        return kc_fail(err, KC_UNAVAILABLE, "NotLeading", "the lease was not renewed: another replica may lead");
    if (v->n_rows == 0) {
        if (!record_with_request(v, batch, &first, err))
            return false;
        v->first_row = first;
        v->n_rows = batch->n_rows + 1;
        v->last_row = first + (int64_t)batch->n_rows;
        return true;
    }
    if (!kc_audit_append(v->chat->audit, batch, &first, err))
        return false;
    v->n_rows += batch->n_rows;
    v->last_row = first + (int64_t)batch->n_rows - 1;
    return true;
}
