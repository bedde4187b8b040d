/* Objects as JSON, YAML and names, as kubectl get prints them. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/yaml.h"
#include "controller/show/show.h"

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
    const char **names = kc_json_names(v);

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

bool kc_show_yaml(const json_t *v, struct kc_buf *out, struct kc_err *err)
{
    return kc_yaml_write(v, KC_YAML_AS_KUBECTL, out, err);
}
