/* kubectl explain's plaintext, rule by rule as its template has them (k8s.io/kubectl explain/v2). */
#include <stdlib.h>
#include <string.h>

#include "controller/show/show.h"

#define MAX_DEPTH   64 /* of schemas in schemas; real ones have fewer than 20 */
#define ENUMS_SHOWN 4

/* The references on the way to here: a schema may contain itself. */
struct way {
    const char *ref;
    const struct way *before;
};

struct explainer {
    const json_t *document;
    bool recursive;
    size_t budget; /* schemas that are looked into, so that a hostile document ends */
};

static const json_t *resolve(const struct explainer *e, const char *ref)
{
    static const char at[] = "#/components/schemas/";

    return kc_str_starts(ref, at) ? json_object_get(kc_json_at(e->document, "components.schemas"), ref + sizeof at - 1)
                                  : NULL;
}

static const char *ref_of(const json_t *schema)
{
    return kc_or(json_string_value(json_object_get(schema, "$ref")), "");
}

static const json_t *resolved(const struct explainer *e, const json_t *schema)
{
    const json_t *target = resolve(e, ref_of(schema));

    return json_is_object(target) ? target : schema;
}

static const json_t *member(const json_t *schema, const char *name)
{
    const json_t *v = json_object_get(schema, name);

    return json_is_object(v) && json_object_size(v) ? v : NULL;
}

static bool was_here(const struct way *way, const char *ref)
{
    for (; way && *ref; way = way->before)
        if (KC_STREQ(way->ref, ref))
            return true;
    return false;
}

static unsigned depth_of(const struct way *way)
{
    unsigned n = 0;

    for (; way; way = way->before)
        n++;
    return n;
}

static bool go_on(struct explainer *e, const struct way *way)
{
    return e->budget && e->budget-- && depth_of(way) < MAX_DEPTH;
}

/* github.com/mitchellh/go-wordwrap: at spaces, never in a word. */
struct wrapper {
    struct kc_buf *out, word, space;
    size_t current, word_len, space_len, limit;
};

static void flush_space(struct wrapper *w)
{
    w->current += w->space_len;
    kc_buf_add(w->out, kc_buf_str(&w->space), w->space.len);
    kc_buf_clear(&w->space);
    w->space_len = 0;
}

static void flush_word(struct wrapper *w)
{
    flush_space(w);
    w->current += w->word_len;
    kc_buf_add(w->out, kc_buf_str(&w->word), w->word.len);
    kc_buf_clear(&w->word);
    w->word_len = 0;
}

static void drop_space(struct wrapper *w)
{
    kc_buf_clear(&w->space);
    w->space_len = 0;
}

static void wrap_char(struct wrapper *w, const char *s, size_t len)
{
    if (*s == '\n') {
        if (w->word.len)
            flush_word(w);
        else if (w->current + w->space_len <= w->limit)
            flush_space(w);
        drop_space(w);
        kc_buf_putc(w->out, '\n');
        w->current = 0;
    } else if (strchr(" \t\v\f\r", *s)) {
        if (!w->space.len || w->word.len)
            flush_word(w);
        kc_buf_add(&w->space, s, len);
        w->space_len++;
    } else {
        kc_buf_add(&w->word, s, len);
        w->word_len++;
        if (w->current + w->word_len + w->space_len > w->limit && w->word_len < w->limit) {
            kc_buf_putc(w->out, '\n');
            w->current = 0;
            drop_space(w);
        }
    }
}

static void wrap(struct kc_buf *out, const char *text, size_t limit)
{
    struct wrapper w = {.out = out, .limit = limit};
    size_t len = strlen(text);
    uint32_t ignored;

    for (size_t i = 0, n; i < len; i += n) {
        n = kc_utf8_decode(text + i, len - i, &ignored);
        n = n ? n : 1;
        wrap_char(&w, text + i, n);
    }
    if (w.word.len)
        flush_word(&w);
    else if (w.current + w.space_len <= limit)
        flush_space(&w);
    kc_buf_finish(&w.word);
    kc_buf_finish(&w.space);
}

