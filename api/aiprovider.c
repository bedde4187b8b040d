#include "api/aiprovider.h"

#include <string.h>

#include "api/crd.h"
#include "api/tables.h"

#define API_VERSION KC_GROUP "/" KC_API_VERSION

const struct kc_mapping kc_aiprovider_mapping = {.group = KC_GROUP,
                                                 .version = KC_API_VERSION,
                                                 .kind = KC_AIPROVIDER_KIND,
                                                 .resource = KC_AIPROVIDER_RESOURCE,
                                                 .singular = "aiprovider"};

static const char *const types[] = {KC_AI_BUILTIN, "OpenAI", "Ollama", NULL};

static bool is_temperature(const char *s)
{
    size_t whole = strspn(s, "0123456789");
    if (whole != 1 || *s > '2' || (s[1] && (s[1] != '.' || !s[2] || s[2 + strspn(s + 2, "0123456789")])))
        return false;
    return *s != '2' || strspn(s + 1, ".0") == strlen(s + 1);
}

static const struct kc_format temperature_format = {
    .pattern = "^([01](\\.[0-9]{1,3})?|2(\\.0{1,3})?)$",
    .hint = "a decimal number from 0 to 2, such as \"0.2\"",
    .matches = is_temperature,
};

#define SPEC(member) .offset = offsetof(struct kc_aiprovider_spec, member)
static const struct kc_field secret_fields[] = {
    {.name = "name",
     .kind = KC_FIELD_STRING,
     SPEC(secret_name),
     .min = 1,
     .max = 253,
     .required = true,
     .description = "Name of a Secret in the namespace that kubechat is installed in."},
    {.name = "key",
     .kind = KC_FIELD_STRING,
     SPEC(secret_key),
     .min = 1,
     .max = 253,
     .description = "Entry of the Secret that holds the key. Default: key."},
};
static const struct kc_table secret_table = {
    .fields = secret_fields, .n = KC_COUNT(secret_fields), .size = sizeof(struct kc_aiprovider_spec)};

static const struct kc_rule spec_rules[] = {
    {.rule = "self.type == 'Builtin' || (has(self.endpoint) && has(self.model))",
     .message = "endpoint and model are needed for every type but Builtin",
     .reason = "FieldValueRequired"},
};

static const struct kc_field spec_fields[] = {
    {.name = "type",
     .kind = KC_FIELD_STRING,
     SPEC(type),
     .required = true,
     .names = types,
     .max = 32,
     .description = "What is spoken there: OpenAI for every server with OpenAI's chat completions and JSON schema "
                    "answers (llama.cpp, vLLM and others), Ollama for Ollama's own API, Builtin for the planner that "
                    "needs no model."},
    {.name = "endpoint",
     .kind = KC_FIELD_STRING,
     SPEC(endpoint),
     .max = 1024,
     .description = "Base URL of the API, such as http://llama.models.svc:8080/v1. Only Services of this cluster and "
                    "loopback addresses are asked."},
    {.name = "model", .kind = KC_FIELD_STRING, SPEC(model), .max = 253, .description = "Name of the model to ask."},
    {.name = "secretRef",
     .kind = KC_FIELD_OBJECT,
     .table = &secret_table,
     .description = "The key that is sent as a bearer token, where the server wants one."},
    {.name = "caBundle",
     .kind = KC_FIELD_STRING,
     SPEC(ca_bundle),
     .max = 65536,
     .description = "PEM certificates that the server's certificate is checked with. Default: those of the system."},
    {.name = "timeoutSeconds",
     .kind = KC_FIELD_INT,
     SPEC(timeout_seconds),
     .min = 1,
     .max = 600,
     .absent = 60,
     .dflt = "60",
     .description = "How long to wait for one answer. After it the built-in planner is used instead."},
    {.name = "maxTokens",
     .kind = KC_FIELD_INT,
     SPEC(max_tokens),
     .min = 16,
     .max = 32768,
     .absent = 1024,
     .dflt = "1024",
     .description = "Longest answer, in the model's tokens."},
    {.name = "temperature",
     .kind = KC_FIELD_STRING,
     SPEC(temperature),
     .min = 1,
     .max = 5,
     .dflt = "0",
     .format = &temperature_format,
     .description = "How much the answers vary, from 0 to 2, as a decimal number in quotes."},
    {.name = "default",
     .kind = KC_FIELD_BOOL,
     SPEC(is_default),
     .description = "Plan with this provider where a request names none (spec.providerRef). Of several defaults the "
                    "first by name is taken."},
};
static const struct kc_table spec_table = {
    .fields = spec_fields, .n = KC_COUNT(spec_fields), .size = sizeof(struct kc_aiprovider_spec)};

