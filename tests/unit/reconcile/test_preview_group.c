/* A step that is as many changes as a plan may have, on objects with the longest names there are: what status says. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "controller/action/kubectl.h"
#include "controller/reconcile/planning.h"
#include "request.h"

#define NAME_MAX_CHARS 253
#define NS_MAX_CHARS   63

static const char *padded(struct kc_arena *a, const char *text, size_t len)
{
    char *out = kc_arena_alloc(a, len + 1);

    memset(out, 'n', len);
    out[len] = '\0';
    memcpy(out, text, strlen(text));
    return out;
}

struct scene {
    struct kc_planning p;
    struct kc_plan_record record;
    struct kc_chatrequest_status status;
};

/* kubectl label RESOURCE/NAME... tier=..., of which each has had a value of its own. */
static void scene_init(struct scene *s, struct kc_arena *a, const char *resource)
{
    const char *ns = padded(a, "shop-", NS_MAX_CHARS);
    KC_BUF_SCOPE whole = {0};

    *s = (struct scene){.record = plan_new(a, KC_MAX_PARTS), .status = {.audit = {.first = -1, .last = -1}}};
    s->p.planned = (struct kc_planned){.steps = kc_arena_array(a, KC_MAX_PARTS, sizeof *s->p.planned.steps),
                                       .n_steps = KC_MAX_PARTS};
    s->p.previews = kc_arena_array(a, KC_MAX_PARTS, sizeof *s->p.previews);
    kc_buf_puts(&whole, "kubectl label");
    for (size_t i = 0; i < KC_MAX_PARTS; i++) {
        struct kc_record_step *r = &s->record.steps[i];
        struct kc_change *change = kc_arena_array(a, 1, sizeof *change);
        *r = scale_step(a, i, 3, 5, "o-1", KC_MUTATING);
        r->action.verb = kc_verb_find("label");
        r->action.target = (struct kc_target){.group = "",
                                              .version = "v1",
                                              .kind = "ConfigMap",
                                              .resource = resource,
                                              .ns = ns,
                                              .name = padded(a, kc_arena_printf(a, "%03zu-", i), NAME_MAX_CHARS)};
        *change =
            (struct kc_change){.path = "metadata.labels.tier", .from = kc_arena_printf(a, "old-%zu", i), .to = "new"};
        r->changes = change;
        r->part = kc_planned_part(a, &r->action);
        s->p.planned.steps[i] = (struct kc_planned_step){.action = r->action, .part = r->part, .reason = ""};
        s->p.previews[i] =
            (struct kc_step_preview){.accepted = true,
                                     .record = *r,
                                     .status = {.dry_run_outcome = "Accepted", .rbac = "yes", .effect = KC_MUTATING}};
        kc_buf_printf(&whole, " %s/%s", resource, r->action.target.name);
    }
    kc_buf_printf(&whole, " tier=new --namespace=%s --overwrite", ns);
    s->p.planned.steps[0].whole = kc_arena_strdup(a, kc_buf_str(&whole));
    struct kc_step_status *step = kc_arena_alloc(a, sizeof *step);
    *step = kc_preview_group(a, &s->p, 0, KC_MAX_PARTS, 0);
    s->status.plan = (struct kc_plan_status){.digest = "", .steps = step, .n_steps = 1};
}