static void pad(struct kc_buf *out, size_t n)
{
    while (n--)
        kc_buf_putc(out, ' ');
}

/* Every line, the first and empty ones too, begins with n spaces. */
static void put_wrapped(struct kc_buf *out, const char *text, size_t width, size_t n)
{
    KC_BUF_SCOPE lines = {.limit = out->limit};
    KC_BUF_SCOPE clean = {.limit = out->limit};

    wrap(&lines, text, width);
    kc_show_text(&clean, kc_buf_str(&lines));
    pad(out, n);
    for (const char *p = kc_buf_str(&clean); *p; p++) {
        kc_buf_putc(out, *p);
        if (*p == '\n')
            pad(out, n);
    }
}

static const char *last_part(const char *text, char separator)
{
    const char *at = strrchr(text, separator);

    return at ? at + 1 : text;
}

/* "string", "[]Object", "map[string]string", "PodSpec" */
static void put_type(struct explainer *e, const json_t *schema, const struct way *way, struct kc_buf *out)
{
    const struct way here = {"", way};
    const json_t *all = json_object_get(schema, "allOf");
    const char *ref = ref_of(schema), *type = kc_or(kc_json_str(schema, "type"), "");

    if (!go_on(e, way))
        return;
    if (member(schema, "items")) {
        kc_buf_puts(out, "[]");
        put_type(e, member(schema, "items"), &here, out);
    } else if (member(schema, "additionalProperties")) {
        kc_buf_puts(out, "map[string]");
        put_type(e, member(schema, "additionalProperties"), &here, out);
    } else if (json_array_size(all) == 1 && !member(schema, "properties")) {
        put_type(e, json_array_get(all, 0), &here, out);
    } else if (*ref) {
        const char *target = kc_or(kc_json_str(resolve(e, ref), "type"), "object");
        const char *name = last_part(last_part(ref, '/'), '.');
        kc_show_cell(out, KC_STREQ(target, "object") ? kc_or(name, "Object") : target);
    } else {
        kc_show_cell(out, !*type || KC_STREQ(type, "object") ? "Object" : type);
    }
}

static void put_enum(const json_t *schema, bool alone, size_t indent, struct kc_buf *out)
{
    const json_t *values = json_object_get(schema, "enum");
    size_t i;
    json_t *v;

    if (!json_array_size(values))
        return;
    if (alone) {
        kc_buf_puts(out, "ENUM:");
    } else {
        kc_buf_putc(out, '\n');
        pad(out, indent);
        kc_buf_puts(out, "enum: ");
    }
    json_array_foreach(values, i, v)
    {
        if (!alone && i == ENUMS_SHOWN) {
            kc_buf_puts(out, ", ....");
            return;
        }
        kc_buf_puts(out, alone ? "\n    " : i ? ", " : "");
        if (json_is_string(v) && !json_string_length(v))
            kc_buf_puts(out, "\"\"");
        else
            kc_show_value(out, v);
    }
}

static bool is_required(const json_t *schema, const char *name)
{
    size_t i;
    json_t *v;

    json_array_foreach(json_object_get(schema, "required"), i, v)
    {
        if (KC_STREQ(kc_or(json_string_value(v), ""), name))
            return true;
    }
    return false;
}

static void put_field(struct explainer *e, const json_t *schema, const char *name, size_t level, struct kc_buf *out)
{
    const json_t *field = json_object_get(json_object_get(schema, "properties"), name);
    size_t indent = 2 * level;

    pad(out, indent);
    kc_show_cell(out, name);
    kc_buf_puts(out, "\t<");
    put_type(e, field, NULL, out);
    kc_buf_puts(out, is_required(schema, name) ? "> -required-" : ">");
    put_enum(field, false, indent, out);
    kc_buf_putc(out, '\n');
    if (e->recursive)
        return;
    put_wrapped(out, kc_or(kc_json_str(field, "description"), "<no description>"), indent < 78 ? 78 - indent : 1,
                indent + 2);
    kc_buf_puts(out, "\n\n");
}

