/* spec.rollbackOf -> what that request did, from its rows and captures -> the plan that takes it back. */
#include "controller/reconcile/rollback.h"

#include <string.h>

#include "controller/exec/look.h"
#include "controller/reconcile/planning.h"

const char *kc_capture_context(struct kc_arena *a, const char *request_uid, const char *step)
{
    return kc_arena_printf(a, "capture %s %s", request_uid, step);
}

/* A plan of the request. */
struct plan {
    const char *digest;
    struct kc_plan_record record;
};

/* The newest capture of a step. */
struct intent {
    const char *digest, *step;
    const char *blob, *not_captured;
};

struct gathering {
    struct kc_chat *c;
    const struct kc_identity *who;
    struct kc_arena *a;
    struct kc_done *done;
    struct plan *plans;
    size_t n_plans;
    struct intent *intents; /* of each executed step, by its place in done->steps; then room for one a row */
    size_t n_intents;
};

static bool take_plan(struct gathering *g, const struct kc_row *row, struct kc_err *err)
{
    struct plan *p = &g->plans[g->n_plans];
    size_t len;
    const char *bytes = row->blobs.n ? kc_audit_blob(g->c->audit, row->blobs.v[0], g->a, &len, err) : NULL;

    p->digest = row->plan_digest;
    if (!bytes || !kc_plan_record_decode(g->a, bytes, len, &p->record, err))
        return kc_wrap(err, "plan of record of %s", g->done->name);
    g->n_plans++;
    return true;
}

static struct intent *intent_of(struct gathering *g, const struct kc_row *row)
{
    for (size_t i = 0; i < g->n_intents; i++)
        if (KC_STREQ(g->intents[i].digest, row->plan_digest) && KC_STREQ(g->intents[i].step, row->step))
            return &g->intents[i];
    return NULL;
}

/* The last attempt's capture counts; one that only recorded what an earlier one did has none of its own. */
static void take_intent(struct gathering *g, const struct kc_row *row)
{
    struct intent *x = intent_of(g, row);

    if (!x) {
        x = &g->intents[g->n_intents++];
        *x = (struct intent){.digest = row->plan_digest, .step = row->step, .blob = "", .not_captured = ""};
    }
    if (row->blobs.n)
        x->blob = row->blobs.v[0];
    else if (!*x->blob)
        x->not_captured = kc_or(kc_json_str(row->detail, "notCaptured"), "NotCaptured");
}

static const struct kc_record_step *step_of(const struct gathering *g, const struct kc_row *row, size_t *ret_number)
{
    int64_t number;

    for (size_t i = 0; i < g->n_plans; i++)
        if (KC_STREQ(g->plans[i].digest, row->plan_digest) &&
            kc_parse_int(row->step, 1, (int64_t)g->plans[i].record.n_steps, &number)) {
            *ret_number = (size_t)number;
            return &g->plans[i].record.steps[number - 1];
        }
    return NULL;
}

static bool may_have_happened(const struct kc_row *row, bool *ret_certain)
{
    if (KC_STREQ(row->reason, "NothingToDo"))
        return false; /* it was as it should be before we came */
    *ret_certain = KC_STREQ(row->result, "Accepted") || KC_STREQ(row->result, "Observed");
    return *ret_certain || KC_STREQ(row->result, "Unknown");
}

static const char *why_not_captured(const struct intent *x)
{
    static const struct {
        const char *reason, *words;
    } rows[] = {
        {"NoKey", "it was not captured: the manager had no key for captures (--capture-key-file)"},
        {"Secret", "it is a Secret, which no policy let the manager capture (AuditPolicy spec.capture.secrets)"},
        {"TooLarge", "it was too large to be captured"},
    };

    for (size_t i = 0; x && i < sizeof rows / sizeof *rows; i++)
        if (KC_STREQ(rows[i].reason, x->not_captured))
            return rows[i].words;
    return "it was not captured";
}

static bool unlock(struct gathering *g, const struct kc_row *row, const struct intent *x, struct kc_executed *e,
                   struct kc_err *err)
{
    struct kc_err why = {0};
    size_t len;

