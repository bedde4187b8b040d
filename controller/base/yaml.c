#include "controller/base/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "controller/base/map.h"
#include "controller/base/text.h"
#include "controller/base/yaml_scalar.h"

/* A value under an anchor, and what an alias to it adds to the expanded size. */
struct anchor {
    json_t *value;
    size_t size;
};

struct reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the newest; valid while has_event */
    bool has_event;
    const char *what;
    struct kc_map *anchors; /* of this document */
    size_t size, max_size;  /* expanded: one a node and one a byte of scalars */
    int depth;
    struct kc_err *err;
};

static json_t *read_node(struct reader *r);

static void *fail_at(struct reader *r, const yaml_mark_t *mark, const char *text, const char *detail)
{
    kc_fail(r->err, KC_INVALID, "YAML", "%s: line %zu, column %zu: %s%s%s", r->what, mark->line + 1, mark->column + 1,
            text, *detail ? ": " : "", detail);
    return NULL;
}

static void *fail_here(struct reader *r, const char *text, const char *detail)
{
    return fail_at(r, &r->event.start_mark, text, detail);
}

static bool next(struct reader *r)
{
    if (r->has_event)
        yaml_event_delete(&r->event);
    r->has_event = yaml_parser_parse(&r->parser, &r->event) == 1;
    if (!r->has_event) {
        const char *problem = kc_or(r->parser.problem, "cannot be read as YAML");
        yaml_mark_t mark = r->parser.error == YAML_READER_ERROR ? r->parser.mark : r->parser.problem_mark;
        fail_at(r, &mark, problem, kc_or(r->parser.context, ""));
    }
    return r->has_event;
}

static bool grow(struct reader *r, size_t by)
{
    r->size += by + 1;
    return r->size <= r->max_size || fail_here(r, "too large once its aliases are expanded", "");
}

static void free_anchor(void *p)
{
    struct anchor *a = p;
    json_decref(a->value);
    free(a);
}

static void remember(struct reader *r, const char *name, json_t *value, size_t size)
{
    struct anchor *a = malloc(sizeof(*a));
    if (!a)
        abort();
    *a = (struct anchor){.value = json_incref(value), .size = size};
    kc_map_put(r->anchors, name, a);
}

static json_t *read_alias(struct reader *r)
{
    const char *name = (const char *)r->event.data.alias.anchor;
    const struct anchor *a = kc_map_get(r->anchors, name);
    if (!a)
        return fail_here(r, "an alias to an anchor that is not complete before it", name);
    if (!grow(r, a->size))
        return NULL;
    return json_deep_copy(a->value); /* a copy, so that changing one place does not change the other */
}

static json_t *read_scalar(struct reader *r)
{
    const char *problem = NULL;
    if (!grow(r, r->event.data.scalar.length))
        return NULL;
    json_t *v = kc_yaml_scalar(&r->event, &problem);
    return v ? v : fail_here(r, problem, "");
}

static json_t *read_sequence(struct reader *r)
{
    json_t *list = json_array();
    while (next(r) && r->event.type != YAML_SEQUENCE_END_EVENT) {
        json_t *item = read_node(r);
        if (!item || json_array_append_new(list, item) != 0)
            break;
    }
    if (r->has_event && r->event.type == YAML_SEQUENCE_END_EVENT)
        return list;
    json_decref(list);
    return NULL;
}

/* Takes over members of from that to does not have: what stands in the mapping itself wins. */
static bool merge_one(struct reader *r, json_t *to, const json_t *from)
{
    if (!json_is_object(from))
        return fail_here(r, "<< needs a mapping or a list of mappings", "");
    return json_object_update_missing(to, (json_t *)(uintptr_t)from) == 0;
}

static bool merge(struct reader *r, json_t *to, const json_t *from)
{
    size_t i;
    json_t *item;
    if (!json_is_array(from))
        return merge_one(r, to, from);
    json_array_foreach(from, i, item)
    {
        if (!merge_one(r, to, item))
            return false;
    }
    return true;
}

static bool is_merge_key(const yaml_event_t *e)
{
    return e->type == YAML_SCALAR_EVENT && e->data.scalar.plain_implicit &&
           KC_STREQ((const char *)e->data.scalar.value, "<<");
}

/* One key and its value; a merge is kept in *merges until the mapping is complete. */
static bool read_member(struct reader *r, json_t *object, json_t **merges)
{
    bool merging = is_merge_key(&r->event);
    yaml_mark_t mark = r->event.start_mark;
    KC_JSON_SCOPE *name = read_node(r);
    const char *problem = NULL;
    if (!name)
        return false;
    KC_JSON_SCOPE *key = kc_yaml_key(name, &problem);
    if (!key)
        return fail_at(r, &mark, problem, "");
    if (!next(r))
        return false;
    KC_JSON_SCOPE *value = read_node(r);
    if (!value)
        return false;
    if (merging && *merges)
        return fail_at(r, &mark, "<< stands twice in one mapping", "");
    if (merging) {
        *merges = json_incref(value);
        return true;
    }
    if (json_object_get(object, json_string_value(key)))
        return fail_at(r, &mark, "a key that is there already", json_string_value(key));
    return json_object_set(object, json_string_value(key), value) == 0;
}

static json_t *read_mapping(struct reader *r)
{
    json_t *object = json_object();
    KC_JSON_SCOPE *merges = NULL;
    bool fine = next(r);
    while (fine && r->event.type != YAML_MAPPING_END_EVENT)
        fine = read_member(r, object, &merges) && next(r);
    if (fine && merges)
        fine = merge(r, object, merges);
    if (fine)
        return object;
    json_decref(object);
    return NULL;
}

