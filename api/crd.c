#include "api/crd.h"

#include <inttypes.h>
#include <string.h>

#define FOLD_AT 112 /* columns of a folded description */

/* The text so far. Lines start 2*depth spaces in; after item() the next one opens an item of a list. */
struct yaml {
    struct kc_buf *out;
    int depth;
    bool dash;
};

static void schema(struct yaml *y, const struct kc_field *f);
static void object_schema(struct yaml *y, const struct kc_table *t);

static void indent(struct yaml *y)
{
    for (int i = 0; i < y->depth; i++)
        kc_buf_puts(y->out, y->dash && i == y->depth - 1 ? "- " : "  ");
    y->dash = false;
}

static void item(struct yaml *y)
{
    y->dash = true;
}

static void key(struct yaml *y, const char *name)
{
    indent(y);
    kc_buf_printf(y->out, "%s:\n", name);
    y->depth++;
}

static void end(struct yaml *y)
{
    y->depth--;
}

/* A value that YAML reads as it stands: a plain word, a number, JSON. */
static void plain(struct yaml *y, const char *name, const char *value)
{
    indent(y);
    kc_buf_printf(y->out, "%s: %s\n", name, value);
}

static void number(struct yaml *y, const char *name, int64_t n)
{
    indent(y);
    kc_buf_printf(y->out, "%s: %" PRId64 "\n", name, n);
}

/* A JSON string is a double-quoted YAML scalar. */
static void quoted(struct yaml *y, const char *name, const char *s)
{
    indent(y);
    kc_buf_printf(y->out, "%s: ", name);
    kc_json_quote(y->out, s, strlen(s));
    kc_buf_putc(y->out, '\n');
}

static void quoted_item(struct yaml *y, const char *s)
{
    y->depth++;
    item(y);
    indent(y);
    kc_json_quote(y->out, s, strlen(s));
    kc_buf_putc(y->out, '\n');
    y->depth--;
}

/* Prose as a folded block: easy to read and to review. */
static void folded(struct yaml *y, const char *name, const char *s)
{
    plain(y, name, ">-");
    y->depth++;
    size_t room = (size_t)(FOLD_AT - 2 * y->depth);
    while (*s) {
        size_t n = strlen(s);
        if (n > room) {
            const char *space = memrchr(s, ' ', room);
            n = space ? (size_t)(space - s) : strcspn(s, " ");
        }
        indent(y);
        kc_buf_add(y->out, s, n);
        kc_buf_putc(y->out, '\n');
        s += n + (s[n] == ' ');
    }
    y->depth--;
}

static void string_schema(struct yaml *y, const struct kc_field *f, int64_t min, int64_t max)
{
    plain(y, "type", "string");
    if (f->names) {
        key(y, "enum");
        end(y);
        for (size_t i = 0; f->names[i]; i++)
            if (*f->names[i])
                quoted_item(y, f->names[i]);
        return;
    }
    if (min)
        number(y, "minLength", min);
    number(y, "maxLength", max);
    if (f->format)
        quoted(y, "pattern", f->format->pattern);
}

/* type, maxItems and items of a list of strings. */
static void strings_schema(struct yaml *y, const struct kc_field *f)
{
    plain(y, "type", "array");
    number(y, "maxItems", f->max);
    plain(y, "x-kubernetes-list-type", "atomic");
    key(y, "items");
    string_schema(y, f, 1, f->item_max);
    end(y);
}

static void objects_schema(struct yaml *y, const struct kc_field *f)
{
    plain(y, "type", "array");
    number(y, "maxItems", f->max);
    plain(y, "x-kubernetes-list-type", f->list_key ? "map" : "atomic");
    if (f->list_key) {
        key(y, "x-kubernetes-list-map-keys");
        end(y);
        quoted_item(y, f->list_key);
    }
    key(y, "items");
    folded(y, "description", f->table->description);
    object_schema(y, f->table);
    end(y);
}

static void rule(struct yaml *y, const struct kc_rule *r)
{
    y->depth++;
    item(y);
    quoted(y, "rule", r->rule);
    quoted(y, "message", r->message);
    if (r->field_path)
        plain(y, "fieldPath", r->field_path);
    if (r->reason)
        plain(y, "reason", r->reason);
    if (r->optional_old_self)
        plain(y, "optionalOldSelf", "true");
    y->depth--;
}

/* On the object, not on the field: a rule on a field does not see that the field was taken away. */
static void frozen_rule(struct yaml *y, const char *name)
{
    KC_BUF_SCOPE text = {0}, message = {0}, path = {0};
    kc_buf_printf(&text, "has(self.%1$s) == has(oldSelf.%1$s) && (!has(self.%1$s) || self.%1$s == oldSelf.%1$s)", name);
    kc_buf_printf(&message, "%s cannot change once the request exists: create another one", name);
    kc_buf_printf(&path, ".%s", name);
    rule(y, &(struct kc_rule){.rule = kc_buf_str(&text),
                              .message = kc_buf_str(&message),
                              .field_path = kc_buf_str(&path),
                              .reason = "FieldValueForbidden"});
}

static void rules(struct yaml *y, const struct kc_field *f)
{
    const struct kc_rule *of_format = f->kind == KC_FIELD_STRING && f->format ? f->format->rule : NULL;
    size_t n_frozen = 0;
    for (size_t i = 0; f->kind == KC_FIELD_OBJECT && i < f->table->n; i++)
        n_frozen += f->table->fields[i].frozen;
    if (n_frozen + f->n_rules == 0 && !of_format)
        return;
    key(y, "x-kubernetes-validations");
    end(y);
    for (size_t i = 0; n_frozen && i < f->table->n; i++)
        if (f->table->fields[i].frozen)
            frozen_rule(y, f->table->fields[i].name);
    for (size_t i = 0; i < f->n_rules; i++)
        rule(y, &f->rules[i]);
    if (of_format)
        rule(y, of_format);
}

