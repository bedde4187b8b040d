#include "controller/kube/proto/apps.pb-c.h"
#include "controller/kube/proto/batch.pb-c.h"
#include "controller/kube/read_kinds.h"

/* What those with a number of replicas have alike; the API fills in 1 for a missing one. */
#define READ_WORKLOAD(type, m, a, ret)                                                                                 \
    do {                                                                                                               \
        const type *w = (const type *)(m);                                                                             \
        (ret)->ready = w->status ? w->status->ready_replicas : -1;                                                     \
        if (!w->spec)                                                                                                  \
            break;                                                                                                     \
        (ret)->replicas = w->spec->has_replicas ? w->spec->replicas : 1;                                               \
        kc_read_containers((a), pod_of(w->spec->template_), (ret));                                                    \
    } while (0)

static const Pb__PodSpec *pod_of(const Pb__PodTemplateSpec *t)
{
    return t ? t->spec : NULL;
}

void kc_read_replicationcontroller(struct kc_arena *a, const ProtobufCMessage *m, struct kc_item *ret)
{
    const Pb__ReplicationController *r = (const Pb__ReplicationController *)m;

    READ_WORKLOAD(Pb__ReplicationController, m, a, ret);
    if (r->spec)
        kc_read_match(a, r->spec->selector, r->spec->n_selector, ret);
}

void kc_read_deployment(struct kc_arena *a, const ProtobufCMessage *m, struct kc_item *ret)
{
    const Pb__Deployment *d = (const Pb__Deployment *)m;

    READ_WORKLOAD(Pb__Deployment, m, a, ret);
    if (!d->spec)
        return;
    ret->paused = d->spec->paused;
    kc_read_selector(a, d->spec->selector, ret);
}

void kc_read_replicaset(struct kc_arena *a, const ProtobufCMessage *m, struct kc_item *ret)
{
    const Pb__ReplicaSet *r = (const Pb__ReplicaSet *)m;

    READ_WORKLOAD(Pb__ReplicaSet, m, a, ret);
    kc_read_selector(a, r->spec ? r->spec->selector : NULL, ret);
}

void kc_read_statefulset(struct kc_arena *a, const ProtobufCMessage *m, struct kc_item *ret)
{
    const Pb__StatefulSet *s = (const Pb__StatefulSet *)m;

    READ_WORKLOAD(Pb__StatefulSet, m, a, ret);
    kc_read_selector(a, s->spec ? s->spec->selector : NULL, ret);
}

void kc_read_daemonset(struct kc_arena *a, const ProtobufCMessage *m, struct kc_item *ret)
{
    const Pb__DaemonSet *d = (const Pb__DaemonSet *)m;

    if (d->status) {
        ret->want = d->status->desired_number_scheduled;
        ret->ready = ret->have = d->status->number_ready;
    }
    if (d->spec) {
        kc_read_selector(a, d->spec->selector, ret);
        kc_read_containers(a, pod_of(d->spec->template_), ret);
    }
}

/* As kubectl's printJob does. */
static const char *job_state(const Pb__Job *j)
{
    static const char *const ends[] = {"Complete", "Failed"};
    static const char *const ways[] = {"Suspended", "FailureTarget", "SuccessCriteriaMet"};
    size_t n = j->status ? j->status->n_conditions : 0;
    Pb__Condition *const *v = n ? j->status->conditions : NULL;

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (kc_read_condition(v, n, ends[i], "True"))
            return ends[i];
    if (j->metadata && j->metadata->deletion_timestamp)
        return "Terminating";
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        if (kc_read_condition(v, n, ways[i], "True"))
            return ways[i];
    return "Running";
}

void kc_read_job(struct kc_arena *a, const ProtobufCMessage *m, struct kc_item *ret)
{
    const Pb__Job *j = (const Pb__Job *)m;

    ret->status = job_state(j);
    if (!j->spec)
        return;
    ret->paused = j->spec->suspend;
    kc_read_selector(a, j->spec->selector, ret);
    kc_read_containers(a, pod_of(j->spec->template_), ret);
}

void kc_read_cronjob(struct kc_arena *a, const ProtobufCMessage *m, struct kc_item *ret)
{
    const Pb__CronJobSpec *s = ((const Pb__CronJob *)m)->spec;

    if (!s)
        return;
    ret->paused = s->suspend;
    ret->schedule = s->schedule;
    if (s->job_template && s->job_template->spec)
        kc_read_containers(a, pod_of(s->job_template->spec->template_), ret);
}
