#include "controller/action/record.h"

#include <string.h>

#include "controller/action/record_json.h"

/* Not checked here: what is not UTF-8 fails with its path when the canonical form is made. */
static json_t *text(const char *s)
{
    return json_string_nocheck(kc_or(s, ""));
}

json_t *kc_change_encode(const struct kc_change *c)
{
    json_t *out = json_object();
    json_object_set_new(out, "path", text(c->path));
    json_object_set_new(out, "from", text(c->from));
    json_object_set_new(out, "to", text(c->to));
    return out;
}

static json_t *encode_changes(const struct kc_record_step *s)
{
    json_t *out = json_array();
    for (size_t i = 0; i < s->n_changes; i++) {
        json_t *c = kc_change_encode(&s->changes[i]);
        json_object_set_new(c, "volatile", json_boolean(s->changes[i].volatile_value));
        json_array_append_new(out, c);
    }
    return out;
}

json_t *kc_request_encode(const struct kc_api_request *r)
{
    json_t *out = json_object();
    json_object_set_new(out, "method", text(r->method));
    json_object_set_new(out, "path", text(r->path));
    json_object_set_new(out, "query", text(r->query));
    json_object_set_new(out, "contentType", text(r->content_type));
    json_object_set_new(out, "body", json_stringn_nocheck(r->body ? r->body : "", r->body_len));
    return out;
}

void kc_succession_encode(json_t *out, const struct kc_plan_record *r)
{
    if (!*kc_or(r->follows, ""))
        return;
    json_object_set_new(out, "follows", text(r->follows));
    json_object_set_new(out, "why", text(r->why));
}

static json_t *encode_sets(const struct kc_record_step *s)
{
    json_t *out = json_array();
    for (size_t i = 0; i < s->n_sets; i++) {
        json_t *set = json_object();
        json_object_set_new(set, "path", text(s->sets[i].path));
        json_object_set_new(set, "value", text(s->sets[i].value));
        json_array_append_new(out, set);
    }
    return out;
}

void kc_part_encode(const struct kc_record_step *s, json_t *step)
{
    if (!*kc_or(s->part, ""))
        return;
    json_object_set_new(step, "group", json_integer((json_int_t)s->group));
    json_object_set_new(step, "part", text(s->part));
    json_object_set_new(step, "whole", text(s->whole));
}

static json_t *encode_step(const struct kc_record_step *s)
{
    json_t *out = json_object();
    json_object_set_new(out, "action", kc_action_encode(&s->action));
    json_object_set_new(out, "effect", text(kc_effect_name(s->effect)));
    json_object_set_new(out, "reason", text(s->reason));
    json_object_set_new(out, "command", text(s->command));
    json_object_set_new(out, "uid", text(s->uid));
    json_object_set_new(out, "controller", text(s->controller));
    json_object_set_new(out, "request", kc_request_encode(&s->request));
    json_object_set_new(out, "changes", encode_changes(s));
    json_object_set_new(out, "sets", encode_sets(s));
    json_object_set_new(out, "fingerprint", text(s->fingerprint));
    json_object_set_new(out, "undo", text(s->undo));
    json_object_set_new(out, "reversible", text(kc_reversible_name(s->reversible)));
    if (s->deferred)
        json_object_set_new(out, "deferred", json_true());
    if (s->all)
        json_object_set_new(out, "all", json_true());
    kc_part_encode(s, out);
    return out;
}

const char *kc_plan_record_encode(struct kc_arena *a, const struct kc_plan_record *r, size_t *ret_len,
                                  struct kc_err *err)
{
    KC_JSON_SCOPE *out = json_object();
    json_t *steps = json_array();
    for (size_t i = 0; i < r->n_steps; i++)
        json_array_append_new(steps, encode_step(&r->steps[i]));
    json_object_set_new(out, "requester", kc_identity_encode(&r->requester));
    json_object_set_new(out, "clusterUID", text(r->cluster_uid));
    json_object_set_new(out, "requestUID", text(r->request_uid));
    json_object_set_new(out, "madeAt", json_integer(r->made_at));
    json_object_set_new(out, "expiresAt", json_integer(r->expires_at));
    json_object_set_new(out, "doubt", text(r->doubt));
    kc_succession_encode(out, r);
    json_object_set_new(out, "causeReason", text(r->cause_reason));
    json_object_set_new(out, "cause", text(r->cause));
    json_object_set_new(out, "steps", steps);
    size_t len;
    const char *bytes = kc_json_canonical_in(a, out, &len, err);
    if (!bytes)
        return kc_wrap(err, "plan record"), NULL;
    if (len > KC_PLAN_MAX_BYTES)
        return kc_fail(err, KC_INVALID, "TooLarge", "plan record: %zu bytes, at most %zu can be kept", len,
                       KC_PLAN_MAX_BYTES),
               NULL;
    *ret_len = len;
    return bytes;
}

enum kc_deed kc_step_deed(const struct kc_record_step *s)
{
    return kc_verb_may_create(s->action.verb) && !*kc_or(s->uid, "") ? KC_DEED_CREATE : s->action.verb->deed;
}

bool kc_record_together(const struct kc_record_step *x, const struct kc_record_step *y)
{
    return *kc_or(x->part, "") && *kc_or(y->part, "") && x->group == y->group;
}

size_t kc_plan_group_end(const struct kc_plan_record *r, size_t first)
{
    size_t i = first + 1;
    while (i < r->n_steps && kc_record_together(&r->steps[first], &r->steps[i]))
        i++;
    return i;
}

size_t kc_plan_group_of(const struct kc_plan_record *r, size_t i)
{
    size_t group = 0;
    for (size_t end = kc_plan_group_end(r, 0); end <= i; end = kc_plan_group_end(r, end))
        group++;
    return group;
}

size_t kc_plan_groups(const struct kc_plan_record *r)
{
    return r->n_steps ? kc_plan_group_of(r, r->n_steps - 1) + 1 : 0;
}

size_t kc_plan_mutating(const struct kc_plan_record *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_steps; i++)
        n += r->steps[i].effect != KC_READ_ONLY;
    return n;
}
