#include "controller/action/verbs.h"

#include <string.h>

#include "controller/action/command.h"

const struct kc_verb *const kc_verbs[] = {
    &kc_verb_annotate,
    &kc_verb_api_resources,
    &kc_verb_api_versions,
    &kc_verb_auth_can_i,
    &kc_verb_auth_whoami,
    &kc_verb_apply,
    &kc_verb_autoscale,
    &kc_verb_cluster_info,
    &kc_verb_cordon,
    &kc_verb_create_clusterrole,
    &kc_verb_create_clusterrolebinding,
    &kc_verb_create_configmap,
    &kc_verb_create_cronjob,
    &kc_verb_create_deployment,
    &kc_verb_create_ingress,
    &kc_verb_create_job,
    &kc_verb_create_namespace,
    &kc_verb_create_poddisruptionbudget,
    &kc_verb_create_priorityclass,
    &kc_verb_create_quota,
    &kc_verb_create_role,
    &kc_verb_create_rolebinding,
    &kc_verb_create_service_clusterip,
    &kc_verb_create_service_externalname,
    &kc_verb_create_service_loadbalancer,
    &kc_verb_create_service_nodeport,
    &kc_verb_create_serviceaccount,
    &kc_verb_create,
    &kc_verb_debug,
    &kc_verb_delete,
    &kc_verb_describe,
    &kc_verb_diff,
    &kc_verb_drain,
    &kc_verb_events,
    &kc_verb_exec,
    &kc_verb_explain,
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
    &kc_verb_run,
    &kc_verb_scale,
    &kc_verb_set_env,
    &kc_verb_set_image,
    &kc_verb_set_resources,
    &kc_verb_set_selector,
    &kc_verb_set_serviceaccount,
    &kc_verb_set_subject,
    &kc_verb_taint,
    &kc_verb_top,
    &kc_verb_uncordon,
    &kc_verb_version,
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
    return KC_STREQ(kc_verb_evict.name, name) ? &kc_verb_evict : NULL;
}

/* What kubectl has and a request will never do. */
static const struct {
    const char *words, *why;
} left_out[] = {
    {"create secret", "what a request says can be read by all who may read requests: make the Secret with kubectl "
                      "itself, and name it here"},
    {"create token", "a token is a credential, and what comes of a request can be read by others: ask for it with "
                     "kubectl itself"},
    {"edit", "nobody sits at an editor when the command runs: write the change as kubectl patch, set or apply"},
    {"attach", "nobody sits at a terminal when the command runs: see kubectl logs"},
    {"port-forward", "it connects a person's own machine: use kubectl itself"},
    {"proxy", "it connects a person's own machine: use kubectl itself"},
    {"cp", "it copies from or to a person's own disk: use kubectl itself"},
    {"config", "it changes kubectl's own configuration, not the cluster"},
    {"certificate", "a signed certificate is a credential: use kubectl itself"},
    {"kustomize", "files are not read: render it, and write kubectl apply with the manifest"},
    {"auth reconcile", "files are not read: write kubectl apply with the manifest"},
};

const char *kc_verb_why_not(const char *first, const char *second)
{
    size_t len = strlen(first);
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++) {
        const char *words = left_out[i].words;
        if (strncmp(words, first, len) == 0 &&
            (!words[len] || (words[len] == ' ' && KC_STREQ(words + len + 1, second))))
            return left_out[i].why;
    }
    return NULL;
}
