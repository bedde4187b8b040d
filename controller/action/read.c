#include "controller/action/read.h"

#include <ctype.h>
#include <string.h>

#include "controller/action/command.h"
#include "controller/show/show.h"

void kc_query_add(struct kc_buf *query, const char *name, const char *value)
{
    static const char unreserved[] = "-._~";

    if (!value)
        return;
    kc_buf_printf(query, "%s%s=", query->len ? "&" : "", name);
    for (const unsigned char *p = (const unsigned char *)value; *p; p++)
        if (isalnum(*p) || strchr(unreserved, *p))
            kc_buf_putc(query, (char)*p);
        else
            kc_buf_printf(query, "%%%02X", (unsigned)*p);
}

struct kc_api_request kc_read_request(struct kc_arena *a, const char *path, const struct kc_buf *query,
                                      const char *accept)
{
    return (struct kc_api_request){
        .method = "GET", .path = path, .query = kc_arena_strdup(a, kc_buf_str(query)), .accept = accept};
}

const char *kc_read_continue(const struct kc_looked *seen)
{
    return seen->n ? kc_or(kc_json_str(seen->v[seen->n - 1].json, "metadata.continue"), NULL) : NULL;
}

const char *kc_read_left(struct kc_arena *a, const struct kc_looked *seen)
{
    int64_t left = seen->n ? kc_json_int(seen->v[seen->n - 1].json, "metadata.remainingItemCount", 0) : 0;

    if (!kc_read_continue(seen))
        return "";
    if (left > 0)
        return kc_arena_printf(a, "... and %lld more: narrow it down with a name or --selector\n", (long long)left);
    return "... and more: narrow it down with a name or --selector\n";
}

const char **kc_flags_copy(struct kc_arena *a, const struct kc_action *act)
{
    size_t n = kc_flags_count(act->verb);
    const char **flags = kc_arena_array(a, n + 1, sizeof *flags);

    for (size_t i = 0; act->flags && i < n; i++)
        flags[i] = act->flags[i];
    return flags;
}

const json_t **kc_read_json(struct kc_arena *a, const struct kc_looked *seen, size_t from, size_t *ret_n)
{
    const json_t **v = kc_arena_array(a, seen->n + 1, sizeof *v);

    *ret_n = 0;
    for (size_t i = from; i < seen->n; i++)
        if (seen->v[i].json)
            v[(*ret_n)++] = seen->v[i].json;
    return v;
}

enum kc_effect kc_read_effect(const struct kc_action *act)
{
    return KC_STREQ(act->target.resource, "secrets") && !*act->target.group ? KC_MUTATING : KC_READ_ONLY;
}

const char *kc_read_singular(struct kc_arena *a, const struct kc_target *t)
{
    char *word = kc_arena_strdup(a, t->kind);

    for (char *p = word; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return word;
}

const char *kc_read_clip(struct kc_arena *a, const char *text, size_t max)
{
    KC_BUF_SCOPE shown = {0};
    uint32_t ignored;
    size_t at = 0, len;

    kc_show_cell(&shown, text);
    const char *s = kc_buf_str(&shown);
    while (at < shown.len && (len = kc_utf8_decode(s + at, shown.len - at, &ignored)) && at + len <= max)
        at += len;
    return kc_arena_strndup(a, s, at);
}

bool kc_read_check_selector(const struct kc_action *act, struct kc_err *err)
{
    return !*act->target.name || !kc_action_flag(act, "selector") ||
           kc_fail(err, KC_INVALID, "BadFlag", "--selector: %.64s is named already: one or the other",
                   act->target.name);
}