/* Every object is named by the command; of what changes the first ones are shown, and how many are not. */
static void is_cut_and_says_so(void **state)
{
    KC_ARENA_SCOPE(a);
    struct scene s;

    (void)state;
    scene_init(&s, a, "configmap");
    assert_int_equal(s.status.plan.steps[0].n_changes, KC_MAX_PARTS);
    assert_true(kc_chatrequest_fit_status(a, &s.status));
    KC_JSON_SCOPE *encoded = kc_chatrequest_encode_status(&s.status);
    assert_true(json_dumpb(encoded, NULL, 0, JSON_COMPACT) <= KC_MAX_STATUS_BYTES);

    const struct kc_step_status *step = &s.status.plan.steps[0];
    for (size_t i = 0; i < KC_MAX_PARTS; i++)
        assert_non_null(strstr(step->command, s.record.steps[i].action.target.name));
    assert_string_equal(step->parts, "0/512 labelled");
    assert_true(step->n_changes < KC_MAX_PARTS);
    for (size_t i = 0; i + 1 < step->n_changes; i++) {
        assert_non_null(strstr(step->changes[i].path, s.record.steps[i].action.target.name));
        assert_string_equal(step->changes[i].from, s.record.steps[i].changes[0].from);
    }
    assert_string_equal(step->changes[step->n_changes - 1].path,
                        kc_arena_printf(a, "… %zu more changes", KC_MAX_PARTS - (step->n_changes - 1)));
}

/* What is not shown is approved all the same. */
static void the_digest_covers_the_last(void **state)
{
    KC_ARENA_SCOPE(a);
    struct scene s;

    (void)state;
    scene_init(&s, a, "configmap");
    const char *digest = plan_digest(a, &s.record);
    assert_string_equal(plan_digest(a, &s.record), digest);
    s.record.steps[KC_MAX_PARTS - 1].changes[0].from = "older";
    assert_string_not_equal(plan_digest(a, &s.record), digest);
    s.record.steps[KC_MAX_PARTS - 1].changes[0].from = "old-511";
    assert_string_equal(plan_digest(a, &s.record), digest);
    s.record.steps[KC_MAX_PARTS - 1].uid = "o-2";
    assert_string_not_equal(plan_digest(a, &s.record), digest);
}

/* Of the first parts that reach something it is said what, the others are counted. */
static void what_the_parts_reach(void **state)
{
    static const struct {
        size_t reaching;
        const char *reach;
    } cases[] = {
        {0, ""},
        {1, "configmap/shop/c-0: 1 pod"},
        {2, "each for itself: configmap/shop/c-0: 1 pod; configmap/shop/c-1: 1 pod"},
        {5, "each for itself: configmap/shop/c-0: 1 pod; configmap/shop/c-1: 1 pod; configmap/shop/c-2: 1 pod; 2 more "
            "objects reach others too"},
    };

    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        KC_ARENA_SCOPE(a);
        struct scene s;
        scene_init(&s, a, "configmap");
        for (size_t i = 0; i < KC_MAX_PARTS; i++) {
            s.p.previews[i].record.action.target.ns = "shop";
            s.p.previews[i].record.action.target.name = kc_arena_printf(a, "c-%zu", i);
            s.p.previews[i].status.blast_radius = i < cases[c].reaching ? "1 pod" : "";
        }
        assert_string_equal(kc_preview_group(a, &s.p, 0, KC_MAX_PARTS, 0).blast_radius, cases[c].reach);
        s.p.planned.steps[0].about = "3 pods have to move"; /* a drain's own words */
        assert_string_equal(kc_preview_group(a, &s.p, 0, KC_MAX_PARTS, 0).blast_radius, "3 pods have to move");
    }
}

/* A command is never cut: one for which there is no room is none to approve (perform_plan.c refuses it). */
static void a_command_is_never_cut(void **state)
{
    KC_ARENA_SCOPE(a);
    struct scene s;

    (void)state;
    scene_init(&s, a, padded(a, "widgets.", 80));
    assert_true(strlen(s.status.plan.steps[0].command) > KC_MAX_COMMAND_BYTES);
    assert_false(kc_chatrequest_fit_status(a, &s.status));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_cut_and_says_so),
        cmocka_unit_test(the_digest_covers_the_last),
        cmocka_unit_test(a_command_is_never_cut),
        cmocka_unit_test(what_the_parts_reach),
    };
    return cmocka_run_group_tests_name("preview_group", tests, NULL, NULL);
}
