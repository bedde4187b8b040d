/* Objects as JSON, YAML and names, as kubectl get prints them. */
#include <ctype.h>
#include <limits.h>
#include <pthread.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "controller/action/show.h"

static json_t *complete(const json_t *object, bool managed, const char *api_version, const char *kind)
{
    json_t *out = json_deep_copy(object), *meta = json_object_get(out, "metadata");

    if (!managed)
        json_object_del(meta, "managedFields");
    /* The API server leaves them out in lists of its own types. */
    if (!json_object_get(out, "apiVersion"))
        json_object_set_new(out, "apiVersion", json_string(api_version));
    if (!json_object_get(out, "kind"))
        json_object_set_new(out, "kind", json_string(kind));
    return out;
}

json_t *kc_show_listed(const json_t *const *answers, size_t n, bool list, bool managed, const char *api_version,
                       const char *kind)
{
    json_t *items = json_array(), *item;
    size_t j;

    if (!list && n == 1) {
        json_decref(items);
        return complete(answers[0], managed, api_version, kind);
    }
    for (size_t i = 0; i < n; i++)
        if (json_is_array(json_object_get(answers[i], "items")))
            json_array_foreach(json_object_get(answers[i], "items"), j, item)
                json_array_append_new(items, complete(item, managed, api_version, kind));
        else
            json_array_append_new(items, complete(answers[i], managed, api_version, kind));
    return json_pack("{s:s, s:o, s:s, s:{s:s}}", "apiVersion", "v1", "items", items, "kind", "List", "metadata",
                     "resourceVersion", "");
}

static int by_name(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* An object's names in order, as Go prints maps. The caller frees. */
static const char **sorted_names(const json_t *object)
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

/* As encoding/json writes it: &, < and > as escapes, so that it can stand in HTML. */
static void quote(struct kc_buf *out, const char *s, size_t len)
{
    KC_BUF_SCOPE plain = {0};

    kc_json_quote(&plain, s, len);
    for (const char *p = kc_buf_str(&plain); *p; p++)
        if (*p == '&' || *p == '<' || *p == '>')
            kc_buf_printf(out, "\\u%04x", (unsigned)*p);
        else
            kc_buf_putc(out, *p);
}

#define ONE_LINE UINT_MAX /* for a depth: no line breaks at all */

static void indent(struct kc_buf *out, unsigned depth)
{
    if (depth == ONE_LINE)
        return;
    kc_buf_putc(out, '\n');
    for (unsigned i = 0; i < depth; i++)
        kc_buf_puts(out, "    ");
}

static unsigned deeper(unsigned depth)
{
    return depth == ONE_LINE ? ONE_LINE : depth + 1;
}

static void put_json(const json_t *v, unsigned depth, struct kc_buf *out);

static void put_object(const json_t *v, unsigned depth, struct kc_buf *out)
{
    const char **names = sorted_names(v);

    kc_buf_putc(out, '{');
    for (size_t i = 0; names[i] && !out->overflow; i++) {
        kc_buf_puts(out, i ? "," : "");
        indent(out, deeper(depth));
        quote(out, names[i], strlen(names[i]));
        kc_buf_puts(out, depth == ONE_LINE ? ":" : ": ");
        put_json(json_object_get(v, names[i]), deeper(depth), out);
    }
    if (names[0])
        indent(out, depth);
    kc_buf_putc(out, '}');
    free(names);
}

static void put_array(const json_t *v, unsigned depth, struct kc_buf *out)
{
    size_t i;
    json_t *item;

    kc_buf_putc(out, '[');
    json_array_foreach(v, i, item)
    {
        kc_buf_puts(out, i ? "," : "");
        indent(out, deeper(depth));
        put_json(item, deeper(depth), out);
        if (out->overflow)
            return;
    }
    if (json_array_size(v))
        indent(out, depth);
    kc_buf_putc(out, ']');
}

static void put_scalar(const json_t *v, struct kc_buf *out)
{
    if (json_is_real(v)) {
        kc_show_real(out, json_real_value(v), KC_REAL_JSON);
        return;
    }
    char *text = json_dumps(v, JSON_ENCODE_ANY);

    kc_buf_puts(out, text ? text : "null");
    free(text);
}

static void put_json(const json_t *v, unsigned depth, struct kc_buf *out)
{
    if (json_is_object(v))
        put_object(v, depth, out);
    else if (json_is_array(v))
        put_array(v, depth, out);
    else if (json_is_string(v))
        quote(out, json_string_value(v), json_string_length(v));
    else
        put_scalar(v, out);
}

void kc_show_json(const json_t *v, struct kc_buf *out)
{
    put_json(v, 0, out);
    kc_buf_putc(out, '\n');
}

void kc_show_json_line(const json_t *v, struct kc_buf *out)
{
    put_json(v, ONE_LINE, out);
}

void kc_show_names(const json_t *list, const char *singular, const char *group, struct kc_buf *out)
{
    const json_t *items = json_object_get(list, "items");
    size_t n = items ? json_array_size(items) : 1;

    for (size_t i = 0; i < n; i++) {
        const json_t *item = items ? json_array_get(items, i) : list;
        kc_buf_printf(out, "%s%s%s/", singular, *group ? "." : "", group);
        kc_show_cell(out, kc_or(kc_json_str(item, "metadata.name"), ""));
        kc_buf_putc(out, '\n');
    }
}

/* YAML with the same emitter that kubectl's library was ported from, so that quoting and folding agree. */

static int append(void *arg, unsigned char *p, size_t len)
{
    struct kc_buf *out = arg;

    kc_buf_add(out, p, len);
    return 1;
}

/* Untagged scalars that a YAML 1.1 reader (go-yaml v2's resolver) does not take for strings: words in lower case, with
 * a capital, in capitals; integers, floats, base-60 numbers and times. */
static const char *const words[] = {"y", "n",    "yes",  "no",    "on",    "off",  "true", "false",
                                    "~", "null", ".inf", "-.inf", "+.inf", ".nan", "<<",   ""};
static const char *const numbers[] = {
    "^[-+]?(0[bB][01_]+|0[oO]?[0-7_]+|0[xX][0-9a-fA-F_]+|[1-9][0-9_]*|0)$",
    "^[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?$",
    "^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?$",
    "^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\\.[0-9]+)?([Zz]|[-+][0-9]{2}:[0-9]{2})?)?$",
};
#define N_NUMBERS (sizeof numbers / sizeof numbers[0])

static regex_t number_patterns[N_NUMBERS];
static pthread_once_t number_patterns_once = PTHREAD_ONCE_INIT;

static void compile_numbers(void)
{
    for (size_t i = 0; i < N_NUMBERS; i++)
        if (regcomp(&number_patterns[i], numbers[i], REG_EXTENDED | REG_NOSUB) != 0)
            abort();
}

/* "yes", "Yes" and "YES" are one word, "yEs" is text. */
static bool same_word(const char *s, const char *word)
{
    size_t upper = 0, letters = 0, first = strcspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    if (strcasecmp(s, word) != 0)
        return false;
    for (const char *p = s; *p; p++) {
        upper += isupper((unsigned char)*p) != 0;
        letters += isalpha((unsigned char)*p) != 0;
    }
    return upper == 0 || upper == letters || (upper == 1 && isupper((unsigned char)s[first]));
}

static bool reads_otherwise(const char *s)
{
    pthread_once(&number_patterns_once, compile_numbers);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (same_word(s, words[i]))
            return true;
    if (!strchr("+-.0123456789", s[0]))
        return false;
    for (size_t i = 0; i < N_NUMBERS; i++)
        if (regexec(&number_patterns[i], s, 0, NULL, 0) == 0)
            return true;
    return false;
}

static bool emit(yaml_emitter_t *e, yaml_event_t *event)
{
    return yaml_emitter_emit(e, event) == 1;
}

static bool put_string(yaml_emitter_t *e, const char *s, size_t len)
{
    yaml_scalar_style_t style = YAML_PLAIN_SCALAR_STYLE;
    yaml_event_t event;

    if (memchr(s, '\n', len))
        style = YAML_LITERAL_SCALAR_STYLE;
    else if (reads_otherwise(s))
        style = YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    return yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)s, (int)len, 1, 1, style) &&
           emit(e, &event);
}

