/* The screens of kubectl chat show, letter by letter: what a person decides by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/clock.h"
#include "controller/cli/show.h"

#define NOW    INT64_C(1767323045000) /* 2026-01-02T03:04:05Z */
#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct kc_style without = {.colour = false}, with = {.colour = true};

static struct kc_change five[] = {{.path = "spec.replicas", .from = "3", .to = "5"}};
static const char *default_rule[] = {"default: one approval"};

static struct kc_step_status scale(void)
{
    return (struct kc_step_status){
        .id = "1",
        .command = "kubectl scale deployment/checkout --namespace=shop --replicas=5",
        .effect = KC_MUTATING,
        .reversible = KC_REVERSIBLE,
        .reason = "\"five checkout pods\" → Deployment checkout (3 replicas)",
        .rbac = "yes",
        .dry_run_outcome = "Accepted",
        .dry_run_message = "",
        .changes = five,
        .n_changes = 1,
        .policies = {.v = default_rule, .n = 1},
        .blast_radius = "2 more pods",
        .rollback = "kubectl scale deployment/checkout --namespace=shop --replicas=3",
        .result = "",
    };
}

static struct kc_chatrequest request(struct kc_step_status *steps, size_t n, enum kc_phase phase, const char *reason,
                                     const char *message)
{
    struct kc_chatrequest cr = {
        .meta = {.name = "bump-checkout", .ns = "shop"},
        .spec = {.prompt = "we need five checkout pods before the sale",
                 .cluster = "prod-eu",
                 .requested_by = {.who = {.username = "ana"}}},
        .status =
            {.summary = "spec.replicas: 3 → 5",
             .risk = n ? KC_RISK_MEDIUM : KC_RISK_NONE,
             .plan = {.digest = n ? DIGEST : "", .expires_at = NOW + 14 * KC_MINUTE_MS, .steps = steps, .n_steps = n},
             .approvals = {.required = 1, .summary = "0/1", .confirm = ""}},
    };

    kc_phase_enter(&cr.status.conditions, phase, reason, message, 1, NOW);
    return cr;
}

static void expect_lines(const char *name, const char *shown, const char *expected)
{
    if (!KC_STREQ(shown, expected))
        fail_msg("%s\n--- shown\n%s--- expected\n%s---", name, shown, expected);
}

static void expect(const char *name, const struct kc_chatrequest *cr, struct kc_style style, const char *expected)
{
    KC_BUF_SCOPE out = {0};

    kc_show_request(&out, cr, style, NOW);
    expect_lines(name, kc_buf_str(&out), expected);
}

static void test_awaiting_approval(void **state)
{
    (void)state;
    struct kc_step_status step = scale();
    struct kc_chatrequest cr = request(&step, 1, KC_AWAITING_APPROVAL, "ApprovalNeeded", "waiting for 1 approval");

    expect(
        "awaiting approval", &cr, without,
        "bump-checkout   AwaitingApproval   risk Medium   cluster prod-eu   asked by ana   expires in 14m\n"
        "\"we need five checkout pods before the sale\"\n"
        "\n"
        " 1  kubectl scale deployment/checkout --namespace=shop --replicas=5\n"
        "    why      \"five checkout pods\" → Deployment checkout (3 replicas)\n"
        "    change   spec.replicas: 3 → 5\n"
        "    checks   RBAC yes · dry run accepted · policy default: one approval\n"
        "    reach    2 more pods\n"
        "    undo     kubectl scale deployment/checkout --namespace=shop --replicas=3\n"
        "\n"
        "waiting for 1 approval\n"
        "approve with   kubectl chat approve bump-checkout --namespace=shop --plan=0123456789ab\n"
        "plain kubectl  kubectl patch chat bump-checkout --namespace=shop --type=json -p "
        "'[{\"op\":\"add\",\"path\":\"/spec/approvals/-\",\"value\":{\"decision\":\"Approve\",\"planDigest\":\"" DIGEST
        "\"}}]'\n");
}