static int by_name(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* The caller frees. */
static const char **names_of(const json_t *object)
{
    const char **names = calloc(json_object_size(object) + 1, sizeof *names), *name;
    json_t *value;
    size_t n = 0;

    if (!names)
        abort();
    json_object_foreach((json_t *)object, name, value) names[n++] = name;
    qsort(names, n, sizeof *names, by_name);
    return names;
}

static void put_fields(struct explainer *e, const json_t *schema, size_t level, const struct way *way,
                       struct kc_buf *out)
{
    const char *ref = ref_of(schema);
    const struct way here = {ref, way};
    const json_t *s = resolved(e, schema), *properties = member(s, "properties");
    size_t i;
    json_t *v;

    if (was_here(way, ref) || !go_on(e, way) || out->overflow)
        return;
    const char **names = names_of(properties);
    for (i = 0; names[i] && !out->overflow; i++) {
        put_field(e, s, names[i], level, out);
        if (e->recursive)
            put_fields(e, json_object_get(properties, names[i]), level + 1, &here, out);
    }
    free(names);
    json_array_foreach(json_object_get(s, "allOf"), i, v) put_fields(e, v, level, &here, out);
    if (member(s, "items"))
        put_fields(e, member(s, "items"), level, &here, out);
    if (member(s, "additionalProperties"))
        put_fields(e, member(s, "additionalProperties"), level, &here, out);
}

static void put_description(struct explainer *e, const json_t *schema, const struct way *way, struct kc_buf *out)
{
    const struct way here = {"", way};
    const json_t *s = resolved(e, schema);
    const char *text = kc_or(kc_json_str(s, "description"), "");
    size_t i;
    json_t *v;

    if (!go_on(e, way))
        return;
    kc_buf_puts(out, text);
    kc_buf_puts(out, *text ? "\n" : "");
    json_array_foreach(json_object_get(s, "allOf"), i, v) put_description(e, v, &here, out);
    if (member(s, "items"))
        put_description(e, member(s, "items"), &here, out);
    if (member(s, "additionalProperties"))
        put_description(e, member(s, "additionalProperties"), &here, out);
}

static void put_schema(struct explainer *e, const json_t *schema, struct kc_buf *out)
{
    KC_BUF_SCOPE text = {.limit = out->limit};
    KC_BUF_SCOPE fields = {.limit = out->limit};

    put_description(e, schema, NULL, &text);
    kc_buf_puts(out, "DESCRIPTION:\n");
    put_wrapped(out, text.len ? kc_buf_str(&text) : "<empty>", 76, 4);
    kc_buf_putc(out, '\n');
    put_fields(e, resolved(e, schema), 1, NULL, &fields);
    if (fields.len)
        kc_buf_printf(out, "FIELDS:\n");
    kc_buf_add(out, kc_buf_str(&fields), fields.len);
    out->overflow = out->overflow || fields.overflow;
}

/* Goes down field ("spec.strategy") and shows what is there; false: there is none. */
static bool put_at(struct kc_arena *a, struct explainer *e, const json_t *schema, const char *field,
                   const struct way *way, struct kc_buf *out)
{
    const char *ref = ref_of(schema), *name = kc_arena_strndup(a, field, strcspn(field, "."));
    const char *rest = field + strlen(name) + (field[strlen(name)] == '.');
    const struct way here = {ref, way};
    const json_t *s = resolved(e, schema), *child = json_object_get(member(s, "properties"), name);
    size_t i;
    json_t *v;

    if (!*field) {
        put_schema(e, schema, out);
        return true;
    }
    if (was_here(way, ref) || !go_on(e, way))
        return false;
    if (json_is_object(child)) {
        if (!*rest) {
            kc_buf_puts(out, "FIELD: ");
            kc_show_cell(out, name);
            kc_buf_puts(out, " <");
            put_type(e, child, NULL, out);
            kc_buf_puts(out, ">\n");
            put_enum(child, true, 0, out);
            kc_buf_puts(out, "\n\n");
        }
        return put_at(a, e, child, rest, NULL, out);
    }
    if (member(s, "items"))
        return put_at(a, e, member(s, "items"), field, &here, out);
    if (member(s, "additionalProperties"))
        return put_at(a, e, member(s, "additionalProperties"), field, &here, out);
    json_array_foreach(json_object_get(s, "allOf"), i, v)
    {
        if (put_at(a, e, v, field, &here, out))
            return true;
    }
    return false;
}

/* The group, version and kind of the type, by the operations on its paths. */
static const json_t *find_kind(struct kc_arena *a, const json_t *document, const struct kc_explained *what)
{
    static const char *const methods[] = {"get", "post", "put", "patch", "delete"};
    const char *prefix =
        kc_arena_printf(a, "%s%s", strchr(what->group_version, '/') ? "/apis/" : "/api/", what->group_version);
    const json_t *paths = json_object_get(document, "paths");

    const char *const at[] = {kc_arena_printf(a, "%s/%s", prefix, what->resource),
                              kc_arena_printf(a, "%s/%s/{name}", prefix, what->resource),
                              kc_arena_printf(a, "%s/namespaces/{namespace}/%s", prefix, what->resource),
                              kc_arena_printf(a, "%s/namespaces/{namespace}/%s/{name}", prefix, what->resource)};

    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        const json_t *operations = json_object_get(paths, at[i]);
        for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
            const json_t *kind =
                json_object_get(json_object_get(operations, methods[m]), "x-kubernetes-group-version-kind");
            if (json_is_object(kind))
                return kind;
        }
    }
    return NULL;
}

