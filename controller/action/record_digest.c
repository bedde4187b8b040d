/* What an approval is bound to: everything that decides what happens, and what the approver was shown of it. Times,
 * reasons and the way back may differ without the change being another one. */
#include <string.h>

#include "controller/action/record_json.h"
#include "controller/base/digest.h"

static json_t *text(const char *s)
{
    return json_string_nocheck(kc_or(s, ""));
}

json_t *kc_record_step_digested(const struct kc_record_step *s)
{
    json_t *out = json_object(), *changes = json_array();
    for (size_t i = 0; i < s->n_changes; i++)
        if (!s->changes[i].volatile_value)
            json_array_append_new(changes, kc_change_encode(&s->changes[i]));
    json_object_set_new(out, "action", kc_action_encode(&s->action));
    json_object_set_new(out, "effect", text(kc_effect_name(s->effect)));
    json_object_set_new(out, "command", text(s->command));
    json_object_set_new(out, "request", kc_request_encode(&s->request));
    json_object_set_new(out, "uid", text(s->uid));
    json_object_set_new(out, "changes", changes);
    json_object_set_new(out, "fingerprint", text(s->fingerprint));
    if (s->deferred)
        json_object_set_new(out, "deferred", json_true());
    kc_part_encode(s, out);
    return out;
}

const char *kc_plan_digest(struct kc_arena *a, const struct kc_plan_record *r, struct kc_err *err)
{
    KC_JSON_SCOPE *out = json_object();
    json_t *steps = json_array();
    for (size_t i = 0; i < r->n_steps; i++)
        json_array_append_new(steps, kc_record_step_digested(&r->steps[i]));
    json_object_set_new(out, "requester", kc_identity_encode(&r->requester));
    json_object_set_new(out, "clusterUID", text(r->cluster_uid));
    json_object_set_new(out, "requestUID", text(r->request_uid));
    json_object_set_new(out, "steps", steps);
    kc_succession_encode(out, r);
    size_t len;
    const char *bytes = kc_json_canonical_in(a, out, &len, err);
    if (!bytes)
        return kc_wrap(err, "plan digest"), NULL;
    return kc_digest_string(a, bytes, len);
}