static bool put_yaml(yaml_emitter_t *e, const json_t *v);

static bool put_mapping(yaml_emitter_t *e, const json_t *v)
{
    const char **names = sorted_names(v);
    yaml_event_t event;
    bool ok = yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
                                                  names[0] ? YAML_BLOCK_MAPPING_STYLE : YAML_FLOW_MAPPING_STYLE) &&
              emit(e, &event);

    for (size_t i = 0; ok && names[i]; i++)
        ok = put_string(e, names[i], strlen(names[i])) && put_yaml(e, json_object_get(v, names[i]));
    free(names);
    return ok && yaml_mapping_end_event_initialize(&event) && emit(e, &event);
}

static bool put_sequence(yaml_emitter_t *e, const json_t *v)
{
    yaml_event_t event;
    size_t n = json_array_size(v);
    bool ok = yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
                                                   n ? YAML_BLOCK_SEQUENCE_STYLE : YAML_FLOW_SEQUENCE_STYLE) &&
              emit(e, &event);

    for (size_t i = 0; ok && i < n; i++)
        ok = put_yaml(e, json_array_get(v, i));
    return ok && yaml_sequence_end_event_initialize(&event) && emit(e, &event);
}

static bool put_yaml(yaml_emitter_t *e, const json_t *v)
{
    KC_BUF_SCOPE text = {0};
    yaml_event_t event;

    if (json_is_object(v))
        return put_mapping(e, v);
    if (json_is_array(v))
        return put_sequence(e, v);
    if (json_is_string(v))
        return put_string(e, json_string_value(v), json_string_length(v));
    put_scalar(v, &text);
    return yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)kc_buf_str(&text), (int)text.len, 1, 1,
                                        YAML_PLAIN_SCALAR_STYLE) &&
           emit(e, &event);
}

bool kc_show_yaml(const json_t *v, struct kc_buf *out, struct kc_err *err)
{
    yaml_emitter_t e;
    yaml_event_t event;

    yaml_emitter_initialize(&e);
    yaml_emitter_set_output(&e, append, out);
    yaml_emitter_set_unicode(&e, 1);
    yaml_emitter_set_width(&e, -1);
    bool ok = yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING) && emit(&e, &event) &&
              yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1) && emit(&e, &event) &&
              put_yaml(&e, v) && yaml_document_end_event_initialize(&event, 1) && emit(&e, &event) &&
              yaml_stream_end_event_initialize(&event) && emit(&e, &event) && yaml_emitter_flush(&e);
    if (!ok)
        kc_fail(err, KC_INVALID, "NotYAML", "the object cannot be written as YAML: %s",
                e.problem ? e.problem : "out of memory");
    yaml_emitter_delete(&e);
    return ok;
}
