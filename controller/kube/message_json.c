/* From JSON to the messages of proto/, by their descriptors: a server that answers an API's types in JSON (an
 * aggregated one may have nothing else) is read by the same functions as protobuf. */
#include <string.h>

#include "controller/base/clock.h"
#include "controller/base/text.h"
#include "controller/kube/kind.h"
#include "controller/kube/proto/meta.pb-c.h"

/* Messages whose members stand in their parent's JSON object ("inline" in the Go types). */
static const char *const inlined[] = {"ingress_rule_value"};

static ProtobufCMessage *message_of(struct kc_arena *a, const ProtobufCMessageDescriptor *d, const json_t *json);

/* "resource_version" to "resourceVersion". */
static void json_name(const char *field, char *out, size_t cap)
{
    size_t n = 0;

    for (; *field && n + 1 < cap; field++) {
        bool up = *field == '_' && field[1];
        field += up;
        out[n++] = up && *field >= 'a' && *field <= 'z' ? (char)(*field - 'a' + 'A') : *field;
    }
    out[n] = '\0';
}

static bool is_inlined(const char *field)
{
    for (size_t i = 0; i < sizeof(inlined) / sizeof(inlined[0]); i++)
        if (KC_STREQ(inlined[i], field))
            return true;
    return false;
}

/* metav1.Time is a string in JSON. */
static ProtobufCMessage *time_of(struct kc_arena *a, const json_t *json)
{
    Pb__Time *t = kc_arena_alloc(a, sizeof(*t));
    struct kc_err ignored = {0};
    int64_t ms;

    pb__time__init(t);
    if (!json_is_string(json) || !kc_time_parse(json_string_value(json), &ms, &ignored))
        return NULL;
    t->has_seconds = true;
    t->seconds = ms / KC_SECOND_MS;
    return &t->base;
}

/* One value of the field's type, written at `at`. False: json is of another type. */
static bool put_value(struct kc_arena *a, const ProtobufCFieldDescriptor *f, const json_t *json, void *at)
{
    ProtobufCMessage *m = NULL;
    json_int_t n = json_integer_value(json);

    switch (f->type) {
    case PROTOBUF_C_TYPE_STRING:
        if (!json_is_string(json))
            return false;
        *(const char **)at = json_string_value(json);
        return true;
    case PROTOBUF_C_TYPE_INT32:
        if (!json_is_integer(json) || n < INT32_MIN || n > INT32_MAX)
            return false;
        *(int32_t *)at = (int32_t)n;
        return true;
    case PROTOBUF_C_TYPE_BOOL:
        if (!json_is_boolean(json))
            return false;
        *(protobuf_c_boolean *)at = json_is_true(json);
        return true;
    case PROTOBUF_C_TYPE_MESSAGE:
        if (f->descriptor == &pb__time__descriptor)
            m = time_of(a, json);
        else if (json_is_object(json))
            m = message_of(a, f->descriptor, json);
        memcpy(at, &m, sizeof(m));
        return m != NULL;
    default: /* the messages have no other */
        return false;
    }
}

/* A map is an object in JSON, and a list of entries in protobuf. */
static void put_map(struct kc_arena *a, const json_t *json, void *at, size_t *ret_n)
{
    Pb__Pair **v = kc_arena_array(a, json_object_size(json), sizeof(*v));
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)json, key, value)
    {
        if (!json_is_string(value))
            continue;
        Pb__Pair *p = kc_arena_alloc(a, sizeof(*p));
        pb__pair__init(p);
        p->key = kc_arena_strdup(a, key);
        p->value = kc_arena_strdup(a, json_string_value(value));
        v[(*ret_n)++] = p;
    }
    memcpy(at, &v, sizeof(v));
}

static void put_list(struct kc_arena *a, const ProtobufCFieldDescriptor *f, const json_t *json, void *at, size_t *ret_n)
{
    char *v = kc_arena_array(a, json_array_size(json), sizeof(void *)); /* of strings or messages */
    size_t i;
    json_t *value;

    json_array_foreach((json_t *)json, i, value)
    {
        if (put_value(a, f, value, v + *ret_n * sizeof(void *)))
            (*ret_n)++;
    }
    memcpy(at, &v, sizeof(v));
}

static void put_field(struct kc_arena *a, const ProtobufCFieldDescriptor *f, const json_t *json, ProtobufCMessage *m)
{
    char *base = (char *)m, name[64];

    json_name(f->name, name, sizeof(name));
    const json_t *value = is_inlined(f->name) ? json : json_object_get(json, name);
    if (!value)
        return;
    if (f->label != PROTOBUF_C_LABEL_REPEATED) {
        bool there = put_value(a, f, value, base + f->offset);
        if (f->quantifier_offset)
            *(protobuf_c_boolean *)(base + f->quantifier_offset) = there;
    } else if (f->descriptor == &pb__pair__descriptor && json_is_object(value)) {
        put_map(a, value, base + f->offset, (size_t *)(base + f->quantifier_offset));
    } else if (json_is_array(value)) {
        put_list(a, f, value, base + f->offset, (size_t *)(base + f->quantifier_offset));
    }
}

static ProtobufCMessage *message_of(struct kc_arena *a, const ProtobufCMessageDescriptor *d, const json_t *json)
{
    ProtobufCMessage *m = kc_arena_alloc(a, d->sizeof_message);

    d->message_init(m);
    for (unsigned i = 0; i < d->n_fields; i++)
        put_field(a, &d->fields[i], json, m);
    return m;
}

ProtobufCMessage *kc_message_of_json(struct kc_arena *a, const ProtobufCMessageDescriptor *d, const json_t *json)
{
    return message_of(a, d, json);
}