/* The status's own mark for the changes that it had no room for has no values. */
static void test_changes_left_out(void **state)
{
    struct kc_change changes[] = {{.path = "data.k00", .from = "", .to = "x"}, {.path = "… 7 more changes"}};
    struct kc_step_status step = scale();
    struct kc_chatrequest cr = request(&step, 1, KC_AWAITING_APPROVAL, "ApprovalNeeded", "waiting");
    KC_BUF_SCOPE out = {0};

    (void)state;
    step.changes = changes;
    step.n_changes = 2;
    kc_show_request(&out, &cr, without, NOW);
    assert_non_null(strstr(kc_buf_str(&out), "data.k00: (none) → x\n             … 7 more changes\n"));
}

static void test_awaiting_confirmation(void **state)
{
    (void)state;
    struct kc_change changes[] = {
        {.path = "metadata.annotations[example.com/at]", .from = "", .to = "03:04", .volatile_value = true},
        {.path = "spec.replicas", .from = "3", .to = "0"}};
    const char *warnings[] = {"spec.paused is deprecated\nuse spec.suspend"};
    struct kc_step_status step = scale();
    step.effect = KC_DESTRUCTIVE;
    step.reversible = KC_IRREVERSIBLE;
    step.changes = changes;
    step.n_changes = 2;
    step.warnings = (struct kc_strs){.v = warnings, .n = 1};
    struct kc_chatrequest cr = request(&step, 1, KC_AWAITING_APPROVAL, "ApprovalNeeded", "waiting");
    struct kc_approval given[] = {
        {.who = {.username = "ana"}, .decision = KC_APPROVE, .comment = ""},
        {.who = {.username = "bob"}, .decision = KC_REJECT, .comment = "not before\nthe sale"},
    };
    cr.status.approvals.confirm = "prod eu/shop's";
    cr.spec.approvals = (struct kc_approvals){.v = given, .n = 2};
    cr.status.plan.expires_at = NOW;

    expect(
        "awaiting a typed confirmation", &cr, without,
        "bump-checkout   AwaitingApproval   risk Medium   cluster prod-eu   asked by ana\n"
        "\"we need five checkout pods before the sale\"\n"
        "\n"
        " 1  kubectl scale deployment/checkout --namespace=shop --replicas=5\n"
        "    why      \"five checkout pods\" → Deployment checkout (3 replicas)\n"
        "    change   metadata.annotations[example.com/at]: (none) → 03:04  (the server chooses it anew each time)\n"
        "             spec.replicas: 3 → 0\n"
        "    checks   RBAC yes · dry run accepted · policy default: one approval\n"
        "    reach    2 more pods\n"
        "    undo     cannot be taken back\n"
        "    warning  spec.paused is deprecated\n"
        "             use spec.suspend\n"
        "\n"
        "approved by ana\n"
        "rejected by bob: not before⏎ the sale\n"
        "\n"
        "waiting\n"
        "approve with   kubectl chat approve bump-checkout --namespace=shop --plan=0123456789ab "
        "--confirm='prod eu/shop'\\''s'\n"
        "plain kubectl  kubectl patch chat bump-checkout --namespace=shop --type=json -p "
        "'[{\"op\":\"add\",\"path\":\"/spec/approvals/-\",\"value\":{\"decision\":\"Approve\",\"planDigest\":\"" DIGEST
        "\",\"confirm\":\"prod eu/shop'\\''s\"}}]'\n");
}