static void schema(struct yaml *y, const struct kc_field *f)
{
    folded(y, "description", f->description);
    switch (f->kind) {
    case KC_FIELD_STRING:
    case KC_FIELD_ENUM:
        string_schema(y, f, f->min, f->max);
        if (f->dflt)
            quoted(y, "default", f->dflt);
        rules(y, f);
        return;
    case KC_FIELD_BOOL:
        plain(y, "type", "boolean");
        break;
    case KC_FIELD_INT:
        plain(y, "type", "integer");
        plain(y, "format", "int64");
        number(y, "minimum", f->min);
        number(y, "maximum", f->max);
        break;
    case KC_FIELD_TIME:
        plain(y, "type", "string");
        plain(y, "format", "date-time");
        break;
    case KC_FIELD_STRINGS:
        strings_schema(y, f);
        break;
    case KC_FIELD_EXTRAS:
        plain(y, "type", "object");
        number(y, "maxProperties", f->max);
        key(y, "additionalProperties");
        strings_schema(y, f);
        end(y);
        break;
    case KC_FIELD_LABELS:
        plain(y, "type", "object");
        number(y, "maxProperties", f->max);
        key(y, "additionalProperties");
        string_schema(y, f, 0, f->item_max);
        end(y);
        break;
    case KC_FIELD_OBJECT:
        object_schema(y, f->table);
        break;
    case KC_FIELD_OBJECTS:
    case KC_FIELD_CONDITIONS:
        objects_schema(y, f);
        break;
    case KC_FIELD_INLINE: /* spread out by properties() */
        return;
    }
    if (f->dflt)
        plain(y, "default", f->dflt);
    rules(y, f);
}

static void properties(struct yaml *y, const struct kc_table *t)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct kc_field *f = &t->fields[i];
        if (f->kind == KC_FIELD_INLINE) {
            properties(y, f->table);
            continue;
        }
        key(y, f->name);
        schema(y, f);
        end(y);
    }
}

static bool any_required(const struct kc_table *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->fields[i].required || (t->fields[i].kind == KC_FIELD_INLINE && any_required(t->fields[i].table)))
            return true;
    return false;
}

static void required_items(struct yaml *y, const struct kc_table *t)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->fields[i].kind == KC_FIELD_INLINE)
            required_items(y, t->fields[i].table);
        else if (t->fields[i].required)
            quoted_item(y, t->fields[i].name);
    }
}

static void object_schema(struct yaml *y, const struct kc_table *t)
{
    plain(y, "type", "object");
    if (any_required(t)) {
        key(y, "required");
        end(y);
        required_items(y, t);
    }
    key(y, "properties");
    properties(y, t);
    end(y);
}

static void root_schema(struct yaml *y, const struct kc_crd *crd)
{
    key(y, "openAPIV3Schema");
    folded(y, "description", crd->description);
    plain(y, "type", "object");
    key(y, "required");
    end(y);
    quoted_item(y, "spec");
    key(y, "properties");
    key(y, "apiVersion");
    folded(y, "description", "Group and version of this kind.");
    plain(y, "type", "string");
    end(y);
    key(y, "kind");
    folded(y, "description", "Name of this kind.");
    plain(y, "type", "string");
    end(y);
    key(y, "metadata");
    plain(y, "type", "object");
    end(y);
    properties(y, crd->table);
    end(y);
    end(y);
}

static void columns(struct yaml *y, const struct kc_crd *crd)
{
    key(y, "additionalPrinterColumns");
    end(y);
    for (size_t i = 0; i < crd->n_columns; i++) {
        const struct kc_column *c = &crd->columns[i];
        y->depth++;
        item(y);
        plain(y, "name", c->name);
        plain(y, "type", c->type);
        plain(y, "jsonPath", c->json_path);
        folded(y, "description", c->description);
        y->depth--;
    }
}

static void names(struct yaml *y, const struct kc_crd *crd)
{
    key(y, "names");
    plain(y, "kind", crd->kind);
    KC_BUF_SCOPE list_kind = {0};
    kc_buf_printf(&list_kind, "%sList", crd->kind);
    plain(y, "listKind", kc_buf_str(&list_kind));
    plain(y, "plural", crd->plural);
    plain(y, "singular", crd->singular);
    key(y, "shortNames");
    end(y);
    quoted_item(y, crd->short_name);
    key(y, "categories");
    end(y);
    quoted_item(y, crd->category);
    end(y);
}

void kc_crd_write(struct kc_buf *out, const struct kc_crd *crd)
{
    struct yaml yaml = {.out = out}, *y = &yaml;
    kc_buf_puts(
        out, "# Generated from the descriptor tables in api/: change those, then run their test with KC_UPDATE=1.\n");
    plain(y, "apiVersion", "apiextensions.k8s.io/v1");
    plain(y, "kind", "CustomResourceDefinition");
    key(y, "metadata");
    KC_BUF_SCOPE name = {0};
    kc_buf_printf(&name, "%s.%s", crd->plural, crd->group);
    plain(y, "name", kc_buf_str(&name));
    end(y);
    key(y, "spec");
    plain(y, "group", crd->group);
    plain(y, "scope", crd->namespaced ? "Namespaced" : "Cluster");
    names(y, crd);
    key(y, "versions");
    item(y);
    plain(y, "name", crd->version);
    plain(y, "served", "true");
    plain(y, "storage", "true");
    key(y, "subresources");
    plain(y, "status", "{}");
    end(y);
    columns(y, crd);
    key(y, "schema");
    root_schema(y, crd);
    end(y);
    end(y);
    end(y);
}
