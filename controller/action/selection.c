/* What a command selects instead of naming it. */
#include <string.h>

#include "controller/action/command.h"
#include "controller/action/read.h"

#define PAGE            "500"
#define METADATA_ACCEPT "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

enum { LABELS, FIELDS, ALL, EVERYWHERE };

/* kubectl rollout restart deployment: all of the type. */
static bool bare(const struct kc_command *c)
{
    return c->verb->selects & KC_SELECTS_BARE && c->words.n == 1 && !strchr(c->words.v[0], '/');
}

bool kc_command_selection(struct kc_arena *a, const struct kc_command *c, const struct kc_selection **ret,
                          struct kc_err *err)
{
    const char *const *s = c->selected;
    struct kc_selection *sel;

    *ret = NULL;
    if (s[ALL] && (s[LABELS] || s[FIELDS]))
        return kc_fail(err, KC_INVALID, "BadFlag", "--all and --%s=%.64s: which one is meant?",
                       kc_selection_flags[s[LABELS] ? LABELS : FIELDS].name, s[LABELS] ? s[LABELS] : s[FIELDS]);
    if (s[EVERYWHERE] && !s[ALL] && !s[LABELS] && !s[FIELDS])
        return kc_fail(
            err, KC_INVALID, "BadFlag",
            "--all-namespaces: say which objects: --selector=KEY=VALUE, --field-selector=PATH=VALUE or --all");
    if (!s[LABELS] && !s[FIELDS] && !s[ALL] && !bare(c))
        return true;
    sel = kc_arena_alloc(a, sizeof *sel);
    *sel = (struct kc_selection){
        .labels = s[LABELS], .fields = s[FIELDS], .all = !s[LABELS] && !s[FIELDS], .everywhere = s[EVERYWHERE] != NULL};
    *ret = sel;
    return true;
}

struct kc_api_request kc_selection_request(struct kc_arena *a, const struct kc_action *act, const char *more)
{
    KC_BUF_SCOPE query = {0};

    kc_query_add(&query, "labelSelector", act->selection->labels);
    kc_query_add(&query, "fieldSelector", act->selection->fields);
    kc_query_add(&query, "limit", PAGE);
    kc_query_add(&query, "continue", more);
    return kc_read_request(a, kc_target_path(a, &act->target, NULL), &query, METADATA_ACCEPT);
}
