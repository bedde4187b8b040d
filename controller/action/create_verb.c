#include "controller/action/create_verb.h"

#include <ctype.h>
#include <string.h>

#define MAX_PORT 65535

struct kc_api_request kc_create_object(struct kc_arena *a, const struct kc_action *act, const char *query, json_t *body)
{
    const struct kc_target object = kc_action_object(act);
    struct kc_target all = object;
    json_t *meta = json_object_get(body, "metadata");
    all.name = "";
    json_object_set_new(
        body, "apiVersion",
        json_string(*object.group ? kc_arena_printf(a, "%s/%s", object.group, object.version) : object.version));
    json_object_set_new(body, "kind", json_string(object.kind));
    if (!meta) {
        json_object_set_new(body, "metadata", json_object());
        meta = json_object_get(body, "metadata");
    }
    json_object_set_new(meta, "name", json_string(object.name));
    if (*object.ns)
        json_object_set_new(meta, "namespace", json_string(object.ns));
    return kc_request_of(a, "POST", kc_target_path(a, &all, NULL), query, KC_JSON_TYPE, body);
}

enum kc_reversible kc_undo_create(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                                  struct kc_action *ret)
{
    const struct kc_target object = kc_action_object(act);
    struct kc_err err = {0};
    (void)seen;
    return kc_action_make(a, "delete", &object, NULL, 0, NULL, 0, ret, &err) ? KC_REVERSIBLE : KC_IRREVERSIBLE;
}

enum kc_reversible kc_undo_run(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                               struct kc_action *ret)
{
    return kc_undo_create(a, act, seen, ret) == KC_REVERSIBLE ? KC_PARTIAL : KC_IRREVERSIBLE;
}

static bool name_fits(const struct kc_action *act, bool fits, const char *of, struct kc_err *err)
{
    if (!*act->target.name || fits)
        return true;
    return kc_fail(err, KC_INVALID, "BadTarget", "\"%.64s\" is not a name for a new %s: %s", act->target.name,
                   act->target.kind, of);
}

bool kc_new_name(const struct kc_action *act, struct kc_err *err)
{
    return name_fits(act, kc_dns_subdomain_valid(act->target.name), "lower-case letters, digits, . and -", err);
}

bool kc_new_label(const struct kc_action *act, struct kc_err *err)
{
    return name_fits(act, kc_dns_label_valid(act->target.name), "at most 63 lower-case letters, digits and -", err);
}

static bool made_of(const char *s, const char *others)
{
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && !strchr(others, *s))
            return false;
    return true;
}

bool kc_variable_valid(const char *s)
{
    return *s && !isdigit((unsigned char)*s) && !KC_STREQ(s, ".") && !kc_str_starts(s, "..") && made_of(s, "-._");
}

bool kc_image_valid(const char *s)
{
    return isalnum((unsigned char)*s) && made_of(s, "-._/:@") && strlen(s) < 512;
}

bool kc_port_valid(const char *s)
{
    int64_t n;
    /* IANA_SVC_NAME: at most 15 characters, a letter among them. */
    return kc_parse_int(s, 1, MAX_PORT, &n) ||
           (kc_dns_label_valid(s) && strlen(s) <= 15 && s[strspn(s, "0123456789-")] && !strstr(s, "--"));
}

json_t *kc_port_json(const char *s)
{
    int64_t n;
    return kc_parse_int(s, 1, MAX_PORT, &n) ? json_integer(n) : json_string(s);
}

bool kc_image_check(const struct kc_action *act, struct kc_err *err)
{
    const char *image = kc_action_flag(act, "image");
    return !image || kc_image_valid(image) ||
           kc_fail(err, KC_INVALID, "BadFlag", "--image=%.64s: not an image's name: registry/name:tag", image);
}

json_t *kc_new_container(const char *name, const char *image, const struct kc_action *act, const char *member)
{
    json_t *container = json_pack("{s:s, s:s}", "name", name, "image", image);
    if (act->operands.n)
        json_object_set_new(container, member, kc_json_strings(&act->operands));
    return container;
}

const char *kc_split_pair(struct kc_arena *a, const char *text, const char **ret_value)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return NULL;
    *ret_value = equals + 1;
    return kc_arena_strndup(a, text, (size_t)(equals - text));
}

json_t *kc_json_strings(const struct kc_strs *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->n; i++)
        json_array_append_new(list, json_string(s->v[i]));
    return list;
}

const char *kc_list_canonical(struct kc_arena *a, const struct kc_action *act, const char *name)
{
    KC_BUF_SCOPE out = {0};
    struct kc_strs all = kc_action_list(a, act, name, true);
    struct kc_strs kept = {.v = all.v};
    for (size_t i = 0; i < all.n; i++)
        if (!kc_strs_has(&kept, all.v[i])) {
            kc_buf_printf(&out, "%s%s", kept.n ? KC_LIST_SEPARATOR : "", all.v[i]);
            kept.v[kept.n++] = all.v[i];
        }
    return all.n ? kc_arena_strdup(a, kc_buf_str(&out)) : NULL;
}

void kc_flag_put(struct kc_arena *a, struct kc_action *act, const char *name, const char *value)
{
    size_t n = 0, at = 0;
    for (; act->verb->flags[n].name; n++)
        if (KC_STREQ(act->verb->flags[n].name, name))
            at = n;
    const char **values = kc_arena_array(a, n + 1, sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] = act->flags ? act->flags[i] : NULL;
    values[at] = value;
    act->flags = values;
}