#define STATUS(member) .offset = offsetof(struct kc_aiprovider_status, member)
static const struct kc_field status_fields[] = {
    {.name = "observedGeneration",
     .kind = KC_FIELD_INT,
     STATUS(observed_generation),
     .max = KC_JSON_INT_MAX,
     .description = "The metadata.generation that this status speaks of."},
    {.name = "models",
     .kind = KC_FIELD_STRINGS,
     STATUS(models),
     .trim = true,
     .max = 32,
     .item_max = 253,
     .description = "Models that the server says it has."},
    {.name = "latency",
     .kind = KC_FIELD_STRING,
     STATUS(latency),
     .max = 32,
     .description = "How long the server took to say so."},
    {.name = "conditions",
     .kind = KC_FIELD_OBJECTS,
     STATUS(conditions),
     .count_offset = offsetof(struct kc_aiprovider_status, n_conditions),
     .max = 8,
     .list_key = "type",
     .table = &kc_condition_table,
     .description = "Ready says whether the server can be asked; its reason and message say why not."},
};
static const struct kc_table status_table = {
    .fields = status_fields, .n = KC_COUNT(status_fields), .size = sizeof(struct kc_aiprovider_status)};

static const struct kc_field root_fields[] = {
    {.name = "spec",
     .kind = KC_FIELD_OBJECT,
     .offset = offsetof(struct kc_aiprovider, spec),
     .required = true,
     .table = &spec_table,
     .rules = spec_rules,
     .n_rules = KC_COUNT(spec_rules),
     .description = "The server and how to ask it."},
    {.name = "status",
     .kind = KC_FIELD_OBJECT,
     .offset = offsetof(struct kc_aiprovider, status),
     .table = &status_table,
     .description = "Whether it can be asked, looked at once a minute. Output only."},
};
static const struct kc_table root_table = {
    .fields = root_fields, .n = KC_COUNT(root_fields), .size = sizeof(struct kc_aiprovider)};

static const struct kc_column columns[] = {
    {"Type", "string", ".spec.type", "What is spoken there."},
    {"Model", "string", ".spec.model", "Model that is asked."},
    {"Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status", "Whether it can be asked."},
    {"Reason", "string", ".status.conditions[?(@.type==\"Ready\")].reason", "Why, or why not."},
    {"Latency", "string", ".status.latency", "How long the server took to answer."},
    {"Default", "boolean", ".spec.default", "Used where a request names no provider."},
    {"Age", "date", ".metadata.creationTimestamp", "Time since it was created."},
};

const struct kc_crd kc_aiprovider_crd = {
    .group = KC_GROUP,
    .version = KC_API_VERSION,
    .kind = KC_AIPROVIDER_KIND,
    .plural = KC_AIPROVIDER_RESOURCE,
    .singular = "aiprovider",
    .short_name = "aip",
    .category = "kubechat",
    .description =
        "An AIProvider names a model server that may turn the words of ChatRequests into plans. What it answers is "
        "checked, previewed and approved like anything that a stranger typed; where it does not answer, the built-in "
        "planner is used.",
    .table = &root_table,
    .columns = columns,
    .n_columns = KC_COUNT(columns),
};

bool kc_aiprovider_decode(struct kc_arena *a, const json_t *object, bool strict, struct kc_aiprovider *ret,
                          struct kc_err *err)
{
    static const struct kc_custom_tables tables = {KC_AIPROVIDER_KIND, &spec_table, &status_table};
    struct kc_aiprovider p;

    if (!kc_custom_decode(a, object, &tables, strict, &p.meta, &p.spec, &p.status, err))
        return false;
    *ret = p;
    return true;
}

json_t *kc_aiprovider_encode(const struct kc_aiprovider *p)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:o}", "apiVersion", API_VERSION, "kind", KC_AIPROVIDER_KIND, "metadata",
                     kc_table_encode(&kc_meta_table, &p->meta), "spec", kc_table_encode(&spec_table, &p->spec),
                     "status", kc_table_encode(&status_table, &p->status));
}

bool kc_aiprovider_ready(struct kc_arena *a, struct kc_aiprovider *p, enum kc_truth status, const char *reason,
                         const char *message, int64_t now)
{
    struct kc_aiprovider_status *s = &p->status;
    struct kc_condition_item *c = kc_arena_alloc(a, sizeof *c);
    const struct kc_condition *before = s->n_conditions ? &s->conditions[0].condition : NULL;

    c->type = KC_READY;
    c->condition = (struct kc_condition){.status = status,
                                         .reason = reason,
                                         .message = message,
                                         .last_transition_time = now,
                                         .observed_generation = p->meta.generation};
    bool follows = kc_condition_follows(&c->condition, before);
    s->conditions = c;
    s->n_conditions = 1;
    s->observed_generation = p->meta.generation;
    return follows;
}