static void test_refused_by_rbac(void **state)
{
    (void)state;
#define FORBIDDEN                                                                                                      \
    "deployments.apps \"checkout\" is forbidden: User \"ana\" cannot patch resource \"deployments/scale\" in API "     \
    "group \"apps\" in the namespace \"shop\""
    struct kc_step_status step = scale();
    step.rbac = step.dry_run_message = FORBIDDEN;
    step.dry_run_outcome = "Refused";
    step.n_changes = 0;
    step.policies.n = 0;
    step.blast_radius = step.rollback = "";
    step.reversible = KC_REVERSIBLE_NONE;
    struct kc_chatrequest cr = request(&step, 1, KC_REFUSED, "DryRunRefused", FORBIDDEN);

    expect("refused by RBAC", &cr, without,
           "bump-checkout   Refused   risk Medium   cluster prod-eu   asked by ana\n"
           "\"we need five checkout pods before the sale\"\n" FORBIDDEN "\n"
           "\n"
           " 1  kubectl scale deployment/checkout --namespace=shop --replicas=5\n"
           "    why      \"five checkout pods\" → Deployment checkout (3 replicas)\n"
           "    checks   RBAC no: " FORBIDDEN "\n");
    step.rbac = "";
    step.dry_run_message = "exceeded quota: pods\nask for more";
    cr = request(&step, 1, KC_REFUSED, "DryRunRefused", "exceeded quota: pods\nask for more");
    expect("refused by a quota", &cr, without,
           "bump-checkout   Refused   risk Medium   cluster prod-eu   asked by ana\n"
           "\"we need five checkout pods before the sale\"\n"
           "exceeded quota: pods\n"
           "  ask for more\n"
           "\n"
           " 1  kubectl scale deployment/checkout --namespace=shop --replicas=5\n"
           "    why      \"five checkout pods\" → Deployment checkout (3 replicas)\n"
           "    checks   dry run refused: exceeded quota: pods\n"
           "             ask for more\n");
}

static void test_needs_clarification(void **state)
{
    (void)state;
    const char *candidates[] = {"deployment/shop/checkout", "statefulset/shop/checkout"};
    struct kc_chatrequest cr =
        request(NULL, 0, KC_NEEDS_CLARIFICATION, "Ambiguous", "\"checkout\" is two things: which one is meant?");
    cr.spec.prompt = "scale ana's checkout\nto five";
    cr.status.candidates = (struct kc_strs){.v = candidates, .n = 2};

    expect(
        "needs clarification", &cr, without,
        "bump-checkout   NeedsClarification   cluster prod-eu   asked by ana\n"
        "\"scale ana's checkout⏎ to five\"\n"
        "\"checkout\" is two things: which one is meant?\n"
        "  - deployment/shop/checkout\n"
        "  - statefulset/shop/checkout\n"
        "\n"
        "ask again, with the answer put in   kubectl chat ask 'scale ana'\\''s checkout to five' --namespace=shop\n");
}

static void test_succeeded_with_a_way_back(void **state)
{
    (void)state;
    struct kc_step_status steps[] = {scale(), scale()};
    steps[0].result = steps[1].result = "Verified";
    steps[1].id = "2";
    steps[1].command = "kubectl scale deployment/cart --namespace=shop --replicas=5";
    steps[1].rollback = "kubectl scale deployment/cart --namespace=shop --replicas=2";
    steps[1].reason = "";
    struct kc_chatrequest cr = request(steps, 2, KC_SUCCEEDED, "Verified", "all 2 steps executed and verified");

    expect("succeeded", &cr, without,
           "bump-checkout   Succeeded   risk Medium   cluster prod-eu   asked by ana\n"
           "\"we need five checkout pods before the sale\"\n"
           "all 2 steps executed and verified\n"
           "\n"
           " 1  kubectl scale deployment/checkout --namespace=shop --replicas=5\n"
           "    why      \"five checkout pods\" → Deployment checkout (3 replicas)\n"
           "    change   spec.replicas: 3 → 5\n"
           "    checks   RBAC yes · dry run accepted · policy default: one approval\n"
           "    reach    2 more pods\n"
           "    undo     kubectl scale deployment/checkout --namespace=shop --replicas=3\n"
           "    result   Verified\n"
           "\n"
           " 2  kubectl scale deployment/cart --namespace=shop --replicas=5\n"
           "    change   spec.replicas: 3 → 5\n"
           "    checks   RBAC yes · dry run accepted · policy default: one approval\n"
           "    reach    2 more pods\n"
           "    undo     kubectl scale deployment/cart --namespace=shop --replicas=2\n"
           "    result   Verified\n"
           "\n"
           "take it back   kubectl chat rollback bump-checkout --namespace=shop\n");
}

static bool offers_way_back(struct kc_step_status *steps, size_t n)
{
    struct kc_chatrequest cr = request(steps, n, KC_SUCCEEDED, "Verified", "done");
    KC_BUF_SCOPE out = {0};

    kc_show_request(&out, &cr, without, NOW);
    return strstr(kc_buf_str(&out), "take it back") != NULL;
}

