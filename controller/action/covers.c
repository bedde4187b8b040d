/* Whether what was approved is what is going to happen, where a part of it could only be described. */
#include <string.h>

#include "controller/action/record_json.h"
#include "controller/action/succession.h"

struct comparison {
    struct kc_arena *a;
    const struct kc_record_step *step; /* as it is now */
    const char *difference;
};

static bool differs(struct comparison *c, const char *difference)
{
    c->difference = difference;
    return false;
}

static bool same_text(const char *x, const char *y)
{
    return KC_STREQ(kc_or(x, ""), kc_or(y, ""));
}

static bool same_json(json_t *x, json_t *y)
{
    bool same = json_equal(x, y);

    json_decref(x);
    json_decref(y);
    return same;
}

static const char *show_change(struct kc_arena *a, const struct kc_change *ch)
{
    return kc_arena_printf(a, "%s: %s -> %s", ch->path, kc_or(ch->from, "(none)"), kc_or(ch->to, "(none)"));
}

static const struct kc_change *at_path(const struct kc_change *v, size_t n, const char *path)
{
    for (size_t i = 0; i < n; i++)
        if (KC_STREQ(v[i].path, path))
            return &v[i];
    return NULL;
}

/* What the request itself says of a field: "" for nothing, also where it takes it away. */
static const char *stated(const struct comparison *c, const json_t *body, const char *path)
{
    return json_is_object(body) ? kc_object_field(c->a, body, path) : "";
}

static bool is_as_stated(struct comparison *c, const json_t *body, const struct kc_change *ch)
{
    bool makes = kc_step_makes(c->step);
    const struct kc_target object = kc_action_object(&c->step->action);

    if (ch->volatile_value || (*ch->to && KC_STREQ(stated(c, body, ch->path), ch->to)))
        return true;
    if (makes && kc_is_default(object.kind, ch) && !*stated(c, body, ch->path))
        return true;
    return differs(c, kc_arena_printf(c->a, "the API server would make it %s", show_change(c->a, ch)));
}

/* Nothing of what a new object is stated to hold has been taken out of it. */
static bool keeps_what_is_stated(struct comparison *c, const json_t *body)
{
    struct kc_change *described;
    size_t n = kc_changes_between(c->a, NULL, body, &described);

    for (size_t i = 0; i < n; i++)
        if (!at_path(c->step->changes, c->step->n_changes, described[i].path))
            return differs(
                c, kc_arena_printf(c->a, "the API server would leave out %s: %s", described[i].path, described[i].to));
    return true;
}

/* What the command sets comes out as the request has it. */
static bool sets_what_is_stated(struct comparison *c, const json_t *body)
{
    const struct kc_record_step *s = c->step;

    for (size_t i = 0; i < s->n_sets; i++)
        if (!same_text(stated(c, body, s->sets[i].path), s->sets[i].value))
            return differs(c, kc_arena_printf(c->a, "the API server would make %s of %s",
                                              kc_or(s->sets[i].value, "none"), s->sets[i].path));
    return true;
}

static bool changes_are_stated(struct comparison *c)
{
    const struct kc_record_step *s = c->step;
    struct kc_err err = {0};
    const json_t *body = kc_json_parse_in(c->a, s->request.body, s->request.body_len, KC_PLAN_MAX_BYTES, "body", &err);

    if (!body)
        return differs(c, "its request cannot be read");
    for (size_t i = 0; i < s->n_changes; i++)
        if (!is_as_stated(c, body, &s->changes[i]))
            return false;
    return kc_step_makes(s) ? keeps_what_is_stated(c, body) : sets_what_is_stated(c, body);
}

static bool same_request(const struct kc_record_step *described, const struct kc_record_step *now)
{
    return !described->request.method ||
           (now->request.method && same_json(kc_request_encode(&described->request), kc_request_encode(&now->request)));
}

static bool is_as_described(struct comparison *c, const struct kc_record_step *described)
{
    const struct kc_record_step *now = c->step;

    if (!kc_action_equal(&described->action, &now->action) ||
        !same_text(described->action.chosen, now->action.chosen) || !same_text(described->command, now->command))
        return differs(c, kc_arena_printf(c->a, "it is another command now: %s", now->command));
    if (described->effect != now->effect)
        return differs(c, kc_arena_printf(c->a, "it is %s now, it was %s", kc_effect_name(now->effect),
                                          kc_effect_name(described->effect)));
    if (now->effect == KC_DESTRUCTIVE || now->action.verb->deed == KC_DEED_DELETE)
        return differs(c, "what it takes away could not be shown before");
    if (!same_request(described, now))
        return differs(c, "the request that would be sent is another one");
    return changes_are_stated(c);
}

static bool same_step(const struct kc_record_step *x, const struct kc_record_step *y)
{
    return same_json(kc_record_step_digested(x), kc_record_step_digested(y));
}

static bool step_holds(struct comparison *c, const struct kc_record_step *before)
{
    if (same_step(before, c->step))
        return true;
    if (!before->deferred || c->step->deferred)
        return differs(c, "it is not the step that was approved");
    return is_as_described(c, before);
}

static bool same_frame(const struct kc_plan_record *before, const char *before_digest,
                       const struct kc_plan_record *after)
{
    return KC_STREQ(kc_or(after->why, ""), KC_WHY_DEFERRED) && *before_digest &&
           same_text(after->follows, before_digest) && same_text(before->cluster_uid, after->cluster_uid) &&
           same_text(before->request_uid, after->request_uid) && same_text(before->doubt, after->doubt) &&
           before->n_steps == after->n_steps &&
           same_json(kc_identity_encode(&before->requester), kc_identity_encode(&after->requester));
}

bool kc_plan_covers(struct kc_arena *a, const struct kc_plan_record *before, const char *before_digest,
                    const struct kc_plan_record *after, const char **ret_difference)
{
    struct comparison c = {.a = a};

    *ret_difference = "it is another plan";
    if (!same_frame(before, before_digest, after))
        return false;
    for (size_t i = 0; i < after->n_steps; i++) {
        c.step = &after->steps[i];
        if (step_holds(&c, &before->steps[i]))
            continue;
        *ret_difference = kc_arena_printf(a, "step %zu (%s) is not what was described: %s", i + 1,
                                          after->steps[i].command, c.difference);
        return false;
    }
    *ret_difference = "";
    return true;
}
