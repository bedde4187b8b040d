/* Evaluation, step by step as client-go's does it. */
#include <stdlib.h>
#include <string.h>

#include "controller/base/text.h"
#include "controller/show/jsonpath_node.h"
#include "controller/show/show.h"

struct walk {
    struct kc_arena *a;
    const struct kc_jsonpath_nodes *root;
    bool missing;
    size_t visited;
    size_t begin_range, in_range, end_range;
    size_t last_end; /* the node behind the last range that ended; root->n: none yet */
    struct kc_err *err;
};

/* A list that grows; what was found before a failure stays in it, because filters count it. */
struct found {
    struct kc_values values;
    size_t cap;
};

static bool fail(struct walk *w, const char *fmt, ...) KC_PRINTF(2, 3);
static bool fail(struct walk *w, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    kc_vfail(w->err, KC_INVALID, "BadJSONPath", fmt, ap);
    va_end(ap);
    return false;
}

static bool add(struct walk *w, struct found *to, const json_t *v)
{
    if (++w->visited > KC_JSONPATH_VALUES)
        return fail(w, "the path goes to more than %zu values: make it narrower", KC_JSONPATH_VALUES);
    if (to->values.n == to->cap) {
        const json_t **more = kc_arena_array(w->a, to->cap * 2 + 4, sizeof *more);
        for (size_t i = 0; i < to->values.n; i++)
            more[i] = to->values.v[i];
        to->cap = to->cap * 2 + 4;
        to->values.v = more;
    }
    to->values.v[to->values.n++] = v;
    return true;
}

static void release(void *v)
{
    json_decref(v);
}

static const char *go_type(const json_t *v)
{
    switch (v ? json_typeof(v) : JSON_NULL) {
    case JSON_OBJECT:
        return "map[string]interface {}";
    case JSON_ARRAY:
        return "[]interface {}";
    case JSON_STRING:
        return "string";
    case JSON_INTEGER:
        return "int64";
    case JSON_REAL:
        return "float64";
    case JSON_TRUE:
    case JSON_FALSE:
        return "bool";
    case JSON_NULL:
        break;
    }
    return "<nil>";
}