/* Only what was carried out and can be taken back, be it in part. */
static void test_no_way_back(void **state)
{
    (void)state;
    struct kc_step_status steps[] = {scale(), scale()};

    assert_false(offers_way_back(steps, 2));
    steps[0].result = "Verified";
    assert_true(offers_way_back(steps, 2));
    steps[0].reversible = KC_PARTIAL;
    steps[0].rollback = "";
    assert_true(offers_way_back(steps, 2));
    steps[0].reversible = KC_IRREVERSIBLE;
    assert_false(offers_way_back(steps, 2));
    steps[1].result = "Executed";
    assert_true(offers_way_back(steps, 2));
    steps[1].effect = KC_READ_ONLY;
    assert_false(offers_way_back(steps, 2));
    assert_false(offers_way_back(NULL, 0));
}

/* Of 250 objects the first are named and the rest counted; what no shell takes is not run by mistake. */
static void test_many_objects(void **state)
{
    (void)state;
    KC_BUF_SCOPE command = {0};
    struct kc_change labels[14];
    struct kc_step_status step = scale();
    struct kc_style all = {.wide = true};

    kc_buf_puts(&command, "kubectl label");
    for (int i = 0; i < 14; i++) {
        static char paths[14][48];
        kc_buf_printf(&command, " pod/web-%d", i);
        snprintf(paths[i], sizeof paths[i], "pod/shop/web-%d metadata.labels.tier", i);
        labels[i] = (struct kc_change){.path = paths[i], .from = i ? "old" : "", .to = "new"};
    }
    kc_buf_puts(&command, " example.com/tier=new --namespace=shop");
    step.command = kc_buf_str(&command);
    step.changes = labels;
    step.n_changes = 14;
    step.blast_radius = "14 pods in shop · service front 14 → 0 endpoints, none remain · service front-internal 14 → 0 "
                        "endpoints, none remain · ingress shop in front";
    struct kc_chatrequest cr = request(&step, 1, KC_AWAITING_APPROVAL, "ApprovalNeeded", "");
    KC_BUF_SCOPE out = {0}, wide = {0};

    kc_show_request(&out, &cr, without, NOW);
    const char *shown = kc_buf_str(&out);
    const char *const has[] = {
        " 1  kubectl label (14 objects) example.com/tier=new --namespace=shop\n"
        "    objects  pod/web-0, pod/web-1, pod/web-2 and 11 more: kubectl chat show bump-checkout --namespace=shop "
        "--output=wide\n",
        "pod/shop/web-11 metadata.labels.tier: old → new\n"
        "             2 more changes: kubectl chat show bump-checkout --namespace=shop --output=wide\n",
        "    reach    14 pods in shop · service front 14 → 0 endpoints, none remain\n"
        "             service front-internal 14 → 0 endpoints, none remain · ingress shop in front\n",
    };
    for (size_t i = 0; i < sizeof has / sizeof *has; i++)
        if (!strstr(shown, has[i]))
            fail_msg("--- shown\n%s--- without\n%s---", shown, has[i]);
    assert_null(strstr(shown, "pod/web-3"));
    kc_show_request(&wide, &cr, all, NOW);
    assert_non_null(strstr(kc_buf_str(&wide), " pod/web-13 example.com/tier=new --namespace=shop\n"));
    assert_non_null(strstr(kc_buf_str(&wide), "pod/shop/web-13 metadata.labels.tier: old → new\n"));
    assert_null(strstr(kc_buf_str(&wide), "output=wide"));
}

static void test_not_seen_yet(void **state)
{
    (void)state;
    struct kc_chatrequest cr = request(NULL, 0, KC_PENDING, NULL, NULL);

    cr.status.conditions = (struct kc_conditions){0};
    cr.spec.requested_by.who.username = "";
    expect("not seen yet", &cr, without,
           "bump-checkout   Pending   cluster prod-eu   asked by (unknown)\n"
           "\"we need five checkout pods before the sale\"\n");
}

