/* kubectl auth can-i, auth whoami: reviews, which are made by POST and keep nothing. They are about whoever asks: the
 * requester when the plan runs, whoever looks when its output is looked at. */
#include <stdlib.h>
#include <string.h>

#include "controller/action/kubectl.h"
#include "controller/action/read.h"
#include "controller/action/verbs.h"
#include "controller/show/show.h"
#include "controller/show/tabs.h"

#define REVIEWS "/apis/authorization.k8s.io/v1/"

enum { SUBRESOURCE, ALL_NAMESPACES, LIST, NO_HEADERS };
enum { VERB, URL };

static const struct kc_flag flags[] = {
    [SUBRESOURCE] = {.name = "subresource", .kind = KC_FLAG_STRING},
    [ALL_NAMESPACES] = {.name = "all-namespaces", .letter = 'A', .kind = KC_FLAG_BOOL},
    [LIST] = {.name = "list", .kind = KC_FLAG_BOOL},
    [NO_HEADERS] = {.name = "no-headers", .kind = KC_FLAG_BOOL},
    {.name = NULL},
};

static const char *given(const struct kc_action *act, size_t flag)
{
    return act->flags ? act->flags[flag] : NULL;
}

static struct kc_api_request review(struct kc_arena *a, const char *path, json_t *body)
{
    size_t len;
    struct kc_err err = {0};
    char *text = kc_json_canonical_in(a, body, &len, &err); /* strings only: it can be written */

    json_decref(body);
    return (struct kc_api_request){
        .method = "POST", .path = path, .content_type = "application/json", .body = text, .body_len = text ? len : 0};
}

static bool validate(struct kc_arena *a, struct kc_action *act, struct kc_err *err)
{
    const struct kc_strs *words = &act->operands;
    bool url = words->n > URL && words->v[URL][0] == '/';

    (void)a;
    if (given(act, LIST))
        return (!words->n && !given(act, SUBRESOURCE) && !given(act, ALL_NAMESPACES)) ||
               kc_fail(err, KC_INVALID, "BadFlag",
                       "--list says what may be done in a namespace: no verb, --subresource or --all-namespaces");
    if (given(act, NO_HEADERS))
        return kc_fail(err, KC_INVALID, "BadFlag", "--no-headers cannot be set without --list specified");
    if (!words->n)
        return kc_fail(err, KC_INVALID, "BadTarget",
                       "you must specify two arguments: verb resource or verb resource/resourceName.");
    if (words->n > 2 || strchr(words->v[VERB], '/') || (words->n > URL && !url && !KC_STREQ(words->v[URL], "*")))
        return kc_fail(err, KC_INVALID, "BadTarget",
                       "kubectl auth can-i %.64s: first the verb, then TYPE, TYPE/NAME or /URL", words->v[VERB]);
    if (url && (given(act, SUBRESOURCE) || given(act, ALL_NAMESPACES)))
        return kc_fail(err, KC_INVALID, "BadFlag",
                       "--subresource can not be used with NonResourceURL, nor can --all-namespaces");
    return true;
}

/* One may ask about what is not there. */
static bool may_be_absent(const struct kc_action *act)
{
    (void)act;
    return true;
}

static json_t *attributes(const struct kc_action *act)
{
    const struct kc_target *t = &act->target;
    const struct kc_strs *words = &act->operands;

    if (words->n > URL && words->v[URL][0] == '/')
        return json_pack("{s:{s:s, s:s}}", "nonResourceAttributes", "path", words->v[URL], "verb", words->v[VERB]);
    json_t *v = json_pack("{s:s, s:s}", "verb", words->n ? words->v[VERB] : "", "resource",
                          words->n > URL ? words->v[URL] : t->resource);
    const struct {
        const char *name, *value;
    } rest[] = {{"namespace", t->ns}, {"group", t->group}, {"name", t->name}, {"subresource", given(act, SUBRESOURCE)}};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        if (rest[i].value && *rest[i].value)
            json_object_set_new(v, rest[i].name, json_string(rest[i].value));
    return json_pack("{s:o}", "resourceAttributes", v);
}

