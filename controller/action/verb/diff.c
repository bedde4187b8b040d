/* kubectl diff --server-side -f -: what applying the object would change, asked of the API server by a dry run of the
 * apply as the requester. Fields instead of lines of YAML: "-" before, "+" after; nothing where nothing differs. */
#include "controller/action/manifest_verb.h"
#include "controller/action/record.h"
#include "controller/action/verbs.h"
#include "controller/show/parts.h"
#include "controller/show/show.h"

static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    struct kc_err err = {0};
    if (so_far->n == 0)
        return kc_look_at_target(a, act, so_far, ret);
    struct kc_api_request apply = kc_apply_request(a, act);
    return so_far->n == 1 && kc_request_prepare(a, &apply, NULL, true, ret, &err);
}

/* That others own fields is an answer. */
static bool tolerates(const struct kc_looked *so_far, int http_status)
{
    return so_far->n == 1 && http_status == 409;
}

static size_t differences(struct kc_arena *a, const struct kc_looked *seen, struct kc_change **ret)
{
    return seen->n > 1 ? kc_changes_between(a, seen->v[0].json, seen->v[1].json, ret) : 0;
}

static bool show(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen, struct kc_buf *out,
                 struct kc_err *err)
{
    struct kc_change *v = NULL;
    if (seen->n < 2 || (!seen->v[1].json && !seen->v[1].text))
        return kc_fail(err, KC_INVALID, "NotFound", "%s: nothing could be compared", kc_target_show(a, &act->target));
    if (seen->v[1].text) {
        kc_show_cell(out, seen->v[1].text);
        kc_buf_putc(out, '\n');
        return true;
    }
    size_t n = differences(a, seen, &v);
    if (n)
        kc_buf_printf(out, "%s%s\n", kc_target_show(a, &act->target), seen->v[0].json ? "" : " would be created");
    for (size_t i = 0; i < n; i++) {
        const char *const sides[] = {v[i].from, v[i].to};
        for (size_t j = 0; j < 2; j++) {
            if (!*sides[j])
                continue;
            kc_buf_puts(out, j ? "+ " : "- ");
            kc_show_cell(out, v[i].path);
            kc_buf_puts(out, ": ");
            kc_show_cell(out, sides[j]);
            kc_buf_putc(out, '\n');
        }
    }
    return true;
}

static const char *summary(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    struct kc_change *v;
    size_t n = differences(a, seen, &v);
    const char *shown = kc_target_show(a, &act->target);
    if (seen->n > 1 && seen->v[1].text)
        return kc_arena_printf(a, "%s: conflicts with what others set", shown);
    if (!kc_seen_object(seen))
        return kc_arena_printf(a, "%s would be created", shown);
    return n ? kc_arena_printf(a, "%s: %zu field%s would change", shown, n, n == 1 ? "" : "s")
             : kc_arena_printf(a, "%s: no difference", shown);
}

/* Then all of it is a difference. */
static bool may_be_absent(const struct kc_action *act)
{
    (void)act;
    return true;
}

const struct kc_verb kc_verb_diff = {
    .name = "diff",
    .deed = KC_DEED_READ,
    .effect = KC_READ_ONLY,
    .shape = KC_SHAPE_MANIFEST,
    .input = KC_INPUT_OBJECT,
    .participle = "compared",
    .flags = kc_apply_flags,
    .validate = kc_apply_validate,
    .accepts_absent = true,
    .may_be_absent = may_be_absent,
    .tolerates = tolerates,
    .look = look,
    .show = show,
    .summary = summary,
};