static void test_ask_again(void **state)
{
    (void)state;
    const char *commands[] = {"kubectl scale deployment/web --replicas=2"};
    struct kc_chatrequest cr = request(NULL, 0, KC_EXPIRED, "DeadlineExceeded", "too late");

    cr.spec.commands = (struct kc_strs){.v = commands, .n = 1};
    expect("expired", &cr, without,
           "bump-checkout   Expired   cluster prod-eu   asked by ana\n"
           "\"we need five checkout pods before the sale\"\n"
           "too late\n"
           "\n"
           "ask again      kubectl chat ask 'we need five checkout pods before the sale' --namespace=shop "
           "--command='kubectl scale deployment/web --replicas=2'\n");
}

/* A manifest stands below its command, and no line of it where a line of ours begins; to ask again, it is looked up. */
static void test_manifest(void **state)
{
    (void)state;
    const char *commands[] = {"kubectl create -f - <<'EOF'\nkind: ConfigMap\nEOF"};
    struct kc_step_status step = scale();
    step.command = "kubectl create --filename=- <<'EOF'\nkind: ConfigMap\nmetadata:\n  name: c\nEOF";
    struct kc_chatrequest waits = request(&step, 1, KC_AWAITING_APPROVAL, "WaitingForApproval", "waiting");
    struct kc_chatrequest late = request(NULL, 0, KC_EXPIRED, "DeadlineExceeded", "too late");
    KC_BUF_SCOPE out = {0};

    kc_show_request(&out, &waits, without, NOW);
    assert_non_null(strstr(kc_buf_str(&out),
                           " 1  kubectl create --filename=- <<'EOF'\n    kind: ConfigMap\n    metadata:\n"
                           "      name: c\n    EOF\n    "));
    late.spec.commands = (struct kc_strs){.v = commands, .n = 1};
    kc_buf_clear(&out);
    kc_show_request(&out, &late, without, NOW);
    assert_non_null(strstr(kc_buf_str(&out), "\nask again with the commands of   kubectl get chat bump-checkout "
                                             "--namespace=shop --output=yaml\n"));
}

/* Nothing that somebody wrote may steer the terminal, hide, or pass for a line of ours. */
static void test_text_of_others(void **state)
{
    (void)state;
    static const char *const evil[] = {
        "\033[2J\033[H", /* clears the screen */
        "\r",            /* overwrites the line */
        "a\xe2\x80\xae"
        "b",            /* right-to-left override */
        "\xe2\x80\x8b", /* zero-width space */
        "\xc2\x9b"
        "31m",      /* C1 CSI */
        "\xff\xfe", /* no UTF-8 */
        "\n 1  kubectl delete namespace/shop\n    checks   RBAC yes",
    };

    for (size_t i = 0; i < sizeof evil / sizeof *evil; i++) {
        const char *list[] = {evil[i]};
        struct kc_change change = {.path = evil[i], .from = evil[i], .to = evil[i]};
        struct kc_step_status step = scale();
        struct kc_approval given = {.who = {.username = evil[i]}, .decision = KC_APPROVE, .comment = evil[i]};
        step.reason = step.rbac = step.blast_radius = step.rollback = step.result = evil[i];
        step.changes = &change;
        step.warnings = step.policies = (struct kc_strs){.v = list, .n = 1};
        struct kc_chatrequest cr = request(&step, 1, KC_SUCCEEDED, "Verified", evil[i]);
        cr.spec.prompt = cr.spec.cluster = cr.spec.requested_by.who.username = evil[i];
        cr.spec.approvals = (struct kc_approvals){.v = &given, .n = 1};
        cr.status.candidates = (struct kc_strs){.v = list, .n = 1};
        KC_BUF_SCOPE out = {0};
        kc_show_request(&out, &cr, without, NOW);
        kc_show_progress(&out, &cr, without);
        step.dry_run_outcome = "Refused";
        step.dry_run_message = evil[i];
        kc_show_request(&out, &cr, without, NOW);
        const char *shown = kc_buf_str(&out);
        size_t at = 0;
        uint32_t c = kc_text_deceptive(shown, strlen(shown), &at);
        if (c)
            fail_msg("text %zu: U+%04X is shown at byte %zu of\n%s", i, (unsigned)c, at, shown);
        assert_null(strstr(shown, "\n 1  kubectl delete"));
        assert_null(strstr(shown, "\n    checks   RBAC yes\n"));
    }
}