    e->not_captured = why_not_captured(x);
    if (!x || !*x->blob)
        return true;
    if (!g->c->locker) {
        e->not_captured = "its capture cannot be read: the manager has no key for captures (--capture-key-file)";
        return true;
    }
    const char *locked = kc_audit_blob(g->c->audit, x->blob, g->a, &len, &why);
    const char *plain = locked ? kc_locker_unlock(g->c->locker, g->a, kc_capture_context(g->a, g->done->uid, row->step),
                                                  locked, len, &len, &why)
                               : NULL;
    if (plain)
        e->captured = kc_json_parse_in(g->a, plain, len, KC_CAPTURE_MAX, "capture", &why);
    if (!e->captured && why.class != KC_NOT_FOUND && why.class != KC_INVALID) {
        *err = why;
        return kc_wrap(err, "capture of step %s of %s", row->step, g->done->name);
    }
    if (!e->captured)
        e->not_captured = kc_arena_printf(g->a, "its capture cannot be read: %s", why.message);
    return true;
}

/* The object as the requester sees it now. *ret_may_read: whether the object itself, with all that a capture holds, may
 * be read; a Scale shows less. */
static bool look(struct gathering *g, const struct kc_record_step *step, struct kc_executed *e, bool *ret_may_read,
                 struct kc_err *err)
{
    const struct kc_target t = kc_action_object(&step->action);
    struct kc_target_seen seen = {0};
    struct kc_object_meta meta;
    struct kc_err why = {0};

    *ret_may_read = true;
    e->unreadable = "";
    if (kc_target_look(&g->c->cluster, g->who, &step->action, KC_META_LAST, g->a, &seen, &why))
        e->now = seen.object;
    else if (kc_is_refusal(&why))
        e->unreadable = kc_arena_strdup(g->a, why.message);
    else if (why.class != KC_NOT_FOUND)
        return *err = why, kc_wrap(err, "looking at %s", kc_target_show(g->a, &t));
    if (seen.whole || *e->unreadable) {
        *ret_may_read = seen.whole != NULL;
        return true;
    }
    if (!kc_object_meta_read(&g->c->cluster, g->who, &t, g->a, &meta, &why) && why.class != KC_NOT_FOUND) {
        if (!kc_is_refusal(&why))
            return *err = why, kc_wrap(err, "looking at %s", kc_target_show(g->a, &t));
        *ret_may_read = false;
    }
    return true;
}

static bool take_outcome(struct gathering *g, const struct kc_row *row, struct kc_err *err)
{
    struct kc_executed *e = &g->done->steps[g->done->n];
    const struct kc_record_step *step;
    bool certain, may_read;

    *e = (struct kc_executed){.not_captured = "", .unreadable = ""};
    step = step_of(g, row, &e->number);
    if (!step || step->action.verb->deed == KC_DEED_READ || !may_have_happened(row, &certain))
        return true;
    e->step = step;
    e->number = step->group + 1;
    e->certain = certain;
    e->made_uid = kc_or(kc_json_str(row->detail, "uid"), "");
    if (!look(g, step, e, &may_read, err))
        return false;
    if (!may_read)
        e->not_captured = "its capture is only for those who may get the object";
    else if (kc_rollback_needs_capture(step) && !unlock(g, row, intent_of(g, row), e, err))
        return false;
    g->done->n++;
    return true;
}

static bool take(struct gathering *g, const struct kc_row *row, struct kc_err *err)
{
    switch (row->type) {
    case KC_ROW_PLANNED:
        return take_plan(g, row, err);
    case KC_ROW_INTENT:
        take_intent(g, row);
        return true;
    case KC_ROW_OUTCOME:
        return take_outcome(g, row, err);
    case KC_ROW_FINISHED:
        g->done->ended = row->result;
        return true;
    case KC_ROW_ROLLED_BACK:
        g->done->rolled_back = row->result;
        return true;
    default:
        return true;
    }
}

bool kc_rollback_gather(struct kc_chat *c, const struct kc_identity *who, const char *name, const char *uid,
                        struct kc_arena *a, struct kc_done *ret, struct kc_err *err)
{
    struct gathering g = {.c = c, .who = who, .a = a, .done = ret};
    struct kc_audit_row *rows;
    size_t n;

