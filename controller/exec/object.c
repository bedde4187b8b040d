#include "controller/exec/object.h"

#include <string.h>

struct kc_mapping kc_target_mapping(const struct kc_target *t)
{
    return (struct kc_mapping){.group = t->group,
                               .version = t->version,
                               .kind = t->kind,
                               .resource = t->resource,
                               .namespaced = t->ns && *t->ns};
}

bool kc_is_put_off(const struct kc_err *e)
{
    return e->http_status == 429 && KC_STREQ(e->reason, KC_DISRUPTION_BUDGET);
}

const char *kc_put_off_by(struct kc_arena *a, const char *ns, const struct kc_err *e)
{
    static const char before[] = "The disruption budget ";
    const char *name = strstr(e->message, before);

    return name ? kc_arena_printf(a, "poddisruptionbudget/%s/%s", ns, name + strlen(before))
                : kc_arena_strdup(a, e->message);
}

/* A server-side apply that names a field which its type does not have is a mistake in the manifest, but the API server
 * answers it with 500 (kubernetes/kubernetes issues 122480, 139253). */
static bool no_such_field(const struct kc_err *e)
{
    return e->http_status == 500 && strstr(e->message, "failed to create typed patch object") != NULL;
}

bool kc_is_refusal(const struct kc_err *e)
{
    return (e->class == KC_FORBIDDEN && e->http_status == 403) || e->class == KC_INVALID || no_such_field(e);
}

bool kc_object_call(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_api_request *req,
                    struct kc_arena *a, json_t **ret, struct kc_api_response *ret_response, struct kc_err *err)
{
    struct kc_call call = {.as = who};

    if (!kc_kube_json(c->kube, req, &call, a, ret, ret_response, err))
        return false;
    kc_redact(*ret, &c->redact_key);
    return true;
}

bool kc_object_read(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_api_request *req,
                    struct kc_arena *a, json_t **ret, struct kc_err *err)
{
    struct kc_api_response res;

    return kc_object_call(c, who, req, a, ret, &res, err);
}

static const char *newest_mark(const json_t *object)
{
    const json_t *fields = kc_json_at(object, "metadata.managedFields");
    const char *newest = "";

    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *f = json_array_get(fields, i);
        const char *time = kc_or(kc_json_str(f, "time"), ""); /* RFC 3339 in UTC: compares as text */
        if (!KC_STREQ(kc_or(kc_json_str(f, "subresource"), ""), "status") && strcmp(time, newest) > 0)
            newest = time;
    }
    return newest;
}

struct kc_object_meta kc_object_meta_of(const json_t *object)
{
    return (struct kc_object_meta){.uid = kc_or(kc_json_str(object, "metadata.uid"), ""),
                                   .resource_version = kc_or(kc_json_str(object, "metadata.resourceVersion"), ""),
                                   .generation = kc_json_int(object, "metadata.generation", 0),
                                   .being_deleted = kc_json_str(object, "metadata.deletionTimestamp") != NULL,
                                   .marked_at = newest_mark(object)};
}

bool kc_object_meta_read(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_target *t,
                         struct kc_arena *a, struct kc_object_meta *ret, struct kc_err *err)
{
    struct kc_api_request req = {.method = "GET",
                                 .path = kc_target_path(a, t, NULL),
                                 .accept = KC_JSON_ACCEPT ";as=PartialObjectMetadata;g=meta.k8s.io;v=v1"};
    json_t *object;

    if (!kc_object_read(c, who, &req, a, &object, err))
        return false;
    *ret = kc_object_meta_of(object);
    return true;
}
