#include "controller/cli/manager.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "controller/audit/keyfile.h"
#include "controller/audit/log.h"
#include "controller/audit/paths.h"
#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/cli/flags.h"
#include "controller/kube/reflector.h"
#include "controller/reconcile/chatrequest.h"
#include "controller/runtime/probe_server.h"
#include "controller/runtime/shutdown.h"
#include "controller/runtime/workers.h"
#include "webhook/server.h"

#define DISCOVERY_EVERY_MS        (5 * KC_MINUTE_MS)
#define WEBHOOK_EVERY_MS          (30 * KC_SECOND_MS)
#define CHECKPOINT_EVENT_EVERY_MS KC_MINUTE_MS
#define REDACTION                 "kubechat redaction v1" /* what the sealing key makes the other key of */
#define MAX_KEYS                  100000
/* How long calls may take to end after SIGTERM; a pod is killed after 30 s. */
#define GRACE_MS (3 * KC_SECOND_MS)

struct options {
    const char *kubeconfig, *context, *ns, *cluster_name;
    const char *webhook_url, *webhook_address, *probe_address;
    const char *store, *signing_key, *log_format;
    struct kc_strs groups, extras;
    int64_t workers, webhook_port, probe_port, verbosity;
    bool help;
};

/* Everything that the process holds, in the order in which it is made; torn down backwards. */
struct manager {
    struct options o;
    struct kc_http_client *http;
    struct kc_shutdown *shutdown;
    struct kc_config *config;
    struct kc_kube *kube;
    struct kc_signer *signer;
    struct kc_webhook *webhook;
    struct kc_probe_server *probes;
    struct kc_workqueue *queue;
    struct kc_workers *workers;
    struct kc_reflector *reflector;
    struct kc_chat chat;
    atomic_bool new_checkpoint;
    atomic_bool watching;
};

static bool parse(struct kc_arena *a, int argc, char **argv, struct options *o, struct kc_err *err)
{
    *o = (struct options){.ns = "kubechat-system",
                          .cluster_name = KC_IN_CLUSTER,
                          .webhook_address = "0.0.0.0",
                          .webhook_port = 9443,
                          .probe_address = "0.0.0.0",
                          .probe_port = 8080,
                          .log_format = "text",
                          .workers = 16};
    const struct kc_opt opts[] = {
        {"kubeconfig", 0, KC_OPT_STRING, &o->kubeconfig, true, "FILE",
         "run beside the cluster with this kubeconfig (default: in the cluster)"},
        {"context", 0, KC_OPT_STRING, &o->context, true, "NAME", "context of the kubeconfig"},
        {"namespace", 'n', KC_OPT_STRING, &o->ns, true, "NAME",
         "where the chart was installed: Secret and Events of our own"},
        {"cluster-name", 0, KC_OPT_STRING, &o->cluster_name, true, "NAME",
         "what spec.context.cluster calls this cluster"},
        {"webhook-url", 0, KC_OPT_STRING, &o->webhook_url, true, "URL",
         "how the API server reaches our webhook (default: the chart's Service)"},
        {"webhook-address", 0, KC_OPT_STRING, &o->webhook_address, true, "ADDRESS", "where the webhook listens"},
        {"webhook-port", 0, KC_OPT_INT, &o->webhook_port, true, "PORT", "0: any free one"},
        {"probe-address", 0, KC_OPT_STRING, &o->probe_address, true, "ADDRESS",
         "where /metrics, /healthz and /readyz listen"},
        {"probe-port", 0, KC_OPT_INT, &o->probe_port, true, "PORT", "0: any free one"},
        {"store", 0, KC_OPT_STRING, &o->store, true, "URL", "audit store: sqlite:PATH"},
        {"signing-key", 0, KC_OPT_STRING, &o->signing_key, true, "FILE",
         "Ed25519 key that signs checkpoints; made when it is missing"},
        {"impersonate-groups", 0, KC_OPT_LIST, &o->groups, true, "A,B",
         "groups that RBAC lets us impersonate; others are left out (default: all are sent)"},
        {"impersonate-extras", 0, KC_OPT_LIST, &o->extras, true, "A,B",
         "userextras keys that RBAC lets us impersonate (default: none are sent)"},
        {"workers", 0, KC_OPT_INT, &o->workers, true, "N", "reconciles at the same time"},
        {"log-format", 0, KC_OPT_STRING, &o->log_format, true, "FORMAT", "text or json"},
        {"verbosity", 'v', KC_OPT_INT, &o->verbosity, true, "N", "1: debug"},
        {"help", 'h', KC_OPT_BOOL, &o->help, false, NULL, "this text"},
    };
    struct kc_strs args;

    if (!kc_flags_parse(a, argc, argv, opts, sizeof opts / sizeof opts[0], &args, err))
        return false;
    if (o->help) {
        printf("usage: kubechat manager [flags]\n\nRuns the controller and the admission webhook. Every flag can be "
               "given as "
               "KUBECHAT_<FLAG> in the environment.\n\n");
        kc_flags_help(opts, sizeof opts / sizeof opts[0]);
        return true;
    }
    if (args.n)
        return kc_fail(err, KC_INVALID, "Usage", "manager takes no arguments, got \"%s\"", args.v[0]);
    if (!KC_STREQ(o->log_format, "text") && !KC_STREQ(o->log_format, "json"))
        return kc_fail(err, KC_INVALID, "Usage", "--log-format: \"%s\" is neither text nor json", o->log_format);
    if (o->workers < 1 || o->workers > 256)
        return kc_fail(err, KC_INVALID, "Usage", "--workers: 1 to 256, got %lld", (long long)o->workers);
    if (o->webhook_port > UINT16_MAX || o->probe_port > UINT16_MAX)
        return kc_fail(err, KC_INVALID, "Usage", "a port is at most 65535");
    return true;
}

