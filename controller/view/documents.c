#include "controller/view/documents.h"

#include <string.h>

#include "controller/base/text.h"
#include "controller/view/output.h"

#define GROUP_VERSION KC_VIEW_GROUP "/" KC_VIEW_VERSION
#define OUTPUT_PATH   "/apis/" GROUP_VERSION "/namespaces/{namespace}/outputs/{name}"
#define DEFINITION    "io.kubechat.view.v1alpha1.Output"
#define AGGREGATED    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

static json_t *parsed(const char *text)
{
    return json_loads(text, 0, NULL);
}

/* kubectl and the API server's own aggregation ask for it this way since 1.26. */
static json_t *aggregated_discovery(void)
{
    return parsed("{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":\"apidiscovery.k8s.io/v2\",\"metadata\":{},"
                  "\"items\":[{\"metadata\":{\"name\":\"" KC_VIEW_GROUP "\",\"creationTimestamp\":null},"
                  "\"versions\":[{\"version\":\"" KC_VIEW_VERSION "\",\"freshness\":\"Current\",\"resources\":["
                  "{\"resource\":\"" KC_VIEW_RESOURCE "\",\"responseKind\":{\"group\":\"" KC_VIEW_GROUP
                  "\",\"version\":\"" KC_VIEW_VERSION "\",\"kind\":\"" KC_VIEW_KIND "\"},\"scope\":\"Namespaced\","
                  "\"singularResource\":\"output\",\"verbs\":[\"get\"]}]}]}]}");
}

static json_t *api_group(void)
{
    return parsed("{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\",\"name\":\"" KC_VIEW_GROUP
                  "\",\"versions\":[{\"groupVersion\":\"" GROUP_VERSION "\",\"version\":\"" KC_VIEW_VERSION
                  "\"}],\"preferredVersion\":{\"groupVersion\":\"" GROUP_VERSION "\",\"version\":\"" KC_VIEW_VERSION
                  "\"}}");
}

static json_t *api_groups(void)
{
    return json_pack("{s:s, s:s, s:[o]}", "kind", "APIGroupList", "apiVersion", "v1", "groups", api_group());
}

static json_t *api_resources(void)
{
    return parsed("{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\",\"groupVersion\":\"" GROUP_VERSION
                  "\",\"resources\":[{\"name\":\"" KC_VIEW_RESOURCE
                  "\",\"singularName\":\"output\",\"namespaced\":true,\"kind\":\"" KC_VIEW_KIND
                  "\",\"verbs\":[\"get\"]}]}");
}

static json_t *text_field(const char *description)
{
    return json_pack("{s:s, s:s}", "type", "string", "description", description);
}

static json_t *step_schema(void)
{
    json_t *properties = json_object();

    json_object_set_new(properties, "id", text_field("The step's number in the plan of the request."));
    json_object_set_new(properties, "command", text_field("The kubectl command that the output is of."));
    json_object_set_new(properties, "output",
                        text_field("What the command prints, read just now with the rights of who is asking."));
    json_object_set_new(properties, "note", text_field("Why there is no output."));
    json_object_set_new(properties, "truncated",
                        json_pack("{s:s, s:s}", "type", "boolean", "description",
                                  "The output is longer than 1 MiB; its last line says so."));
    return json_pack("{s:s, s:o}", "type", "object", "properties", properties);
}

static json_t *output_schema(void)
{
    json_t *properties = json_object();

    json_object_set_new(properties, "apiVersion", text_field("The versioned schema of this object."));
    json_object_set_new(properties, "kind", text_field("Output."));
    json_object_set_new(properties, "metadata",
                        json_pack("{s:s, s:s}", "type", "object", "description",
                                  "Name and namespace of the ChatRequest whose reads these are."));
    json_object_set_new(properties, "steps",
                        json_pack("{s:s, s:s, s:o}", "type", "array", "description",
                                  "The reading steps of the request's plan, in order.", "items", step_schema()));
    return json_pack(
        "{s:s, s:s, s:o, s:[{s:s, s:s, s:s}]}", "type", "object", "description",
        "Output is what the reads of a ChatRequest found. It is kept nowhere: each look reads again, as the "
        "person who looks.",
        "properties", properties, "x-kubernetes-group-version-kind", "group", KC_VIEW_GROUP, "version", KC_VIEW_VERSION,
        "kind", KC_VIEW_KIND);
}

static json_t *path_parameters(bool v3)
{
    json_t *list = json_array();
    static const char *const names[] = {"namespace", "name"};

    for (size_t i = 0; i < 2; i++) {
        json_t *p = json_pack("{s:s, s:s, s:b}", "name", names[i], "in", "path", "required", true);
        if (v3)
            json_object_set_new(p, "schema", json_pack("{s:s}", "type", "string"));
        else
            json_object_set_new(p, "type", json_string("string"));
        json_array_append_new(list, p);
    }
    return list;
}