static int by_name(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* Members by name, items, or bytes of a string, which Go takes for a list of numbers. */
static bool add_children(struct walk *w, struct found *to, const json_t *v)
{
    size_t n = json_is_object(v) ? json_object_size(v) : json_is_array(v) ? json_array_size(v) : json_string_length(v);
    const char **names = NULL, *name;
    json_t *value;
    size_t at = 0;

    if (json_is_object(v)) {
        names = kc_arena_array(w->a, n + 1, sizeof *names);
        json_object_foreach((json_t *)v, name, value) names[at++] = name;
        qsort(names, n, sizeof *names, by_name);
    }
    for (size_t i = 0; i < n; i++) {
        json_t *byte = NULL;
        if (json_is_string(v)) {
            byte = json_integer((unsigned char)json_string_value(v)[i]);
            kc_arena_defer(w->a, release, byte);
        }
        if (!add(w, to, byte ? byte : names ? json_object_get(v, names[i]) : json_array_get(v, i)))
            return false;
    }
    return true;
}

static bool find_list(struct walk *w, const struct kc_values *in, const struct kc_jsonpath_nodes *nodes,
                      struct kc_values *ret);

static bool find_field(struct walk *w, const struct kc_values *in, const char *name, struct found *ret)
{
    for (size_t i = 0; i < in->n; i++) {
        const json_t *v = json_object_get(in->v[i], name);
        if (v && !add(w, ret, v))
            return false;
    }
    if (in->n && !ret->values.n && !w->missing)
        return fail(w, "%.64s is not found", name);
    return true;
}

static bool find_slice(struct walk *w, const json_t *list, const struct kc_jsonpath_node *node, struct found *ret,
                       bool *ret_over)
{
    int64_t n = (int64_t)json_array_size(list), from = node->bounds[0].value, to = node->bounds[1].value;
    int64_t step = node->bounds[2].known ? node->bounds[2].value : 1;

    if (from < 0)
        from += n;
    if (!node->bounds[1].known)
        to = n;
    if (to < 0 || (to == 0 && node->bounds[1].derived))
        to += n;
    *ret_over = from == to;
    if (from == to)
        return true;
    if (from >= n || from < 0)
        return fail(w, "array index out of bounds: index %lld, length %lld", (long long)from, (long long)n);
    if (to > n || to < 0)
        return fail(w, "array index out of bounds: index %lld, length %lld", (long long)to - 1, (long long)n);
    if (from > to)
        return fail(w, "starting index %lld is greater than ending index %lld", (long long)from, (long long)to);
    if (step <= 0)
        return fail(w, "step must be > 0");
    for (int64_t i = from; i < to; i = step < to - i ? i + step : to)
        if (!add(w, ret, json_array_get(list, (size_t)i)))
            return false;
    return true;
}

static bool find_items(struct walk *w, const struct kc_values *in, const struct kc_jsonpath_node *node,
                       struct found *ret)
{
    bool over = false; /* an empty slice ends the whole walk, whatever lists are left */

    for (size_t i = 0; i < in->n && !over; i++) {
        if (json_is_null(in->v[i]))
            continue;
        if (!json_is_array(in->v[i])) {
            ret->values = *in;
            return fail(w, "%s is not array or slice", go_type(in->v[i]));
        }
        if (!find_slice(w, in->v[i], node, ret, &over)) {
            ret->values = *in;
            return false;
        }
    }
    return true;
}

static bool find_below(struct walk *w, const struct kc_values *in, struct found *ret)
{
    for (size_t i = 0; i < in->n; i++) {
        struct found children = {0};
        if (!add_children(w, &children, in->v[i]))
            return false;
        if (children.values.n && (!add(w, ret, in->v[i]) || !find_below(w, &children.values, ret)))
            return false;
    }
    return true;
}

enum scalar { SCALAR_NONE, SCALAR_BOOL, SCALAR_INT, SCALAR_REAL, SCALAR_STRING };

static enum scalar scalar_of(const json_t *v)
{
    return json_is_boolean(v)   ? SCALAR_BOOL
           : json_is_integer(v) ? SCALAR_INT
           : json_is_real(v)    ? SCALAR_REAL
           : json_is_string(v)  ? SCALAR_STRING
                                : SCALAR_NONE;
}

/* text/template's comparisons: of one kind only. */
static bool compare(struct walk *w, const json_t *x, const json_t *y, const char *op, bool *ret)
{
    enum scalar kind = scalar_of(x);
    bool ordered = op[0] == '<' || op[0] == '>';
    int order;

    if (kind == SCALAR_NONE || scalar_of(y) == SCALAR_NONE || (kind == SCALAR_BOOL && ordered && json_is_boolean(y)))
        return fail(w, "invalid type for comparison");
    if (kind != scalar_of(y))
        return fail(w, "incompatible types for comparison");
    if (kind == SCALAR_INT)
        order = (json_integer_value(x) > json_integer_value(y)) - (json_integer_value(x) < json_integer_value(y));
    else if (kind == SCALAR_REAL)
        order = (json_real_value(x) > json_real_value(y)) - (json_real_value(x) < json_real_value(y));
    else if (kind == SCALAR_BOOL)
        order = json_is_true(x) != json_is_true(y);
    else
        order = strcmp(json_string_value(x), json_string_value(y));
    if (KC_STREQ(op, "=="))
        *ret = order == 0;
    else if (KC_STREQ(op, "!="))
        *ret = order != 0;
    else
        *ret = op[0] == '<' ? order < 0 || (op[1] && order == 0) : order > 0 || (op[1] && order == 0);
    return true;
}

static bool known_operator(const char *op)
{
    static const char *const operators[] = {"==", "!=", "<", ">", "<=", ">="};

    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (KC_STREQ(operators[i], op))
            return true;
    return false;
}

/* Whether one item passes. */
static bool passes(struct walk *w, const json_t *item, const struct kc_jsonpath_node *node, bool *ret)
{
    struct kc_values one = {&item, 1}, left, right;
    struct kc_err ignored = {0}, *err = w->err;

    *ret = false;
    if (!node->right) { /* what is wrong with the path counts as much as what is there */
        size_t before = w->visited;
        w->err = &ignored;
        (void)!find_list(w, &one, &node->left->nodes, &left);
        w->err = err;
        *ret = left.n > 0;
        return w->visited <= KC_JSONPATH_VALUES || w->visited == before || fail(w, "%s", ignored.message);
    }
    if (!find_list(w, &one, &node->left->nodes, &left))
        return false;
    if (left.n == 0)
        return true;
    if (left.n > 1)
        return fail(w, "can only compare one element at a time");
    if (!find_list(w, &one, &node->right->nodes, &right))
        return false;
    if (right.n == 0)
        return true;
    if (right.n > 1)
        return fail(w, "can only compare one element at a time");
    if (!known_operator(node->op))
        return fail(w, "unrecognized filter operator %.16s", node->op);
    return compare(w, left.v[0], right.v[0], node->op, ret);
}

static bool find_matching(struct walk *w, const struct kc_values *in, const struct kc_jsonpath_node *node,
                          struct found *ret)
{
    for (size_t i = 0; i < in->n; i++) {
        KC_BUF_SCOPE shown = {.limit = 200};
        size_t j;
        json_t *item;
        if (!json_is_array(in->v[i])) {
            ret->values = *in;
            kc_show_value(&shown, in->v[i]);
            return fail(w, "%.200s is not array or slice and cannot be filtered", kc_buf_str(&shown));
        }
        json_array_foreach(in->v[i], j, item)
        {
            bool pass;
            if (!passes(w, item, node, &pass)) {
                ret->values = *in;
                return false;
            }
            if (pass && !add(w, ret, item))
                return false;
        }
    }
    return true;
}

static bool find_union(struct walk *w, const struct kc_values *in, const struct kc_jsonpath_node *node,
                       struct found *ret)
{
    for (size_t i = 0; i < node->nodes.n; i++) {
        struct kc_values some;
        if (!find_list(w, in, &node->nodes.v[i]->nodes, &some)) {
            ret->values = *in;
            return false;
        }
        for (size_t j = 0; j < some.n; j++)
            if (!add(w, ret, some.v[j]))
                return false;
    }
    return true;
}

static bool find_word(struct walk *w, const struct kc_values *in, const char *word, struct found *ret)
{
    if (KC_STREQ(word, "range")) {
        w->begin_range++;
        ret->values = *in;
        return true;
    }
    if (KC_STREQ(word, "end")) {
        if (!w->in_range)
            return fail(w, "not in range, nothing to end");
        w->end_range++;
        return true;
    }
    ret->values = *in;
    return fail(w, "unrecognized identifier %.64s", word);
}

static bool find(struct walk *w, const struct kc_values *in, const struct kc_jsonpath_node *node, struct kc_values *ret)
{
    struct found found = {0};
    bool ok = true;

    switch (node->kind) {
    case KC_JP_LIST:
        return find_list(w, in, &node->nodes, ret);
    case KC_JP_TEXT:
        ok = add(w, &found, node->value);
        break;
    case KC_JP_VALUE:
        for (size_t i = 0; ok && i < in->n; i++)
            ok = add(w, &found, node->value);
        break;
    case KC_JP_FIELD:
        ok = find_field(w, in, node->text, &found);
        break;
    case KC_JP_ARRAY:
        ok = find_items(w, in, node, &found);
        break;
    case KC_JP_FILTER:
        ok = find_matching(w, in, node, &found);
        break;
    case KC_JP_WILDCARD:
        for (size_t i = 0; ok && i < in->n; i++)
            ok = add_children(w, &found, in->v[i]);
        break;
    case KC_JP_RECURSIVE:
        ok = find_below(w, in, &found);
        break;
    case KC_JP_UNION:
        ok = find_union(w, in, node, &found);
        break;
    case KC_JP_IDENTIFIER:
        ok = find_word(w, in, node->text, &found);
        break;
    }
    *ret = found.values;
    return ok;
}

static bool find_list(struct walk *w, const struct kc_values *in, const struct kc_jsonpath_nodes *nodes,
                      struct kc_values *ret)
{
    struct kc_values now = *in;
    bool ok = true;

    for (size_t i = 0; ok && i < nodes->n; i++)
        ok = find(w, &now, nodes->v[i], &now);
    *ret = now;
    return ok;
}

struct results {
    struct kc_findings all;
    size_t cap;
};

static bool keep(struct walk *w, struct results *to, const struct kc_values *v)
{
    if (++w->visited > KC_JSONPATH_VALUES)
        return fail(w, "the path goes to more than %zu values: make it narrower", KC_JSONPATH_VALUES);
    if (to->all.n == to->cap) {
        struct kc_values *more = kc_arena_array(w->a, to->cap * 2 + 4, sizeof *more);
        for (size_t i = 0; i < to->all.n; i++)
            more[i] = to->all.v[i];
        to->cap = to->cap * 2 + 4;
        to->all.v = more;
    }
    to->all.v[to->all.n++] = *v;
    return true;
}

static bool find_from(struct walk *w, size_t first, const json_t *data, struct results *ret);

/* The nodes behind node i, once for each value; without any they are gone through all the same, to find the end. */
static bool find_range(struct walk *w, size_t i, const struct kc_values *over, struct results *ret)
{
    struct results nowhere = {0};

    w->begin_range--;
    w->in_range++;
    for (size_t j = 0; j < over->n; j++)
        if (!find_from(w, i + 1, over->v[j], ret))
            return false;
    if (!over->n && !find_from(w, i + 1, NULL, &nowhere))
        return false;
    w->in_range--;
    return true;
}

static bool find_from(struct walk *w, size_t first, const json_t *data, struct results *ret)
{
    const json_t **one = kc_arena_array(w->a, 1, sizeof *one);
    const struct kc_values in = {one, 1};

    *one = data;
    for (size_t i = first; i < w->root->n; i++) {
        struct kc_values found;
        if (!find(w, &in, w->root->v[i], &found))
            return false;
        if (w->end_range > 0 && w->end_range <= w->in_range) {
            w->end_range--;
            w->last_end = i;
            return true;
        }
        if (w->begin_range > 0) {
            if (!find_range(w, i, &found, ret))
                return false;
            if (w->last_end > i && w->last_end < w->root->n)
                i = w->last_end;
            continue;
        }
        if (!keep(w, ret, &found))
            return false;
    }
    return true;
}

bool kc_jsonpath_find(struct kc_arena *a, const struct kc_jsonpath *path, const json_t *data, bool missing,
                      struct kc_findings *ret, struct kc_err *err)
{
    struct walk w = {.a = a, .root = &path->nodes, .missing = missing, .last_end = path->nodes.n, .err = err};
    struct results found = {0};

    if (!find_from(&w, 0, data, &found))
        return false;
    *ret = found.all;
    return true;
}

static void print_value(const json_t *v, struct kc_buf *out)
{
    if (json_is_object(v) || json_is_array(v))
        kc_show_json_line(v, out);
    else if (json_is_null(v))
        kc_buf_puts(out, "null");
    else
        kc_show_value(out, v);
}

static void print_list(const struct kc_values *values, struct kc_buf *out)
{
    KC_JSON_SCOPE *list = json_array();

    for (size_t i = 0; i < values->n; i++)
        json_array_append(list, (json_t *)values->v[i]);
    kc_show_json(list, out);
}

bool kc_jsonpath_print(struct kc_arena *a, const struct kc_jsonpath *path, const json_t *data, bool missing,
                       bool as_json, struct kc_buf *out, struct kc_err *err)
{
    struct kc_findings found;

    if (!kc_jsonpath_find(a, path, data, missing, &found, err))
        return kc_wrap(err, "error executing jsonpath \"%.128s\"", path->text);
    for (size_t i = 0; i < found.n && !out->overflow; i++) {
        if (as_json) {
            print_list(&found.v[i], out);
            continue;
        }
        for (size_t j = 0; j < found.v[i].n && !out->overflow; j++) {
            kc_buf_puts(out, j ? " " : "");
            print_value(found.v[i].v[j], out);
        }
    }
    return true;
}
