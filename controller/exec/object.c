#include "controller/exec/object.h"

struct kc_mapping kc_target_mapping(const struct kc_target *t)
{
    return (struct kc_mapping){.group = t->group,
                               .version = t->version,
                               .kind = t->kind,
                               .resource = t->resource,
                               .namespaced = t->ns && *t->ns};
}

bool kc_is_refusal(const struct kc_err *e)
{
    return (e->class == KC_FORBIDDEN && e->http_status == 403) || e->class == KC_INVALID;
}

bool kc_object_read(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_api_request *req,
                    struct kc_arena *a, json_t **ret, struct kc_err *err)
{
    struct kc_call call = {.as = who};
    struct kc_api_response res;

    return kc_kube_json(c->kube, req, &call, a, ret, &res, err);
}

bool kc_object_meta_read(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_target *t,
                         struct kc_arena *a, struct kc_object_meta *ret, struct kc_err *err)
{
    struct kc_mapping m = kc_target_mapping(t);
    struct kc_api_request req = {.method = "GET",
                                 .path = kc_resource_path(a, &m, t->ns, t->name, NULL),
                                 .accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"};
    json_t *object;

    if (!kc_object_read(c, who, &req, a, &object, err))
        return false;
    *ret = (struct kc_object_meta){.uid = kc_or(kc_json_str(object, "metadata.uid"), ""),
                                   .resource_version = kc_or(kc_json_str(object, "metadata.resourceVersion"), ""),
                                   .generation = kc_json_int(object, "metadata.generation", 0),
                                   .being_deleted = kc_json_str(object, "metadata.deletionTimestamp") != NULL};
    return true;
}
