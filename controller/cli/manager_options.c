#include "controller/cli/manager_options.h"

#include <stdio.h>

#include "api/chatrequest.h"
#include "controller/reconcile/observed.h"

static const struct kc_manager_options defaults = {
    .ns = "kubechat-system",
    .cluster_name = KC_IN_CLUSTER,
    .cluster_domain = "cluster.local",
    .webhook_address = "0.0.0.0",
    .webhook_port = 9443,
    .view_address = "0.0.0.0",
    .view_port = 9444,
    .probe_address = "0.0.0.0",
    .probe_port = 8080,
    .log_format = "text",
    .workers = 16,
    .rollout_ms = KC_ROLLOUT_MS,
    .leader_elect = true,
    .lease = KC_LEASE_TIMES,
};

static bool check(const struct kc_manager_options *o, const struct kc_strs *args, struct kc_err *err)
{
    if (args->n)
        return kc_fail(err, KC_INVALID, "Usage", "manager takes no arguments, got \"%s\"", args->v[0]);
    if (!KC_STREQ(o->log_format, "text") && !KC_STREQ(o->log_format, "json"))
        return kc_fail(err, KC_INVALID, "Usage", "--log-format: \"%s\" is neither text nor json", o->log_format);
    if (o->workers < 1 || o->workers > 256)
        return kc_fail(err, KC_INVALID, "Usage", "--workers: 1 to 256, got %lld", (long long)o->workers);
    if (o->webhook_port > UINT16_MAX || o->view_port > UINT16_MAX || o->probe_port > UINT16_MAX)
        return kc_fail(err, KC_INVALID, "Usage", "a port is at most 65535");
    if (o->rollout_ms < KC_SECOND_MS || o->rollout_ms > 24 * KC_HOUR_MS)
        return kc_fail(err, KC_INVALID, "Usage", "--rollout-timeout: 1s to 24h, got %lld ms", (long long)o->rollout_ms);
    return !o->leader_elect || kc_lease_times_check(&o->lease, err);
}

static void help(const struct kc_opt *opts, size_t n)
{
    printf("usage: kubechat manager [flags]\n\n"
           "Runs the controller and the admission webhook. Every flag can be given as KUBECHAT_<FLAG> in the "
           "environment\nand, by its name, as a key of the file that --config names; the command line wins, then the "
           "environment.\n\n");
    kc_flags_help(opts, n);
}

bool kc_manager_options_parse(struct kc_arena *a, int argc, char **argv, struct kc_manager_options *o,
                              struct kc_err *err)
{
    const struct kc_opt opts[] = {
        {"config", 0, KC_OPT_CONFIG, &o->config, true, "FILE", "YAML file with the names below as keys"},
        {"kubeconfig", 0, KC_OPT_STRING, &o->kubeconfig, true, "FILE",
         "run beside the cluster with this kubeconfig (default: in the cluster)"},
        {"context", 0, KC_OPT_STRING, &o->context, true, "NAME", "context of the kubeconfig"},
        {"namespace", 'n', KC_OPT_STRING, &o->ns, true, "NAME",
         "where the chart was installed: Secret and Events of our own"},
        {"cluster-name", 0, KC_OPT_STRING, &o->cluster_name, true, "NAME",
         "what spec.context.cluster calls this cluster"},
        {"cluster-domain", 0, KC_OPT_STRING, &o->cluster_domain, true, "DOMAIN",
         "of the cluster's DNS: model servers are asked at NAME.NAMESPACE.svc.DOMAIN"},
        {"webhook-url", 0, KC_OPT_STRING, &o->webhook_url, true, "URL",
         "how the API server reaches our webhook (default: the chart's Service)"},
        {"webhook-address", 0, KC_OPT_STRING, &o->webhook_address, true, "ADDRESS", "where the webhook listens"},
        {"webhook-port", 0, KC_OPT_INT, &o->webhook_port, true, "PORT", "0: any free one"},
        {"view-address", 0, KC_OPT_STRING, &o->view_address, true, "ADDRESS",
         "where the API view.kubechat.io listens: what reads found"},
        {"view-port", 0, KC_OPT_INT, &o->view_port, true, "PORT",
         "0: any free one; with --webhook-url the APIService is given this port"},
        {"probe-address", 0, KC_OPT_STRING, &o->probe_address, true, "ADDRESS",
         "where /metrics, /healthz and /readyz listen"},
        {"probe-port", 0, KC_OPT_INT, &o->probe_port, true, "PORT", "0: any free one"},
        {"store", 0, KC_OPT_STRING, &o->store, true, "URL",
         "audit store: sqlite:PATH, or postgresql://USER@HOST/DATABASE"},
        {"signing-key", 0, KC_OPT_STRING, &o->signing_key, true, "FILE",
         "Ed25519 key that signs checkpoints; made when it is missing"},
        {"capture-key-file", 0, KC_OPT_STRING, &o->capture_key_file, true, "FILE",
         "base64 keys, one a line, that lock what is captured before a change; the first locks, all unlock (default: "
         "nothing is captured, and little can be rolled back)"},
        {"impersonate-groups", 0, KC_OPT_LIST, &o->groups, true, "A,B",
         "groups that RBAC lets us impersonate; others are left out (default: all are sent)"},
        {"impersonate-extras", 0, KC_OPT_LIST, &o->extras, true, "A,B",
         "userextras keys that RBAC lets us impersonate (default: none are sent)"},
        {"workers", 0, KC_OPT_INT, &o->workers, true, "N", "reconciles at the same time"},
        {"rollout-timeout", 0, KC_OPT_DURATION, &o->rollout_ms, true, "TIME",
         "a change that has not rolled out after so long has failed (5m)"},
        {"leader-elect", 0, KC_OPT_BOOL, &o->leader_elect, true, NULL,
         "one of several replicas does the work (default; =false: this one is alone)"},
        {"leader-elect-lease-duration", 0, KC_OPT_DURATION, &o->lease.duration_ms, true, "TIME",
         "others take over from a leader that is silent for so long (15s)"},
        {"leader-elect-renew-deadline", 0, KC_OPT_DURATION, &o->lease.renew_deadline_ms, true, "TIME",
         "a leader that cannot renew for so long stops acting (10s)"},
        {"leader-elect-retry-period", 0, KC_OPT_DURATION, &o->lease.retry_ms, true, "TIME",
         "how often the lease is looked at (2s)"},
        {"log-format", 0, KC_OPT_STRING, &o->log_format, true, "FORMAT", "text or json"},
        {"verbosity", 'v', KC_OPT_INT, &o->verbosity, true, "N", "1: debug"},
        {"help", 'h', KC_OPT_BOOL, &o->help, false, NULL, "this text"},
    };
    const size_t n = sizeof opts / sizeof *opts;
    struct kc_strs args;

    *o = defaults;
    if (!kc_flags_parse(a, argc, argv, opts, n, &args, err))
        return false;
    if (!o->help)
        return check(o, &args, err);
    help(opts, n);
    return true;
}