/* Colour adds escapes and nothing else. */
static void test_colour(void **state)
{
    (void)state;
    struct kc_step_status step = scale();
    struct kc_chatrequest cr = request(&step, 1, KC_AWAITING_APPROVAL, "ApprovalNeeded", "waiting for 1 approval");
    KC_BUF_SCOPE coloured = {0}, stripped = {0}, grey = {0};

    kc_show_request(&grey, &cr, without, NOW);
    kc_show_request(&coloured, &cr, with, NOW);
    assert_null(strchr(kc_buf_str(&grey), '\033'));
    assert_non_null(
        strstr(kc_buf_str(&coloured), "\033[1mbump-checkout\033[0m   \033[33mAwaitingApproval\033[0m   risk"));
    assert_non_null(strstr(kc_buf_str(&coloured), "    \033[2mchange\033[0m   spec.replicas: 3 → \033[1m5\033[0m\n"));
    for (const char *p = kc_buf_str(&coloured); *p; p++) {
        if (*p == '\033')
            p += strcspn(p, "m");
        else
            kc_buf_putc(&stripped, *p);
    }
    assert_string_equal(kc_buf_str(&stripped), kc_buf_str(&grey));

    static const struct {
        enum kc_phase phase;
        const char *colour;
    } phases[] = {{KC_SUCCEEDED, "\033[32m"},
                  {KC_PHASE_FAILED, "\033[31m"},
                  {KC_REFUSED, "\033[31m"},
                  {KC_EXECUTING, "\033[33m"}};
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        KC_BUF_SCOPE line = {0};
        cr = request(&step, 1, phases[i].phase, "R", "m");
        kc_show_progress(&line, &cr, with);
        assert_non_null(strstr(kc_buf_str(&line), phases[i].colour));
    }
}

static void test_progress(void **state)
{
    (void)state;
    static const struct {
        enum kc_phase phase;
        const char *message, *line;
    } rows[] = {
        {KC_PENDING, NULL, "Pending           \n"},
        {KC_AWAITING_APPROVAL, "waiting", "AwaitingApproval  waiting\n"},
        {KC_EXECUTING, "executing 1 step", "Executing         executing 1 step\n"},
        {KC_VERIFYING, "4 of 5 replicas available", "Verifying         4 of 5 replicas available\n"},
        {KC_SUCCEEDED, "5 of 5 replicas available", "Succeeded         5 of 5 replicas available\n"},
        {KC_NEEDS_CLARIFICATION, "which one?\nboth?", "NeedsClarification  which one?⏎ both?\n"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kc_chatrequest cr = request(NULL, 0, rows[i].phase, "R", rows[i].message);
        KC_BUF_SCOPE line = {0};
        kc_show_progress(&line, &cr, without);
        expect_lines(kc_phase_name(rows[i].phase), kc_buf_str(&line), rows[i].line);
    }
}

/* The tests' standard output is no terminal, or may be: only what speaks against colour is sure. */
static void test_style_of_stdout(void **state)
{
    (void)state;
    setenv("NO_COLOR", "1", 1);
    assert_false(kc_style_of_stdout().colour);
    unsetenv("NO_COLOR");
    setenv("TERM", "dumb", 1);
    assert_false(kc_style_of_stdout().colour);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_awaiting_approval),
        cmocka_unit_test(test_changes_left_out),
        cmocka_unit_test(test_awaiting_confirmation),
        cmocka_unit_test(test_refused_by_rbac),
        cmocka_unit_test(test_needs_clarification),
        cmocka_unit_test(test_succeeded_with_a_way_back),
        cmocka_unit_test(test_no_way_back),
        cmocka_unit_test(test_many_objects),
        cmocka_unit_test(test_not_seen_yet),
        cmocka_unit_test(test_ask_again),
        cmocka_unit_test(test_manifest),
        cmocka_unit_test(test_text_of_others),
        cmocka_unit_test(test_colour),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_style_of_stdout),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
