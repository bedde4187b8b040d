/* manager options: every setting of `kubechat manager`: flags, KUBECHAT_<FLAG> in the environment, and the
 * same names in the YAML file that --config names (flags.h says which wins).
 *
 * To add one: a field here, its default and its row in manager_options.c.
 */
#pragma once

#include "controller/cli/flags.h"
#include "controller/kube/lease.h"

struct kc_manager_options {
    const char *config, *kubeconfig, *context, *ns, *cluster_name, *cluster_domain;
    const char *webhook_url, *webhook_address, *view_address, *probe_address;
    const char *store, *signing_key, *capture_key_file, *log_format;
    struct kc_strs groups, extras;
    int64_t workers, webhook_port, view_port, probe_port, verbosity, rollout_ms;
    bool leader_elect;
    struct kc_lease_times lease;
    bool help; /* was asked for, and printed */
};

/* Texts live in a, or as long as argv and the environment. Fails with INVALID, naming the flag and what it takes. */
KC_CHECK bool kc_manager_options_parse(struct kc_arena *a, int argc, char **argv, struct kc_manager_options *ret,
                                       struct kc_err *err);