static json_t *get_operation(bool v3)
{
    json_t *schema = json_pack("{s:s}", "$ref", v3 ? "#/components/schemas/" DEFINITION : "#/definitions/" DEFINITION);
    json_t *ok =
        v3 ? json_pack("{s:s, s:{s:{s:o}}}", "description", "OK", "content", "application/json", "schema", schema)
           : json_pack("{s:s, s:o}", "description", "OK", "schema", schema);

    return json_pack("{s:s, s:s, s:o, s:{s:o}, s:s, s:{s:s, s:s, s:s}}", "operationId",
                     "readViewKubechatIoV1alpha1NamespacedOutput", "description", "read the specified Output",
                     "parameters", path_parameters(v3), "responses", "200", ok, "x-kubernetes-action", "get",
                     "x-kubernetes-group-version-kind", "group", KC_VIEW_GROUP, "version", KC_VIEW_VERSION, "kind",
                     KC_VIEW_KIND);
}

static json_t *info(void)
{
    return json_pack("{s:s, s:s}", "title", "kubechat view", "version", KC_VIEW_VERSION);
}

static json_t *openapi_v2(void)
{
    return json_pack("{s:s, s:o, s:{s:{s:o}}, s:{s:o}}", "swagger", "2.0", "info", info(), "paths", OUTPUT_PATH, "get",
                     get_operation(false), "definitions", DEFINITION, output_schema());
}

static json_t *openapi_v3(void)
{
    return json_pack("{s:s, s:o, s:{s:{s:o}}, s:{s:{s:o}}}", "openapi", "3.0.0", "info", info(), "paths", OUTPUT_PATH,
                     "get", get_operation(true), "components", "schemas", DEFINITION, output_schema());
}

static json_t *openapi_v3_index(void)
{
    return parsed("{\"paths\":{\"apis/" GROUP_VERSION "\":{\"serverRelativeURL\":\"/openapi/v3/apis/" GROUP_VERSION
                  "\"}}}");
}

static const struct {
    const char *path;
    json_t *(*make)(void);
} documents[] = {
    {"/apis", api_groups},       {"/apis/" KC_VIEW_GROUP, api_group}, {"/apis/" GROUP_VERSION, api_resources},
    {"/openapi/v2", openapi_v2}, {"/openapi/v3", openapi_v3_index},   {"/openapi/v3/apis/" GROUP_VERSION, openapi_v3},
};

json_t *kc_view_document(const char *path, const char *accept, const char **ret_type)
{
    size_t len = strlen(path);

    *ret_type = "application/json";
    if (len > 1 && path[len - 1] == '/')
        len--;
    if (len == strlen("/apis") && kc_str_starts(path, "/apis") &&
        strstr(accept, "g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")) {
        *ret_type = AGGREGATED;
        return aggregated_discovery();
    }
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++)
        if (strlen(documents[i].path) == len && strncmp(documents[i].path, path, len) == 0)
            return documents[i].make();
    return NULL;
}

static const struct {
    enum kc_class class;
    int status;
    const char *reason;
} statuses[] = {
    {KC_NOT_FOUND, 404, "NotFound"},
    {KC_FORBIDDEN, 403, "Forbidden"},
    {KC_INVALID, 400, "BadRequest"},
    {KC_CONFLICT, 409, "Conflict"},
    {KC_GONE, 410, "Gone"},
    {KC_RETRY, 503, "ServiceUnavailable"},
    {KC_UNAVAILABLE, 503, "ServiceUnavailable"},
};
#define N_STATUSES (sizeof statuses / sizeof statuses[0])

int kc_view_http_status(const struct kc_err *e)
{
    if (e->http_status == 401 || e->http_status == 405)
        return e->http_status;
    for (size_t i = 0; i < N_STATUSES; i++)
        if (statuses[i].class == e->class)
            return statuses[i].status;
    return 500;
}

json_t *kc_view_status(const struct kc_err *e, int http_status)
{
    int code = http_status ? http_status : kc_view_http_status(e);
    const char *reason = code == 401 ? "Unauthorized" : code == 405 ? "MethodNotAllowed" : "InternalError";

    for (size_t i = 0; i < N_STATUSES; i++)
        if (statuses[i].status == code)
            reason = statuses[i].reason;
    return json_pack("{s:s, s:s, s:{}, s:s, s:s, s:s, s:i}", "kind", "Status", "apiVersion", "v1", "metadata", "status",
                     "Failure", "message", e->message, "reason", reason, "code", code);
}