static void on_event(void *arg, enum kc_event event, const struct kc_record *r, bool initial)
{
    struct manager *m = arg;
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    const char *key = event == KC_DELETED ? kc_arena_printf(a, "%s#%s", r->key, r->uid) : r->key;

    if (!kc_workqueue_add(m->queue, key, initial ? KC_LANE_BACKLOG : KC_LANE_FRESH, &err))
        kc_log(KC_ERROR, "watch", "request not queued", "request", key, "error", err.message, NULL);
}

static void on_bad(void *arg, const char *ns, const char *name, const struct kc_err *err)
{
    (void)arg;
    kc_log(KC_WARN, "watch", "object skipped", "namespace", ns, "name", name, "error", err->message, NULL);
}

/* What failed while the API server was away waits with growing delays: now that it is back, everything is looked at
 * again. */
static void wake_all(struct manager *m)
{
    size_t n;
    const struct kc_record **records = kc_store_list(m->chat.requests, &n);

    for (size_t i = 0; i < n; i++) {
        on_event(m, KC_MODIFIED, records[i], true);
        kc_record_unref(records[i]);
    }
    free(records);
}

static void on_state(void *arg, const struct kc_err *err)
{
    struct manager *m = arg;

    atomic_store(&m->watching, !err);
    if (err) {
        kc_log(KC_WARN, "watch", "lost the API server, trying again", "error", err->message, NULL);
        return;
    }
    kc_log(KC_INFO, "watch", "watching chatrequests", NULL);
    wake_all(m);
}

/* The writer's thread: a checkpoint kept outside the store is what shows a truncation later. */
static void on_checkpoint(void *arg, const char *note)
{
    struct manager *m = arg;

    fputs(note, stdout);
    fputc('\n', stdout);
    fflush(stdout);
    atomic_store(&m->new_checkpoint, true);
}