static char *anchor_of(const yaml_event_t *e)
{
    const yaml_char_t *name = e->type == YAML_SCALAR_EVENT           ? e->data.scalar.anchor
                              : e->type == YAML_SEQUENCE_START_EVENT ? e->data.sequence_start.anchor
                              : e->type == YAML_MAPPING_START_EVENT  ? e->data.mapping_start.anchor
                                                                     : NULL;
    struct kc_buf copy = {0};
    if (!name)
        return NULL;
    kc_buf_puts(&copy, (const char *)name);
    return kc_buf_steal(&copy);
}

static json_t *read_by_type(struct reader *r)
{
    switch (r->event.type) {
    case YAML_ALIAS_EVENT:
        return read_alias(r);
    case YAML_SCALAR_EVENT:
        return read_scalar(r);
    case YAML_SEQUENCE_START_EVENT:
        return grow(r, 0) ? read_sequence(r) : NULL;
    case YAML_MAPPING_START_EVENT:
        return grow(r, 0) ? read_mapping(r) : NULL;
    default:
        return fail_here(r, "a value is missing", "");
    }
}

/* The value that begins at the newest event; afterwards the newest event is its last. */
static json_t *read_node(struct reader *r)
{
    if (r->depth >= KC_JSON_DEPTH)
        return fail_here(r, "nested too deeply", "");
    char *anchor = anchor_of(&r->event);
    size_t before = r->size;
    r->depth++;
    json_t *v = read_by_type(r);
    r->depth--;
    if (v && anchor)
        remember(r, anchor, v, r->size - before);
    free(anchor);
    return v;
}

static bool read_document(struct reader *r, json_t *documents)
{
    r->anchors = kc_map_create(free_anchor);
    json_t *v = next(r) ? read_node(r) : NULL;
    r->anchors = kc_map_destroy(r->anchors);
    if (!v)
        return false;
    if (json_is_null(v))
        json_decref(v);
    else
        json_array_append_new(documents, v);
    return next(r); /* the document's end */
}

static json_t *read_stream(struct reader *r)
{
    json_t *documents = json_array();
    bool fine = next(r);
    while (fine && r->event.type != YAML_STREAM_END_EVENT) {
        if (r->event.type == YAML_DOCUMENT_START_EVENT)
            fine = read_document(r, documents);
        fine = fine && next(r);
    }
    if (fine)
        return documents;
    json_decref(documents);
    return NULL;
}

/* 2.0 is 2, as it is in YAML: Go's JSON writes it so. Depth is limited by the parser. */
static json_t *as_in_yaml(json_t *v)
{
    json_t *member;
    const char *key;
    size_t i;

    json_object_foreach(v, key, member) json_object_set_new(v, key, as_in_yaml(json_incref(member)));
    json_array_foreach(v, i, member) json_array_set_new(v, i, as_in_yaml(json_incref(member)));
    if (!json_is_real(v))
        return v;
    json_t *number = kc_yaml_real(json_real_value(v));
    json_decref(v);
    return number;
}

/* JSON has escapes that YAML 1.1 parsers refuse (surrogate pairs), so what looks like JSON is tried as JSON first. */
static json_t *try_json(const char *bytes, size_t len, size_t max_bytes, const char *what)
{
    size_t i = 0;
    while (i < len && strchr(" \t\r\n", bytes[i]))
        i++;
    if (i == len || (bytes[i] != '{' && bytes[i] != '['))
        return NULL;
    struct kc_err ignored = {0};
    json_t *v = kc_json_parse(bytes, len, max_bytes, what, &ignored);
    return v ? json_pack("[o]", as_in_yaml(v)) : NULL;
}

json_t *kc_yaml_parse(const char *bytes, size_t len, size_t max_bytes, const char *what, struct kc_err *err)
{
    if (len > max_bytes) {
        kc_fail(err, KC_INVALID, "TooLarge", "%s: larger than %zu bytes", what, max_bytes);
        return NULL;
    }
    json_t *json = try_json(bytes, len, max_bytes, what);
    if (json)
        return json;
    struct reader r = {.what = what, .max_size = 2 * max_bytes, .err = err};
    if (!yaml_parser_initialize(&r.parser))
        abort();
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)bytes, len);
    json = read_stream(&r);
    if (r.has_event)
        yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    return json;
}

static bool read_all(FILE *f, struct kc_buf *b, const char *what, struct kc_err *err)
{
    char chunk[16384];
    size_t n;
    while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0) {
        kc_buf_add(b, chunk, n);
        if (b->overflow)
            return kc_fail(err, KC_INVALID, "TooLarge", "%s: larger than %zu bytes", what, b->limit);
    }
    return !ferror(f) || kc_fail(err, KC_INVALID, "ReadFailed", "%s: %s", what, strerror(errno));
}

json_t *kc_yaml_read_file(const char *path, size_t max_bytes, struct kc_err *err)
{
    bool standard = KC_STREQ(path, "-");
    const char *what = standard ? "standard input" : path;
    FILE *f = standard ? stdin : fopen(path, "re");
    if (!f) {
        kc_fail(err, errno == ENOENT ? KC_NOT_FOUND : KC_INVALID, "ReadFailed", "%s: %s", what, strerror(errno));
        return NULL;
    }
    KC_BUF_SCOPE b = {.limit = max_bytes};
    bool fine = read_all(f, &b, what, err);
    if (!standard)
        (void)fclose(f);
    return fine ? kc_yaml_parse(kc_buf_str(&b), b.len, max_bytes, what, err) : NULL;
}