static bool look(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret)
{
    const char *kind = given(act, LIST) ? "SelfSubjectRulesReview" : "SelfSubjectAccessReview";
    json_t *spec = given(act, LIST) ? json_pack("{s:s}", "namespace", act->target.ns) : attributes(act);

    *ret = review(a, given(act, LIST) ? REVIEWS "selfsubjectrulesreviews" : REVIEWS "selfsubjectaccessreviews",
                  json_pack("{s:s, s:s, s:{s:n}, s:o}", "kind", kind, "apiVersion", "authorization.k8s.io/v1",
                            "metadata", "creationTimestamp", "spec", spec));
    return so_far->n == 0;
}

/* One line of --list: a resource with its verbs, or a URL. */
struct rule {
    const char *resource; /* "deployments.apps/scale"; "" for a URL */
    const char *group, *plain, *url, *name;
    struct kc_strs verbs;
    const char *key; /* what kubectl sorts by: the rule as its protobuf prints it */
};
struct rules {
    struct rule *v;
    size_t n, cap;
};

static const char *bracketed(struct kc_arena *a, const char *text)
{
    return kc_arena_printf(a, "[%s]", text);
}

static const char *joined(struct kc_arena *a, const struct kc_strs *list)
{
    KC_BUF_SCOPE out = {0};

    for (size_t i = 0; i < list->n; i++)
        kc_buf_printf(&out, "%s%s", i ? " " : "", list->v[i]);
    return kc_arena_strdup(a, kc_buf_str(&out));
}

static void add_rule(struct kc_arena *a, struct rules *to, const struct rule *r)
{
    if (to->n == to->cap) {
        struct rule *more = kc_arena_array(a, to->cap * 2 + 16, sizeof *more);
        for (size_t i = 0; i < to->n; i++)
            more[i] = to->v[i];
        to->cap = to->cap * 2 + 16;
        to->v = more;
    }
    to->v[to->n++] = *r;
}

static bool same_place(const struct rule *x, const struct rule *y)
{
    return !*x->url && !*y->url && KC_STREQ(x->group, y->group) && KC_STREQ(x->plain, y->plain) &&
           KC_STREQ(x->name, y->name);
}

/* Rules for one resource are one line with all their verbs; URLs stay apart. */
static void take_verb(struct kc_arena *a, struct rules *to, const struct rule *r, const char *verb)
{
    struct rule *found = NULL;

    for (size_t i = 0; i < to->n && !found; i++)
        if (same_place(&to->v[i], r))
            found = &to->v[i];
    if (!found) {
        add_rule(a, to, r);
        found = &to->v[to->n - 1];
        found->verbs = (struct kc_strs){0};
    }
    if (kc_strs_has(&found->verbs, verb))
        return;
    const char **more = kc_arena_array(a, found->verbs.n + 1, sizeof *more);
    for (size_t i = 0; i < found->verbs.n; i++)
        more[i] = found->verbs.v[i];
    more[found->verbs.n] = verb;
    found->verbs = (struct kc_strs){more, found->verbs.n + 1};
}

/* "deployments/scale" of apps is shown as deployments.apps/scale. */
static const char *shown_resource(struct kc_arena *a, const char *resource, const char *group)
{
    size_t len = strcspn(resource, "/");

    return kc_arena_printf(a, "%.*s%s%s%s", (int)len, resource, *group ? "." : "", group, resource + len);
}

static struct kc_strs strings_at(struct kc_arena *a, const json_t *rule, const char *name)
{
    const json_t *list = json_object_get(rule, name);
    struct kc_strs out = {.v = kc_arena_array(a, json_array_size(list) + 1, sizeof *out.v)};
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item) out.v[out.n++] = kc_read_clip(a, kc_or(json_string_value(item), ""), 253);
    return out;
}

