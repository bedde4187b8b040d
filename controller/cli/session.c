#include "controller/cli/session.h"

#include "controller/view/output.h"

bool kc_session_open(struct kc_session *s, struct kc_arena *a, const char *kubeconfig, const char *context,
                     const char *ns, struct kc_err *err)
{
    struct kc_kube_options options = {.user_agent = "kubectl-chat/" KC_VERSION};

    *s = (struct kc_session){.a = a};
    s->config = kc_config_load(kubeconfig, context, err);
    s->http = s->config ? kc_http_client_create(err) : NULL;
    if (!s->http)
        return false;
    s->kube = kc_kube_create(s->http, s->config, &options);
    s->ns = ns ? ns : kc_config_namespace(s->config);
    return true;
}

void kc_session_close(struct kc_session *s)
{
    if (s->kube)
        kc_kube_unref(s->kube);
    kc_http_client_destroy(s->http);
    if (s->config)
        kc_config_unref(s->config);
    *s = (struct kc_session){0};
}

static bool decode(struct kc_session *s, const json_t *object, struct kc_chatrequest *ret, struct kc_err *err)
{
    return kc_chatrequest_decode(s->a, object, false, ret, err);
}

bool kc_session_get(struct kc_session *s, const char *name, struct kc_chatrequest *ret, json_t **ret_json,
                    struct kc_err *err)
{
    struct kc_call call = {0};
    json_t *object;

    if (!kc_kube_get(s->kube, kc_resource_path(s->a, &kc_chatrequest_mapping, s->ns, name, NULL), NULL, &call, s->a,
                     &object, err) ||
        !decode(s, object, ret, err))
        return false;
    if (ret_json)
        *ret_json = object;
    return true;
}

bool kc_session_create(struct kc_session *s, const char *name, const json_t *spec, struct kc_chatrequest *ret,
                       struct kc_err *err)
{
    struct kc_call call = {0};
    KC_JSON_SCOPE *body = json_pack("{s:s, s:s, s:{s:s, s:s}, s:O}", "apiVersion", KC_GROUP "/" KC_API_VERSION, "kind",
                                    KC_CHATREQUEST_KIND, "metadata", "name", name, "namespace", s->ns, "spec", spec);
    json_t *object;

    return kc_kube_send(s->kube, "POST", kc_resource_path(s->a, &kc_chatrequest_mapping, s->ns, NULL, NULL),
                        "fieldManager=kubectl-chat&fieldValidation=Strict", "application/json", body, &call, s->a,
                        &object, err) &&
           decode(s, object, ret, err);
}

bool kc_session_patch(struct kc_session *s, const char *name, const json_t *patch, struct kc_chatrequest *ret,
                      struct kc_err *err)
{
    struct kc_call call = {0};
    json_t *object;

    return kc_kube_send(s->kube, "PATCH", kc_resource_path(s->a, &kc_chatrequest_mapping, s->ns, name, NULL),
                        "fieldManager=kubectl-chat", "application/json-patch+json", patch, &call, s->a, &object, err) &&
           decode(s, object, ret, err);
}

bool kc_session_output(struct kc_session *s, const char *name, const char **ret, struct kc_err *err)
{
    static const struct kc_mapping outputs = {
        .group = KC_VIEW_GROUP, .version = KC_VIEW_VERSION, .resource = KC_VIEW_RESOURCE, .namespaced = true};
    struct kc_api_request req = {.method = "GET",
                                 .path = kc_resource_path(s->a, &outputs, s->ns, name, NULL),
                                 .query = "format=text",
                                 .accept = "text/plain,application/json"};
    struct kc_call call = {0};
    struct kc_api_response res;

    if (!kc_kube_do(s->kube, &req, &call, s->a, &res, err))
        return false;
    *ret = res.body;
    return true;
}

bool kc_session_table(struct kc_session *s, const char *name, bool all_namespaces, json_t **ret, struct kc_err *err)
{
    struct kc_api_request req = {
        .method = "GET",
        .path = kc_resource_path(s->a, &kc_chatrequest_mapping, all_namespaces ? NULL : s->ns, name, NULL),
        .accept = "application/json;as=Table;v=v1;g=meta.k8s.io"};
    struct kc_call call = {0};
    struct kc_api_response res;

    return kc_kube_json(s->kube, &req, &call, s->a, ret, &res, err);
}