static bool open_audit(struct manager *m, struct kc_arena *a, struct kc_err *err)
{
    const char *path = m->o.store;

    if (path && strchr(path, ':') && !kc_str_starts(path, "sqlite:"))
        return kc_fail(err, KC_INVALID, "Usage", "--store: \"%s\": this version speaks sqlite:PATH", path);
    path = path ? path + (kc_str_starts(path, "sqlite:") ? strlen("sqlite:") : 0) : kc_audit_default_path(a);
    const char *key = m->o.signing_key ? m->o.signing_key
                      : m->o.store     ? kc_arena_printf(a, "%s.key", path)
                                       : kc_audit_default_key_path(a);
    const char *origin = kc_arena_printf(a, "kubechat.io/%s", m->chat.cluster.uid);
    m->signer = kc_signer_load_or_create(key, origin, err);
    if (!m->signer)
        return false;
    struct kc_audit_options o = {
        .path = path, .origin = origin, .signer = m->signer, .on_checkpoint = on_checkpoint, .arg = m};
    m->chat.audit = kc_audit_open(&o, err);
    if (m->chat.audit)
        kc_log(KC_INFO, "audit", "log open", "store", path, "origin", origin, NULL);
    return m->chat.audit != NULL;
}

/* --flags to the NULL-terminated list that the client takes; NULL for "all". */
static const char *const *list_of(struct kc_arena *a, const struct kc_strs *s)
{
    const char **v = kc_arena_array(a, s->n + 1, sizeof *v);

    if (s->n == 0 || kc_strs_has(s, "*"))
        return NULL;
    memcpy(v, s->v, s->n * sizeof *v);
    return v;
}

static bool reach_cluster(struct manager *m, struct kc_arena *a, struct kc_err *err)
{
    return kc_kube_cluster_uid(m->kube, a, &m->chat.cluster.uid, err) &&
           kc_discovery_refresh(m->chat.cluster.discovery, true, err);
}

/* Everything else may be asked to stop while it starts. */
static bool open_http(struct manager *m, struct kc_err *err)
{
    m->http = kc_http_client_create(err);
    m->shutdown = m->http ? kc_shutdown_create(m->http, GRACE_MS, err) : NULL;
    return m->shutdown != NULL;
}

/* An API server that does not answer yet is waited for: the manager may be started with it, or during its outage. */
static bool connect_cluster(struct manager *m, struct kc_arena *a, struct kc_err *err)
{
    struct kc_kube_options options = {.groups = list_of(a, &m->o.groups), .extras = list_of(a, &m->o.extras)};

    m->config = m->o.kubeconfig ? kc_config_load(m->o.kubeconfig, m->o.context, err) : kc_config_in_cluster(err);
    if (!m->config)
        return m->o.kubeconfig ? false : kc_wrap(err, "no --kubeconfig given");
    m->kube = kc_kube_create(m->http, m->config, &options);
    m->chat.cluster =
        (struct kc_cluster){.name = m->o.cluster_name, .kube = m->kube, .discovery = kc_discovery_create(m->kube)};
    while (!reach_cluster(m, a, err)) {
        if (err->class != KC_RETRY)
            return false;
        kc_log(KC_WARN, "manager", "waiting for the API server", "server", kc_config_server(m->config), "error",
               err->message, NULL);
        if (kc_shutdown_asked(m->shutdown, KC_SECOND_MS))
            return kc_fail(err, KC_UNAVAILABLE, "Stopped", "told to stop before the API server answered");
        kc_err_clear(err);
    }
    return true;
}

static bool start_webhook(struct manager *m, struct kc_err *err)
{
    struct kc_webhook_options o = {.address = m->o.webhook_address,
                                   .port = (uint16_t)m->o.webhook_port,
                                   .url = m->o.webhook_url,
                                   .ns = m->o.ns,
                                   .kube = m->kube,
                                   .audit = m->chat.audit,
                                   .cluster_uid = m->chat.cluster.uid};

    m->webhook = kc_webhook_start(&o, err);
    if (!m->webhook)
        return kc_wrap(err, "webhook");
    m->chat.seal_key = kc_webhook_seal_key(m->webhook);
    kc_hmac_sha256(m->chat.cluster.redact_key.b, m->chat.seal_key.b, KC_SEAL_KEY_LEN, REDACTION, strlen(REDACTION));
    return true;
}