    *ret = (struct kc_done){.name = name, .uid = uid, .ended = "", .rolled_back = ""};
    if (!kc_audit_rows(c->audit, uid, a, &rows, &n, err))
        return false;
    g.plans = kc_arena_array(a, n + 1, sizeof *g.plans);
    g.intents = kc_arena_array(a, n + 1, sizeof *g.intents);
    ret->steps = kc_arena_array(a, n + 1, sizeof *ret->steps);
    for (size_t i = 0; i < n; i++) {
        struct kc_row row;
        if (!kc_row_decode(a, rows[i].entry, rows[i].len, &row, err))
            return kc_wrap(err, "entry %lld", (long long)rows[i].index);
        if (!take(&g, &row, err))
            return false;
    }
    return true;
}

static bool refuse(struct kc_planning *p, const char *reason, const char *message)
{
    p->planned = (struct kc_planned){.outcome = KC_PLAN_REFUSED, .question = message};
    p->reason = reason;
    return true;
}

/* Found as the requester, who has to be allowed to get it. *ret_uid NULL: refused. */
static bool find_request(struct kc_visit *v, struct kc_planning *p, const char **ret_uid, struct kc_err *err)
{
    const char *name = v->cr.spec.rollback_of;
    const struct kc_target t = kc_target_of(&kc_chatrequest_mapping, v->cr.meta.ns, name);
    struct kc_object_meta meta;
    struct kc_err e = {0};

    *ret_uid = NULL;
    if (kc_object_meta_read(&v->chat->cluster, &v->cr.spec.requested_by.who, &t, v->a, &meta, &e)) {
        *ret_uid = kc_arena_strdup(v->a, meta.uid);
        return true;
    }
    if (e.class == KC_NOT_FOUND)
        return refuse(
            p, "UnknownRequest",
            kc_arena_printf(v->a, "spec.rollbackOf: there is no request %s in namespace %s", name, v->cr.meta.ns));
    if (kc_is_refusal(&e))
        return refuse(p, "Forbidden", kc_arena_printf(v->a, "spec.rollbackOf: %s", e.message));
    *err = e;
    return kc_wrap(err, "looking for request %s", name);
}

/* Why there can be no rollback of it, whatever it did; NULL: there may. */
static const char *hindrance(struct kc_visit *v, const struct kc_done *d, const char **ret_reason)
{
    if (KC_STREQ(d->uid, v->cr.meta.uid)) {
        *ret_reason = "UnknownRequest";
        return "spec.rollbackOf: a request cannot take itself back";
    }
    if (*d->rolled_back) {
        *ret_reason = "AlreadyRolledBack";
        return kc_arena_printf(v->a, "%s was rolled back already, by %s", d->name, d->rolled_back);
    }
    if (!*d->ended) {
        *ret_reason = "NotFinished";
        return kc_arena_printf(v->a, "%s has not ended yet: wait for it, or cancel it (kubectl chat cancel %s)",
                               d->name, d->name);
    }
    if (KC_STREQ(d->ended, kc_phase_name(KC_ROLLED_BACK))) {
        *ret_reason = "AlreadyRolledBack";
        return kc_arena_printf(v->a, "%s failed and took back itself what it had done", d->name);
    }
    if (!d->n) {
        *ret_reason = "NothingToRollBack";
        return kc_arena_printf(v->a, "%s ended as %s and changed nothing", d->name, d->ended);
    }
    return NULL;
}

bool kc_perform_rollback(struct kc_visit *v, struct kc_planning *p, struct kc_err *err)
{
    const char *uid, *why, *reason = "";
    struct kc_rollback made;
    struct kc_done done;

    p->began = kc_mono_us();
    p->doubt = "";
    if (!find_request(v, p, &uid, err))
        return false;
    if (!uid)
        return true;
    if (!kc_rollback_gather(v->chat, &v->cr.spec.requested_by.who, v->cr.spec.rollback_of, uid, v->a, &done, err))
        return false;
    why = hindrance(v, &done, &reason);
    if (why)
        return refuse(p, reason, why);
    const struct kc_rollback_input in = {.name = done.name,
                                         .restmap = p->restmap,
                                         .v = done.steps,
                                         .n = done.n,
                                         .overwrite = v->cr.spec.overwrite_later_changes};
    kc_rollback_plan(v->a, &in, &made);
    p->planned = made.planned;
    p->reason = made.reason;
    p->rolls_back = uid;
    p->asked.note = made.note;
    return true;
}
