#include "controller/reconcile/observed.h"

#include "controller/action/succession.h"

int64_t kc_deadline_at(const struct kc_chatrequest *cr)
{
    int64_t ms;

    if (!kc_duration_parse(cr->spec.deadline, &ms, NULL))
        ms = 15 * KC_MINUTE_MS;
    return cr->meta.creation_time + ms;
}

/* What is put off for good takes no more time than this of what else could be done. */
int64_t kc_step_due(const struct kc_step_progress *s)
{
    enum { QUICK = 4, OFTEN = 34 };

    if (s->put_offs == 0)
        return 0;
    if (s->put_offs <= QUICK)
        return s->put_off_at + (KC_SECOND_MS << (s->put_offs - 1));
    return s->put_off_at + (s->put_offs <= OFTEN ? 15 * KC_SECOND_MS : KC_MINUTE_MS);
}

static bool has_started(const struct kc_step_progress *s)
{
    return s->attempts > 0 || s->progress != KC_STEP_WAITING;
}

bool kc_observed_started(const struct kc_observed *o)
{
    for (size_t i = 0; o->plan && i < o->plan->n_steps; i++)
        if (has_started(&o->steps[i]))
            return true;
    return o->n_former > 0; /* nothing follows a plan of which nothing was done */
}

bool kc_observed_begun(const struct kc_observed *o)
{
    for (size_t i = 0; o->plan && i < o->plan->n_steps; i++)
        if (!o->steps[i].before && has_started(&o->steps[i]))
            return true;
    return false;
}

bool kc_observed_plan_is_current(const struct kc_observed *o)
{
    return o->plan && KC_STREQ(kc_or(o->cr->status.plan.digest, ""), o->plan_digest);
}

bool kc_observed_former_altered(const struct kc_observed *o)
{
    const struct kc_plan_record *plan = o->plan;

    for (size_t i = o->n_former; plan && i-- > 0; plan = o->former[i].plan)
        if (!*o->former[i].digest || !KC_STREQ(kc_or(plan->follows, ""), o->former[i].digest))
            return true;
    return plan && *kc_or(plan->follows, "");
}

static bool changed_by(const struct kc_plan_record *plan, const struct kc_step_progress *steps)
{
    for (size_t i = 0; plan && i < plan->n_steps; i++)
        if (steps[i].progress == KC_STEP_DONE && plan->steps[i].action.verb->deed != KC_DEED_READ)
            return true;
    return false;
}

bool kc_observed_changed(const struct kc_observed *o)
{
    for (size_t i = 0; i < o->n_former; i++)
        if (changed_by(o->former[i].plan, o->former[i].steps))
            return true;
    return changed_by(o->plan, o->steps);
}

bool kc_observed_takes_back(const struct kc_plan_record *plan)
{
    return plan && KC_STREQ(kc_or(plan->why, ""), KC_WHY_ROLLBACK);
}

const struct kc_plan_record *kc_observed_way_back(const struct kc_observed *o)
{
    if (kc_observed_takes_back(o->plan))
        return o->plan;
    for (size_t i = o->n_former; i-- > 0;)
        if (kc_observed_takes_back(o->former[i].plan))
            return o->former[i].plan;
    return NULL;
}

struct kc_strs kc_observed_covering(const struct kc_observed *o, struct kc_arena *a, const char **ret_difference)
{
    const char **v = kc_arena_array(a, o->n_former, sizeof *v), *difference;
    const struct kc_plan_record *plan = o->plan;
    struct kc_strs out = {.v = v};

    *ret_difference = "";
    for (size_t i = o->n_former; i-- > 0; plan = o->former[i].plan) {
        if (!kc_plan_covers(a, o->former[i].plan, o->former[i].digest, plan, &difference)) {
            if (plan == o->plan)
                *ret_difference = difference;
            break;
        }
        v[out.n++] = o->former[i].digest;
    }
    return out;
}

bool kc_observed_is_read(const struct kc_observed *o, size_t step)
{
    return o->plan->steps[step].action.verb->deed == KC_DEED_READ;
}

bool kc_observed_is_run(const struct kc_observed *o, size_t step)
{
    return o->plan->steps[step].action.verb->deed == KC_DEED_RUN;
}

bool kc_observed_only_reads(const struct kc_observed *o)
{
    for (size_t i = 0; i < o->plan->n_steps; i++)
        if (!kc_observed_is_read(o, i))
            return false;
    return true;
}

bool kc_observed_is_over(const struct kc_observed *o, int64_t now)
{
    return o->cr->spec.cancel || o->cr->meta.deletion_time || now >= kc_deadline_at(o->cr);
}

size_t kc_observed_first_waiting(const struct kc_observed *o)
{
    size_t i = 0;

    while (i < o->plan->n_steps && o->steps[i].progress != KC_STEP_WAITING)
        i++;
    return i;
}

int64_t kc_observed_rollout_ms(const struct kc_observed *o)
{
    return o->rollout_ms ? o->rollout_ms : KC_ROLLOUT_MS;
}

/* A pod takes as long to end as its grace period says: what is deleted together with others has the whole request's
 * time. */
int64_t kc_observed_verified_by(const struct kc_observed *o, size_t step)
{
    const struct kc_record_step *s = &o->plan->steps[step];
    int64_t by = o->steps[step].done_at + kc_observed_rollout_ms(o), deadline = kc_deadline_at(o->cr);

    return s->action.verb->deed == KC_DEED_DELETE && *kc_or(s->part, "") && deadline > by ? deadline : by;
}

size_t kc_observed_next_part(const struct kc_observed *o, size_t first, int64_t now)
{
    size_t end = kc_plan_group_end(o->plan, first), next = o->plan->n_steps;

    for (size_t i = first; i < end; i++) {
        const struct kc_step_progress *s = &o->steps[i];
        if (s->progress != KC_STEP_WAITING || now < kc_step_due(s))
            continue;
        if (s->put_offs == 0)
            return i;
        if (next == o->plan->n_steps)
            next = i;
    }
    return next;
}

int64_t kc_observed_next_due(const struct kc_observed *o, size_t first)
{
    size_t end = kc_plan_group_end(o->plan, first);
    int64_t due = INT64_MAX;

    for (size_t i = first; i < end; i++)
        if (o->steps[i].progress == KC_STEP_WAITING && kc_step_due(&o->steps[i]) < due)
            due = kc_step_due(&o->steps[i]);
    return due < kc_deadline_at(o->cr) ? due : kc_deadline_at(o->cr);
}

int64_t kc_observed_gives_up_at(const struct kc_observed *o, size_t first)
{
    size_t end = kc_plan_group_end(o->plan, first);
    const char *timeout = kc_action_flag(&o->plan->steps[end - 1].action, "timeout");
    int64_t begun = INT64_MAX, ms;

    if (!*kc_or(o->plan->steps[first].part, "") || !timeout || !kc_duration_parse(timeout, &ms, NULL) || ms == 0)
        return INT64_MAX;
    for (size_t i = first; i < end; i++) {
        int64_t at = o->steps[i].done_at ? o->steps[i].done_at : o->steps[i].put_off_at;
        if (at && at < begun)
            begun = at;
    }
    return begun == INT64_MAX ? begun : begun + ms;
}
