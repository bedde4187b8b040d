/* Which steps have to wait for which. */
#include <string.h>

#include "controller/action/succession.h"

bool kc_action_makes(const struct kc_action *act)
{
    return act->verb->deed == KC_DEED_CREATE || (act->verb->deed == KC_DEED_UPDATE && act->verb->accepts_absent);
}

bool kc_step_makes(const struct kc_record_step *s)
{
    return kc_action_makes(&s->action) && !*kc_or(s->uid, "");
}

static bool is_namespace(const struct kc_target *t)
{
    return KC_STREQ(kc_or(t->kind, ""), "Namespace") && !*kc_or(t->group, "");
}

static bool works_in(const struct kc_action *act, const char *ns)
{
    const struct kc_target object = kc_action_object(act);

    return KC_STREQ(kc_or(act->target.ns, ""), ns) || KC_STREQ(kc_or(object.ns, ""), ns);
}

/* The path itself or a subresource of it. */
static bool leads_to(const char *path, const char *object)
{
    size_t len = strlen(object);

    return kc_str_starts(path, object) && (!path[len] || path[len] == '/');
}

static bool looks_at(struct kc_arena *a, const struct kc_action *act, const char *object)
{
    const struct kc_looked nothing = {0};
    struct kc_api_request req = {0};

    return act->verb->look && act->verb->look(a, act, &nothing, &req) && leads_to(req.path, object);
}

static bool goes_to(const struct kc_action *act, const struct kc_target *object)
{
    return act->verb->deed != KC_DEED_CREATE && kc_target_equal(&act->target, object);
}

bool kc_action_needs(struct kc_arena *a, const struct kc_action *act, const struct kc_action *earlier,
                     const char **ret_what)
{
    if (!kc_action_makes(earlier))
        return false;
    const struct kc_target made = kc_action_object(earlier);
    bool needs = (is_namespace(&made) && works_in(act, made.name)) || goes_to(act, &made) ||
                 looks_at(a, act, kc_target_path(a, &made, NULL));
    if (needs)
        *ret_what = kc_target_show(a, &made);
    return needs;
}