static bool start_controller(struct manager *m, struct kc_err *err)
{
    struct kc_reflector_options o = {.path = "/apis/" KC_GROUP "/" KC_API_VERSION "/" KC_CHATREQUEST_RESOURCE,
                                     .on_event = on_event,
                                     .on_bad = on_bad,
                                     .on_state = on_state,
                                     .arg = m};

    m->chat.requests = kc_store_create();
    m->chat.echo = kc_echo_create();
    m->chat.targets = kc_keylock_create();
    m->queue = kc_workqueue_create(MAX_KEYS);
    m->workers = kc_workers_start(m->queue, (unsigned)m->o.workers, "chatrequest", kc_chat_reconcile, &m->chat, err);
    if (!m->workers)
        return false;
    m->reflector = kc_reflector_create(m->kube, m->chat.requests, &o);
    return true;
}

static void stop(struct manager *m)
{
    kc_probe_server_destroy(m->probes);
    if (m->reflector)
        kc_reflector_destroy(m->reflector);
    kc_workers_stop(m->workers);
    if (m->webhook)
        kc_webhook_stop(m->webhook);
    kc_shutdown_destroy(m->shutdown);
    kc_audit_close(m->chat.audit);
    kc_signer_destroy(m->signer);
    kc_workqueue_destroy(m->queue);
    kc_keylock_destroy(m->chat.targets);
    kc_echo_destroy(m->chat.echo);
    kc_store_destroy(m->chat.requests);
    if (m->chat.cluster.discovery)
        kc_discovery_destroy(m->chat.cluster.discovery);
    if (m->kube)
        kc_kube_unref(m->kube);
    kc_http_client_destroy(m->http);
    if (m->config)
        kc_config_unref(m->config);
}

/* Probes: constant words only, since whoever reaches the port reads them. */
static bool api_server_answers(void *arg, struct kc_err *err)
{
    const struct manager *m = arg;

    return atomic_load(&m->watching) || kc_fail(err, KC_UNAVAILABLE, "Away", "waiting for the API server");
}

static bool watch_synced(void *arg, struct kc_err *err)
{
    const struct manager *m = arg;

    return kc_reflector_synced(m->reflector) ||
           kc_fail(err, KC_UNAVAILABLE, "NotSynced", "chatrequests are not listed yet");
}

static bool webhook_ready(void *arg, struct kc_err *err)
{
    const struct manager *m = arg;

    return kc_webhook_ready(m->webhook) || kc_fail(err, KC_UNAVAILABLE, "NotReady", "the webhook is not registered");
}

static bool audit_available(void *arg, struct kc_err *err)
{
    const struct manager *m = arg;

    return kc_audit_available(m->chat.audit) ||
           kc_fail(err, KC_UNAVAILABLE, "AuditUnavailable", "the audit store is away");
}

static bool open_probes(struct manager *m, struct kc_err *err)
{
    m->probes = kc_probe_server_create(m->o.probe_address, (uint16_t)m->o.probe_port, err);
    return m->probes != NULL;
}

static bool run_probes(struct manager *m, struct kc_err *err)
{
    static const struct {
        const char *name;
        kc_probe_fn fn;
    } checks[] = {{"api-server", api_server_answers},
                  {"watch-synced", watch_synced},
                  {"webhook", webhook_ready},
                  {"audit", audit_available}};
    struct kc_probes *probes = kc_probe_server_probes(m->probes);

    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        kc_probes_add(probes, checks[i].name, KC_PROBE_READY, checks[i].fn, m);
    return kc_probe_server_run(m->probes, err);
}

static bool start(struct manager *m, struct kc_arena *a, struct kc_err *err)
{
    return open_http(m, err) && open_probes(m, err) && connect_cluster(m, a, err) && open_audit(m, a, err) &&
           start_webhook(m, err) && start_controller(m, err) && run_probes(m, err);
}

/* The newest checkpoint as an Event in our own namespace: a place outside the store that the cluster's own backups
 * keep. */
