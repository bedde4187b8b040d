#include <stdio.h>

#include "controller/audit/paths.h"
#include "controller/audit/store.h"
#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/cli/manager_parts.h"

#define EVENT_EVERY_MS KC_MINUTE_MS

/* The writer's thread: a checkpoint kept outside the store is what shows a truncation later. */
static void on_checkpoint(void *arg, const char *note)
{
    struct kc_manager *m = arg;

    fputs(note, stdout);
    fputc('\n', stdout);
    fflush(stdout);
    atomic_store(&m->new_checkpoint, true);
}

bool kc_manager_audit_start(struct kc_manager *m, struct kc_err *err)
{
    const char *store = m->o.store ? m->o.store : kc_audit_default_path(m->a);
    const char *key = m->o.signing_key ? m->o.signing_key : kc_audit_key_path(m->a, m->o.store);
    const char *origin = kc_arena_printf(m->a, "kubechat.io/%s", m->cluster.uid);
    m->signer = kc_signer_load_or_create(key, origin, err);
    if (!m->signer)
        return false;
    if (m->o.capture_key_file && !(m->locker = kc_locker_open(m->o.capture_key_file, err)))
        return kc_wrap(err, "--capture-key-file");
    struct kc_audit_options o = {
        .store = store, .origin = origin, .signer = m->signer, .on_checkpoint = on_checkpoint, .arg = m};
    m->audit = kc_audit_open(&o, err);
    if (m->audit)
        kc_log(KC_INFO, "audit", "log open", "store", kc_audit_store_name(m->a, store), "origin", origin, NULL);
    return m->audit != NULL;
}

void kc_manager_audit_stop(struct kc_manager *m)
{
    kc_audit_close(m->audit);
    kc_signer_destroy(m->signer);
    m->locker = kc_locker_close(m->locker);
}

/* The newest checkpoint as an Event in our own namespace: a place outside the store that the cluster's own backups
 * keep. At most one a minute. */
bool kc_manager_checkpoint_publish(struct kc_manager *m, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    struct kc_call as_ourselves = {.timeout_ms = 5 * KC_SECOND_MS};
    const char *note = NULL;
    char now[KC_TIME_LEN], id[37];
    json_t *answer;

    if (kc_mono_ms() < m->next_checkpoint_ms || !atomic_exchange(&m->new_checkpoint, false))
        return true;
    m->next_checkpoint_ms = kc_mono_ms() + EVENT_EVERY_MS;
    if (!kc_audit_checkpoint(m->audit, a, &note, err))
        return false;
    if (!note)
        return true;
    kc_time_format(now, kc_unix_ms());
    KC_JSON_SCOPE *event = json_pack(
        "{s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s, s:s, s:s}, s:s, s:s, s:s, s:s, s:s, s:i, s:{s:s}}", "apiVersion", "v1",
        "kind", "Event", "metadata", "name", kc_arena_printf(a, "kubechat-checkpoint.%s", kc_uuid(id)), "namespace",
        m->o.ns, "involvedObject", "apiVersion", "v1", "kind", "Namespace", "name", m->o.ns, "namespace", m->o.ns,
        "reason", "AuditCheckpoint", "message", note, "type", "Normal", "firstTimestamp", now, "lastTimestamp", now,
        "count", 1, "source", "component", "kubechat");
    return kc_kube_send(m->kube, "POST", kc_arena_printf(a, "/api/v1/namespaces/%s/events", m->o.ns), NULL,
                        "application/json", event, &as_ourselves, a, &answer, err);
}
