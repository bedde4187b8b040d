/* verbs: the rows of kc_verbs, one file each (verb_<name>.c). Private to action. */
#pragma once

#include "controller/action/action.h"

extern const struct kc_verb kc_verb_annotate;      /* verb_label.c */
extern const struct kc_verb kc_verb_api_resources; /* verb_api.c */
extern const struct kc_verb kc_verb_api_versions;  /* verb_api.c */
extern const struct kc_verb kc_verb_auth_can_i;    /* verb_auth.c */
extern const struct kc_verb kc_verb_auth_whoami;   /* verb_auth.c */
extern const struct kc_verb kc_verb_apply;
extern const struct kc_verb kc_verb_autoscale;
extern const struct kc_verb kc_verb_cluster_info; /* verb_version.c */
extern const struct kc_verb kc_verb_cordon;
extern const struct kc_verb kc_verb_create;                    /* verb_create_manifest.c */
extern const struct kc_verb kc_verb_create_clusterrole;        /* verb_create_role.c */
extern const struct kc_verb kc_verb_create_clusterrolebinding; /* verb_create_rolebinding.c */
extern const struct kc_verb kc_verb_create_configmap;          /* verb_create.c */
extern const struct kc_verb kc_verb_create_cronjob;
extern const struct kc_verb kc_verb_create_deployment;
extern const struct kc_verb kc_verb_create_ingress;
extern const struct kc_verb kc_verb_create_job;
extern const struct kc_verb kc_verb_create_namespace; /* verb_create.c */
extern const struct kc_verb kc_verb_create_poddisruptionbudget;
extern const struct kc_verb kc_verb_create_priorityclass;
extern const struct kc_verb kc_verb_create_quota;
extern const struct kc_verb kc_verb_create_role;
extern const struct kc_verb kc_verb_create_rolebinding;
extern const struct kc_verb kc_verb_create_service_clusterip;    /* verb_create_service.c */
extern const struct kc_verb kc_verb_create_service_externalname; /* verb_create_service.c */
extern const struct kc_verb kc_verb_create_service_loadbalancer; /* verb_create_service.c */
extern const struct kc_verb kc_verb_create_service_nodeport;     /* verb_create_service.c */
extern const struct kc_verb kc_verb_create_serviceaccount;       /* verb_create.c */
extern const struct kc_verb kc_verb_debug;
extern const struct kc_verb kc_verb_delete;
extern const struct kc_verb kc_verb_describe;
extern const struct kc_verb kc_verb_diff;
extern const struct kc_verb kc_verb_drain;
extern const struct kc_verb kc_verb_evict; /* verb_drain.c */
extern const struct kc_verb kc_verb_events;
extern const struct kc_verb kc_verb_exec;
extern const struct kc_verb kc_verb_explain;
extern const struct kc_verb kc_verb_expose;
extern const struct kc_verb kc_verb_get;
extern const struct kc_verb kc_verb_label;
extern const struct kc_verb kc_verb_logs;
extern const struct kc_verb kc_verb_patch;
extern const struct kc_verb kc_verb_replace;
extern const struct kc_verb kc_verb_rollout_history;
extern const struct kc_verb kc_verb_rollout_pause;
extern const struct kc_verb kc_verb_rollout_restart;
extern const struct kc_verb kc_verb_rollout_resume; /* verb_rollout_pause.c */
extern const struct kc_verb kc_verb_rollout_status;
extern const struct kc_verb kc_verb_rollout_undo;
extern const struct kc_verb kc_verb_run;
extern const struct kc_verb kc_verb_scale;
extern const struct kc_verb kc_verb_set_env;
extern const struct kc_verb kc_verb_set_image;
extern const struct kc_verb kc_verb_set_resources;
extern const struct kc_verb kc_verb_set_selector;
extern const struct kc_verb kc_verb_set_serviceaccount;
extern const struct kc_verb kc_verb_set_subject;
extern const struct kc_verb kc_verb_taint;
extern const struct kc_verb kc_verb_top;
extern const struct kc_verb kc_verb_uncordon; /* verb_cordon.c */
extern const struct kc_verb kc_verb_version;
extern const struct kc_verb kc_verb_wait;