static void publish_checkpoint(struct manager *m)
{
    KC_ARENA_SCOPE(a);
    struct kc_call as_ourselves = {.timeout_ms = 5 * KC_SECOND_MS};
    struct kc_err err = {0};
    const char *note = NULL;
    char now[KC_TIME_LEN], id[37];
    json_t *answer;

    if (!kc_audit_checkpoint(m->chat.audit, a, &note, &err) || !note)
        return;
    kc_time_format(now, kc_unix_ms());
    KC_JSON_SCOPE *event = json_pack(
        "{s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s, s:s, s:s}, s:s, s:s, s:s, s:s, s:s, s:i, s:{s:s}}", "apiVersion", "v1",
        "kind", "Event", "metadata", "name", kc_arena_printf(a, "kubechat-checkpoint.%s", kc_uuid(id)), "namespace",
        m->o.ns, "involvedObject", "apiVersion", "v1", "kind", "Namespace", "name", m->o.ns, "namespace", m->o.ns,
        "reason", "AuditCheckpoint", "message", note, "type", "Normal", "firstTimestamp", now, "lastTimestamp", now,
        "count", 1, "source", "component", "kubechat");
    if (!kc_kube_send(m->kube, "POST", kc_arena_printf(a, "/api/v1/namespaces/%s/events", m->o.ns), NULL,
                      "application/json", event, &as_ourselves, a, &answer, &err))
        kc_log(KC_WARN, "audit", "checkpoint not published as an Event", "error", err.message, NULL);
}

/* What has to happen now and then, on the main thread until a signal comes. */
static void tend(struct manager *m)
{
    int64_t discovered = kc_mono_ms(), webhook = discovered, published = discovered - CHECKPOINT_EVENT_EVERY_MS;

    while (!kc_shutdown_asked(m->shutdown, KC_SECOND_MS)) {
        struct kc_err err = {0};
        int64_t now = kc_mono_ms();
        if (now - webhook >= WEBHOOK_EVERY_MS) {
            webhook = now;
            malloc_trim(0); /* what a burst needed goes back to the system */
            if (!kc_webhook_maintain(m->webhook, kc_unix_ms(), &err))
                kc_log(KC_WARN, "webhook", "not maintained, trying again", "error", err.message, NULL);
        }
        if (now - discovered >= DISCOVERY_EVERY_MS) {
            discovered = now;
            if (!kc_discovery_refresh(m->chat.cluster.discovery, false, &err))
                kc_log(KC_WARN, "discovery", "not refreshed, trying again", "error", err.message, NULL);
        }
        if (now - published >= CHECKPOINT_EVENT_EVERY_MS && atomic_exchange(&m->new_checkpoint, false)) {
            published = now;
            publish_checkpoint(m);
        }
    }
}

int kc_cmd_manager(int argc, char **argv)
{
    KC_ARENA_SCOPE(a);
    struct manager m = {0};
    struct kc_err err = {0};
    sigset_t signals;
    int64_t began = kc_mono_ms();

    mallopt(M_ARENA_MAX, 2); /* sixteen workers that wait need no heap each */
    if (!parse(a, argc, argv, &m.o, &err)) {
        fprintf(stderr, "kubechat manager: %s\n", err.message);
        return 1;
    }
    if (m.o.help)
        return 0;
    kc_log_init(m.o.verbosity > 0 ? KC_DEBUG : KC_INFO, KC_STREQ(m.o.log_format, "json"));
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before any thread: all inherit it */
    signal(SIGPIPE, SIG_IGN);
    bool ok = start(&m, a, &err);
    if (ok) {
        kc_log(KC_INFO, "manager", "started", "server", kc_config_server(m.config), "cluster", m.chat.cluster.uid,
               "webhook-port", kc_arena_printf(a, "%u", kc_webhook_port(m.webhook)), "probe-port",
               kc_arena_printf(a, "%u", kc_probe_server_port(m.probes)), "took",
               kc_arena_printf(a, "%lldms", (long long)(kc_mono_ms() - began)), NULL);
        tend(&m);
        kc_log(KC_INFO, "manager", "stopping", NULL);
    } else {
        fprintf(stderr, "kubechat manager: %s\n", err.message);
    }
    stop(&m);
    return ok ? 0 : 1;
}