static bool is_of_kind(const json_t *schema, const json_t *kind)
{
    size_t i;
    json_t *v;

    json_array_foreach(json_object_get(schema, "x-kubernetes-group-version-kind"), i, v)
    {
        if (json_equal(v, kind))
            return true;
    }
    return false;
}

bool kc_show_explanation(struct kc_arena *a, const json_t *document, const struct kc_explained *what,
                         struct kc_buf *out, struct kc_err *err)
{
    struct explainer e = {.document = document, .recursive = what->recursive, .budget = 200000};
    const json_t *kind = find_kind(a, document, what), *schemas = kc_json_at(document, "components.schemas");
    const char *group = kc_or(kc_json_str(kind, "group"), "");
    const json_t *schema = NULL;

    if (!kind)
        return kc_fail(err, KC_INVALID, "NoSchema", "GVR (%s, Resource=%s) not found in OpenAPI schema",
                       what->group_version, what->resource);
    const char **names = names_of(schemas);
    for (size_t i = 0; names[i] && !schema; i++)
        if (is_of_kind(json_object_get(schemas, names[i]), kind))
            schema = json_object_get(schemas, names[i]);
    free(names);
    if (!schema)
        return kc_fail(err, KC_INVALID, "NoSchema", "%s %s not found in OpenAPI schema", what->group_version,
                       what->resource);
    if (*group)
        kc_buf_printf(out, "GROUP:      %s\n", kc_arena_strdup(a, group));
    kc_buf_printf(out, "KIND:       %s\nVERSION:    %s\n\n", kc_or(kc_json_str(kind, "kind"), ""),
                  kc_or(kc_json_str(kind, "version"), ""));
    if (!put_at(a, &e, schema, what->field, NULL, out)) {
        const char *dot = strrchr(what->field, '.');
        return kc_fail(err, KC_INVALID, "NoSuchField", "field \"%.64s\" does not exist", dot ? dot + 1 : what->field);
    }
    kc_buf_putc(out, '\n');
    return true;
}