static void break_down(struct kc_arena *a, const json_t *rule, struct rules *to)
{
    struct kc_strs groups = strings_at(a, rule, "apiGroups"), resources = strings_at(a, rule, "resources");
    struct kc_strs verbs = strings_at(a, rule, "verbs"), names = strings_at(a, rule, "resourceNames");
    struct kc_strs urls = strings_at(a, rule, "nonResourceURLs");

    for (size_t g = 0; g < groups.n; g++)
        for (size_t r = 0; r < resources.n; r++)
            for (size_t v = 0; v < verbs.n; v++)
                for (size_t i = 0; i < (names.n ? names.n : 1); i++) {
                    const struct rule one = {.resource = shown_resource(a, resources.v[r], groups.v[g]),
                                             .group = groups.v[g],
                                             .plain = resources.v[r],
                                             .url = "",
                                             .name = names.n ? names.v[i] : ""};
                    take_verb(a, to, &one, verbs.v[v]);
                }
    for (size_t u = 0; u < urls.n; u++)
        for (size_t v = 0; v < verbs.n; v++) {
            const struct rule one = {.resource = "", .group = "", .plain = "", .url = urls.v[u], .name = ""};
            take_verb(a, to, &one, verbs.v[v]);
        }
}

static int by_key(const void *x, const void *y)
{
    const struct rule *a = x, *b = y;

    return strcmp(a->key, b->key);
}

static struct rules rules_of(struct kc_arena *a, const json_t *answer)
{
    struct rules rules = {0};
    size_t i;
    json_t *rule;

    json_array_foreach(kc_json_at(answer, "status.resourceRules"), i, rule) break_down(a, rule, &rules);
    json_array_foreach(kc_json_at(answer, "status.nonResourceRules"), i, rule) break_down(a, rule, &rules);
    for (i = 0; i < rules.n; i++) {
        struct rule *r = &rules.v[i];
        r->key = kc_arena_printf(a, "Verbs:%s,APIGroups:%s,Resources:%s,ResourceNames:%s,NonResourceURLs:%s",
                                 bracketed(a, joined(a, &r->verbs)), bracketed(a, r->group), bracketed(a, r->plain),
                                 bracketed(a, r->name), bracketed(a, r->url));
    }
    if (rules.n)
        qsort(rules.v, rules.n, sizeof *rules.v, by_key);
    return rules;
}

static void show_list(struct kc_arena *a, const struct kc_action *act, const json_t *answer, struct kc_buf *out)
{
    const struct rules rules = rules_of(a, answer);
    KC_BUF_SCOPE text = {.limit = out->limit};

    if (kc_json_bool(answer, "status.incomplete", false))
        kc_buf_printf(out, "Warning: the list may be incomplete: %s\n",
                      kc_read_clip(a, kc_or(kc_json_str(answer, "status.evaluationError"), ""), 300));
    if (!given(act, NO_HEADERS))
        kc_buf_puts(&text, "Resources\tNon-Resource URLs\tResource Names\tVerbs\n");
    for (size_t i = 0; i < rules.n && !text.overflow; i++) {
        const struct rule *r = &rules.v[i];
        kc_buf_printf(&text, "%s\t[%s]\t[%s]\t[%s]\n", r->resource, r->url, r->name, joined(a, &r->verbs));
    }
    kc_tabs_align(&kc_tabs_table, kc_buf_str(&text), text.len, out);
    out->overflow = out->overflow || text.overflow;
}

static bool show(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen, struct kc_buf *out,
                 struct kc_err *err)
{
    const json_t *answer = seen->v[0].json;
    const char *reason = kc_or(kc_json_str(answer, "status.reason"), "");
    const char *wrong = kc_or(kc_json_str(answer, "status.evaluationError"), "");

    if (!answer)
        return kc_fail(err, KC_INVALID, "NoReviews", "the API server does not serve authorization.k8s.io/v1");
    if (given(act, LIST)) {
        show_list(a, act, answer, out);
    } else if (kc_json_bool(answer, "status.allowed", false)) {
        kc_buf_puts(out, "yes\n");
    } else {
        kc_buf_puts(out, "no");
        kc_buf_puts(out, *reason ? " - " : "");
        kc_show_cell(out, reason);
        kc_buf_puts(out, *wrong ? " - " : "");
        kc_show_cell(out, wrong);
        kc_buf_putc(out, '\n');
    }
    return true;
}

