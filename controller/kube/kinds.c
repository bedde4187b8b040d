#include "controller/kube/kind.h"

#include "controller/base/clock.h"
#include "controller/base/text.h"
#include "controller/kube/proto/apps.pb-c.h"
#include "controller/kube/proto/batch.pb-c.h"
#include "controller/kube/proto/reach.pb-c.h"
#include "controller/kube/read_kinds.h"

const struct kc_kind kc_kinds[] = {
    {"", "v1", "Namespace", "namespaces", false, false, false, &pb__namespace__descriptor, kc_read_namespace},
    {"", "v1", "Node", "nodes", false, false, false, &pb__node__descriptor, kc_read_node},
    {"apps", "v1", "Deployment", "deployments", true, false, false, &pb__deployment__descriptor, kc_read_deployment},
    {"apps", "v1", "StatefulSet", "statefulsets", true, false, false, &pb__stateful_set__descriptor,
     kc_read_statefulset},
    {"apps", "v1", "DaemonSet", "daemonsets", true, false, false, &pb__daemon_set__descriptor, kc_read_daemonset},
    {"apps", "v1", "ReplicaSet", "replicasets", true, true, false, &pb__replica_set__descriptor, kc_read_replicaset},
    {"", "v1", "ReplicationController", "replicationcontrollers", true, false, false,
     &pb__replication_controller__descriptor, kc_read_replicationcontroller},
    {"batch", "v1", "CronJob", "cronjobs", true, false, false, &pb__cron_job__descriptor, kc_read_cronjob},
    {"batch", "v1", "Job", "jobs", true, false, false, &pb__job__descriptor, kc_read_job},
    {"", "v1", "Pod", "pods", true, true, false, &pb__pod__descriptor, kc_read_pod},
    {"", "v1", "Service", "services", true, false, false, &pb__service__descriptor, kc_read_service},
    {"discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", true, true, false, &pb__endpoint_slice__descriptor,
     kc_read_endpointslice},
    {"networking.k8s.io", "v1", "Ingress", "ingresses", true, false, false, &pb__ingress__descriptor, kc_read_ingress},
    {"autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", true, false, false,
     &pb__horizontal_pod_autoscaler__descriptor, kc_read_hpa},
    {"policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", true, false, false,
     &pb__pod_disruption_budget__descriptor, kc_read_pdb},
    {"", "v1", "ConfigMap", "configmaps", true, false, true, &pb__partial_object_metadata__descriptor, NULL},
};
const size_t kc_n_kinds = sizeof(kc_kinds) / sizeof(kc_kinds[0]);

const struct kc_kind *kc_kind_find(const char *group, const char *resource)
{
    for (size_t i = 0; i < kc_n_kinds; i++)
        if (KC_STREQ(kc_kinds[i].resource, resource) && KC_STREQ(kc_kinds[i].group, group))
            return &kc_kinds[i];
    return NULL;
}

static void *take(void *s, size_t size)
{
    return kc_scratch_take(s, size); /* NULL: the decoder gives up */
}

static void give_back(void *arg, void *p)
{
    (void)arg;
    (void)p; /* with all of it */
}

static void read_owner(const Pb__ObjectMeta *meta, struct kc_item *ret)
{
    for (size_t i = 0; i < meta->n_owner_references; i++) {
        const Pb__OwnerReference *o = meta->owner_references[i];
        if (!o->controller)
            continue;
        ret->owner_kind = o->kind;
        ret->owner_name = o->name;
        ret->owner_uid = o->uid;
    }
}

static struct kc_record *pack(const struct kc_kind *k, struct kc_intern *strings, struct kc_arena *a,
                              const ProtobufCMessage *m, struct kc_err *err)
{
    /* Metadata is the first field of each of the kinds' messages. */
    const Pb__ObjectMeta *meta = ((const Pb__PartialObjectMetadata *)m)->metadata;
    struct kc_item item = {
        .kind = k, .replicas = -1, .ready = -1, .want = -1, .have = -1, .min = -1, .max = -1, .allowed = -1};

    if (!meta) {
        kc_fail(err, KC_INVALID, "BadMetadata", "metadata is missing");
        return NULL;
    }
    kc_read_pairs(a, meta->labels, meta->n_labels, &item.labels, &item.n_labels);
    read_owner(meta, &item);
    if (meta->creation_timestamp)
        item.created_ms = meta->creation_timestamp->seconds * KC_SECOND_MS;
    if (k->read)
        k->read(a, m, &item);
    return kc_item_pack(strings, &item, meta->namespace_, meta->name, meta->uid, meta->resource_version, err);
}

struct kc_record *kc_kind_decode(const struct kc_kind *k, struct kc_intern *strings, struct kc_scratch *s,
                                 const uint8_t *object, size_t len, struct kc_err *err)
{
    ProtobufCAllocator allocator = {take, give_back, s};
    ProtobufCMessage *m = protobuf_c_message_unpack(k->message, &allocator, len, object);
    struct kc_record *r = NULL;

    if (m)
        r = pack(k, strings, kc_scratch_arena(s), m, err);
    else
        kc_fail(err, KC_INVALID, "BadObject", "it is no %s in protobuf, or decodes to more than %zu MiB", k->kind,
                KC_SCRATCH_MAX >> 20);
    kc_scratch_reset(s);
    return r;
}

struct kc_record *kc_kind_decode_json(const struct kc_kind *k, struct kc_intern *strings, struct kc_scratch *s,
                                      const json_t *object, struct kc_err *err)
{
    struct kc_arena *a = kc_scratch_arena(s);
    struct kc_record *r = pack(k, strings, a, kc_message_of_json(a, k->message, object), err);

    kc_scratch_reset(s);
    return r;
}
