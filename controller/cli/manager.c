#include "controller/cli/manager.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/cli/manager_parts.h"

/* Every replica's, in the order of their start. */
static const struct kc_component components[] = {
    {"http", kc_manager_http_start, kc_manager_http_stop},
    {"shutdown", kc_manager_shutdown_start, kc_manager_shutdown_stop},
    {"probe port", kc_manager_probes_start, kc_manager_probes_stop},
    {"cluster", kc_manager_cluster_start, kc_manager_cluster_stop},
    {"fleet", kc_manager_fleet_start, kc_manager_fleet_stop},
    {"audit", kc_manager_audit_start, kc_manager_audit_stop},
    {"webhook", kc_manager_webhook_start, kc_manager_webhook_stop},
    {"view", kc_manager_view_start, kc_manager_view_stop},
    {"policies", kc_manager_policies_start, kc_manager_policies_stop},
    {"leadership", kc_manager_lead_start, kc_manager_lead_stop},
    {"probes", kc_manager_probes_run, kc_manager_probes_stop},
};
#define N_COMPONENTS (sizeof components / sizeof *components)

/* The leader's. */
static const struct kc_component leading[] = {
    {"aiprovider", kc_manager_providers_start, kc_manager_providers_stop},
    {"chatrequest", kc_manager_chat_start, kc_manager_chat_stop},
    {"policy status", kc_manager_policies_lead, kc_manager_policies_follow},
};
#define N_LEADING (sizeof leading / sizeof *leading)

/* What a burst needed goes back to the system. */
static bool give_memory_back(struct kc_manager *m, struct kc_err *err)
{
    (void)m, (void)err;
    malloc_trim(0);
    return true;
}

static const struct kc_chore chores[] = {
    {"webhook", 30 * KC_SECOND_MS, kc_manager_webhook_maintain},
    {"view", 30 * KC_SECOND_MS, kc_manager_view_maintain},
    {"memory", 30 * KC_SECOND_MS, give_memory_back},
    {"discovery", 5 * KC_MINUTE_MS, kc_manager_discovery_refresh},
    {"checkpoint", KC_SECOND_MS, kc_manager_checkpoint_publish},
};
#define N_CHORES (sizeof chores / sizeof *chores)

/* *ret_n: how many have to be stopped again, whatever came of the start. */
static bool start(struct kc_manager *m, const struct kc_component *v, size_t n, size_t *ret_n, struct kc_err *err)
{
    for (*ret_n = 0; *ret_n < n;)
        if (!v[(*ret_n)++].start(m, err))
            return false;
    return true;
}

static void stop(struct kc_manager *m, const struct kc_component *v, size_t n)
{
    while (n > 0)
        v[--n].stop(m);
}

bool kc_manager_leading_start(struct kc_manager *m, struct kc_err *err)
{
    return start(m, leading, N_LEADING, &m->n_leading, err);
}

void kc_manager_leading_stop(struct kc_manager *m)
{
    stop(m, leading, m->n_leading);
    m->n_leading = 0;
}

/* Until a signal comes. */
static void tend(struct kc_manager *m)
{
    int64_t due[N_CHORES];

    for (size_t i = 0; i < N_CHORES; i++)
        due[i] = kc_mono_ms() + chores[i].every_ms;
    while (!kc_shutdown_asked(m->shutdown, KC_SECOND_MS))
        for (size_t i = 0; i < N_CHORES; i++) {
            struct kc_err err = {0};
            if (kc_mono_ms() < due[i])
                continue;
            if (!chores[i].run(m, &err))
                kc_log(KC_WARN, chores[i].name, "upkeep failed, trying again", "error", err.message, NULL);
            due[i] = kc_mono_ms() + chores[i].every_ms;
        }
}

/* Before any thread is made: all inherit it. */
static void block_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int kc_cmd_manager(int argc, char **argv)
{
    KC_ARENA_SCOPE(a);
    struct kc_manager m = {.a = a, .chat_lock = PTHREAD_MUTEX_INITIALIZER};
    struct kc_err err = {0};
    size_t started;
    int64_t began = kc_mono_ms();

    mallopt(M_ARENA_MAX, 2); /* sixteen workers that wait need no heap each */
    if (!kc_manager_options_parse(a, argc, argv, &m.o, &err)) {
        fprintf(stderr, "kubechat manager: %s\n", err.message);
        return 1;
    }
    if (m.o.help)
        return 0;
    kc_log_init(m.o.verbosity > 0 ? KC_DEBUG : KC_INFO, KC_STREQ(m.o.log_format, "json"));
    block_signals();
    bool ok = start(&m, components, N_COMPONENTS, &started, &err);
    if (ok) {
        kc_log(KC_INFO, "manager", "started", "server", kc_config_server(m.config), "cluster", m.cluster.uid,
               "webhook-port", kc_arena_printf(a, "%u", kc_webhook_port(m.webhook)), "probe-port",
               kc_arena_printf(a, "%u", kc_probe_server_port(m.probes)), "took",
               kc_arena_printf(a, "%lldms", (long long)(kc_mono_ms() - began)), NULL);
        tend(&m);
        kc_log(KC_INFO, "manager", "stopping", NULL);
        ok = !atomic_load(&m.failed);
    } else {
        fprintf(stderr, "kubechat manager: %s\n", err.message);
    }
    stop(&m, components, started);
    return ok ? 0 : 1;
}