/* It says to all who read the request what its author may do: that they asked for. */
static const char *summary(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    const struct kc_strs *words = &act->operands;
    const struct kc_target *t = &act->target;

    if (given(act, LIST))
        return kc_arena_printf(a, "%zu rules", rules_of(a, seen->v[0].json).n);
    return kc_arena_printf(a, "%s: %s %s%s%s", kc_json_bool(seen->v[0].json, "status.allowed", false) ? "yes" : "no",
                           kc_read_clip(a, words->v[VERB], 40),
                           words->n > URL ? kc_read_clip(a, words->v[URL], 100) : t->resource, *t->name ? "/" : "",
                           t->name);
}

const struct kc_verb kc_verb_auth_can_i = {
    .name = "auth can-i",
    .deed = KC_DEED_READ,
    .effect = KC_READ_ONLY,
    .shape = KC_SHAPE_RIGHT,
    .operands = "VERB TYPE[/NAME]",
    .flags = flags,
    .validate = validate,
    .may_be_absent = may_be_absent,
    .look = look,
    .show = show,
    .summary = summary,
};

enum { OUTPUT };

static const struct kc_flag whoami_flags[] = {
    [OUTPUT] = {.name = "output", .letter = 'o', .kind = KC_FLAG_STRING, .one_of = "|json|yaml|"},
    {.name = NULL},
};

static bool look_whoami(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                        struct kc_api_request *ret)
{
    (void)act;
    *ret = review(a, "/apis/authentication.k8s.io/v1/selfsubjectreviews",
                  json_pack("{s:s, s:s, s:{s:n}, s:{}}", "kind", "SelfSubjectReview", "apiVersion",
                            "authentication.k8s.io/v1", "metadata", "creationTimestamp", "status"));
    return so_far->n == 0;
}

static bool show_whoami(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                        struct kc_buf *out, struct kc_err *err)
{
    const json_t *who = kc_json_at(seen->v[0].json, "status.userInfo"), *groups = json_object_get(who, "groups");
    const char *output = kc_action_flag(act, "output"), *key;
    KC_BUF_SCOPE text = {.limit = out->limit};
    json_t *value;

    (void)a;
    if (output && KC_STREQ(output, "yaml"))
        return kc_show_yaml(seen->v[0].json, out, err);
    if (output) {
        kc_show_json(seen->v[0].json, out);
        return true;
    }
    kc_buf_puts(&text, "ATTRIBUTE\tVALUE\n");
    if (kc_json_str(who, "username")) {
        kc_buf_puts(&text, "Username\t");
        kc_show_cell(&text, kc_json_str(who, "username"));
        kc_buf_putc(&text, '\n');
    }
    if (kc_or(kc_json_str(who, "uid"), NULL)) {
        kc_buf_puts(&text, "UID\t");
        kc_show_cell(&text, kc_json_str(who, "uid"));
        kc_buf_putc(&text, '\n');
    }
    if (json_array_size(groups)) {
        kc_buf_puts(&text, "Groups\t");
        kc_show_value(&text, groups);
        kc_buf_putc(&text, '\n');
    }
    json_object_foreach(json_object_get(who, "extra"), key, value)
    {
        kc_buf_puts(&text, "Extra: ");
        kc_show_cell(&text, key);
        kc_buf_putc(&text, '\t');
        kc_show_value(&text, value);
        kc_buf_putc(&text, '\n');
    }
    kc_tabs_align(&kc_tabs_table, kc_buf_str(&text), text.len, out);
    return true;
}

static const char *whoami_summary(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen)
{
    (void)act;
    return kc_read_clip(a, kc_or(kc_json_str(seen->v[0].json, "status.userInfo.username"), "nobody"), 200);
}

const struct kc_verb kc_verb_auth_whoami = {
    .name = "auth whoami",
    .deed = KC_DEED_READ,
    .effect = KC_READ_ONLY,
    .shape = KC_SHAPE_NONE,
    .flags = whoami_flags,
    .look = look_whoami,
    .show = show_whoami,
    .summary = whoami_summary,
};
