#include "controller/action/verbs.h"

#include <string.h>

const struct kc_verb *const kc_verbs[] = {
    &kc_verb_annotate,
    &kc_verb_apply,
    &kc_verb_autoscale,
    &kc_verb_cordon,
    &kc_verb_create_configmap,
    &kc_verb_create_job,
    &kc_verb_create_namespace,
    &kc_verb_create_serviceaccount,
    &kc_verb_create,
    &kc_verb_debug,
    &kc_verb_delete,
    &kc_verb_describe,
    &kc_verb_events,
    &kc_verb_exec,
    &kc_verb_expose,
    &kc_verb_get,
    &kc_verb_label,
    &kc_verb_logs,
    &kc_verb_patch,
    &kc_verb_replace,
    &kc_verb_rollout_history,
    &kc_verb_rollout_pause,
    &kc_verb_rollout_restart,
    &kc_verb_rollout_resume,
    &kc_verb_rollout_status,
    &kc_verb_rollout_undo,
    &kc_verb_scale,
    &kc_verb_set_env,
    &kc_verb_set_image,
    &kc_verb_set_resources,
    &kc_verb_set_serviceaccount,
    &kc_verb_taint,
    &kc_verb_top,
    &kc_verb_uncordon,
    &kc_verb_wait,
    NULL,
};

/* "|create cm|create configmaps|" */
static bool also_called(const struct kc_verb *verb, const char *name)
{
    size_t len = strlen(name);
    for (const char *p = verb->aliases; p && *p; p += strcspn(p + 1, "|") + 1)
        if (p[1] && strncmp(p + 1, name, len) == 0 && p[1 + len] == '|')
            return true;
    return false;
}

const struct kc_verb *kc_verb_find(const char *name)
{
    for (size_t i = 0; kc_verbs[i]; i++)
        if (KC_STREQ(kc_verbs[i]->name, name) || also_called(kc_verbs[i], name))
            return kc_verbs[i];
    return NULL;
}
