#include "controller/cli/chat.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

#include "controller/base/clock.h"
#include "controller/base/digest.h"
#include "controller/cli/flags.h"
#include "controller/cli/session.h"
#include "controller/cli/show.h"

#define POLL_MS 100

enum exit_code { EXIT_DONE = 0, EXIT_ERROR = 1, EXIT_QUESTION = 2, EXIT_REFUSED = 3 };

struct options {
    const char *kubeconfig, *context, *ns, *output;
    const char *name, *deadline, *confirm, *comment, *plan;
    struct kc_strs commands, namespaces;
    int64_t timeout;
    bool all_namespaces, overwrite, wait, help;
};

struct chat {
    struct options o;
    struct kc_strs args;
    struct kc_session session;
    struct kc_arena *a;
};

/* The API server's own 404 means that nobody serves the API; what was refused for other reasons says why itself. */
static void add_output(struct chat *c, const char *name, struct kc_buf *out)
{
    struct kc_err err = {0};
    const char *text;

    if (kc_session_output(&c->session, name, &text, &err))
        kc_show_output(out, text, kc_style_of_stdout());
    else if (err.class == KC_NOT_FOUND && strstr(err.message, "could not find the requested resource"))
        kc_show_no_output(out, "this cluster does not serve view.kubechat.io (the chart's view.enabled)",
                          kc_style_of_stdout());
    else
        kc_show_no_output(out, err.message, kc_style_of_stdout());
}

static bool show(struct chat *c, const char *name, struct kc_err *err)
{
    struct kc_chatrequest cr;
    KC_BUF_SCOPE out = {0};
    json_t *object;

    if (!kc_session_get(&c->session, name, &cr, &object, err))
        return false;
    if (c->o.output && KC_STREQ(c->o.output, "json")) {
        json_dumpf(object, stdout, JSON_INDENT(2));
        putchar('\n');
        return true;
    }
    struct kc_style style = kc_style_of_stdout();
    style.wide = c->o.output && KC_STREQ(c->o.output, "wide");
    kc_show_request(&out, &cr, style, kc_unix_ms());
    if (kc_show_has_output(&cr))
        add_output(c, name, &out);
    fputs(kc_buf_str(&out), stdout);
    return true;
}

static int exit_of(enum kc_phase p)
{
    if (p == KC_NEEDS_CLARIFICATION)
        return EXIT_QUESTION;
    return kc_phase_final(p) && p != KC_SUCCEEDED ? EXIT_REFUSED : EXIT_DONE;
}

static void pause_ms(int64_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&t, NULL);
}

/* Follows a request until until() says so, printing every change of phase when told to. */
static bool follow(struct chat *c, const char *name, bool (*until)(enum kc_phase), bool print, enum kc_phase *ret,
                   struct kc_err *err)
{
    int64_t give_up = kc_mono_ms() + c->o.timeout * KC_SECOND_MS;
    const char *last = "";

    for (;;) {
        struct kc_chatrequest cr;
        KC_BUF_SCOPE line = {0};
        KC_ARENA_SCOPE(poll);
        c->session.a = poll;
        bool got = kc_session_get(&c->session, name, &cr, NULL, err);
        c->session.a = c->a;
        if (!got)
            return false;
        *ret = kc_phase_of(&cr.status.conditions);
        /* An approval that was just given is not in the status yet: what that waits for is over. */
        if (print && !(*ret == KC_AWAITING_APPROVAL && cr.status.observed_generation < cr.meta.generation)) {
            kc_show_progress(&line, &cr, kc_style_of_stdout());
            if (!KC_STREQ(kc_buf_str(&line), last)) {
                fputs(kc_buf_str(&line), stdout);
                fflush(stdout);
                last = kc_arena_strdup(c->a, kc_buf_str(&line));
            }
        }
        if (until(*ret))
            return true;
        if (kc_mono_ms() >= give_up)
            return kc_fail(
                err, KC_RETRY, "Timeout",
                "chatrequest/%s is %s after %llds; it goes on by itself: kubectl chat watch %s --namespace=%s", name,
                kc_or(kc_phase_name(*ret), "not picked up yet (is the manager running?)"), (long long)c->o.timeout,
                name, c->session.ns);
        pause_ms(POLL_MS);
    }
}

static bool is_planned(enum kc_phase p)
{
    return p == KC_AWAITING_APPROVAL || kc_phase_final(p);
}

/* "scale checkout to 5" -> "scale-checkout-to-5-x7k2m": readable, and never the same twice. */
static const char *name_for(struct kc_arena *a, const char *words)
{
    static const char letters[] =
        "bcdfghjklmnpqrstvwxz2456789"; /* as apimachinery's rand.String: no words by accident */
    char slug[41] = "", suffix[6] = "";
    uint8_t random[5];
    size_t n = 0;

    for (; *words && n < sizeof slug - 1; words++) {
        if (isalnum((unsigned char)*words) && (unsigned char)*words < 128)
            slug[n++] = (char)tolower((unsigned char)*words);
        else if (n && slug[n - 1] != '-')
            slug[n++] = '-';
    }
    while (n && slug[n - 1] == '-')
        n--;
    slug[n] = '\0';
    kc_random(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        suffix[i] = letters[random[i] % (sizeof letters - 1)];
    return kc_arena_printf(a, "%s-%s", n ? slug : "chat", suffix);
}

static json_t *strings(const struct kc_strs *list)
{
    json_t *out = json_array();

    for (size_t i = 0; i < list->n; i++)
        json_array_append_new(out, json_string(list->v[i]));
    return out;
}

static json_t *spec_of(const struct chat *c, const char *prompt)
{
    json_t *spec = json_pack("{s:s}", "prompt", prompt);

    if (c->o.deadline)
        json_object_set_new(spec, "deadline", json_string(c->o.deadline));
    if (c->o.commands.n)
        json_object_set_new(spec, "commands", strings(&c->o.commands));
    if (c->o.namespaces.n)
        json_object_set_new(spec, "context", json_pack("{s:o}", "namespaces", strings(&c->o.namespaces)));
    return spec;
}

/* Creates a request and shows its plan, or only its name. */
static bool create(struct chat *c, const char *words, json_t *spec, int *code, struct kc_err *err)
{
    const char *name = c->o.name ? c->o.name : name_for(c->a, words);
    struct kc_chatrequest cr;
    enum kc_phase phase;

    if (!kc_session_create(&c->session, name, spec, &cr, err))
        return false;
    if (c->o.output && KC_STREQ(c->o.output, "name")) {
        printf("chatrequest.kubechat.io/%s\n", name);
        return true;
    }
    if (!follow(c, name, is_planned, false, &phase, err))
        return false;
    *code = exit_of(phase);
    return show(c, name, err);
}

static bool cmd_ask(struct chat *c, int *code, struct kc_err *err)
{
    KC_BUF_SCOPE prompt = {0};

    for (size_t i = 0; i < c->args.n; i++)
        kc_buf_printf(&prompt, "%s%s", i ? " " : "", c->args.v[i]);
    if (!prompt.len)
        return kc_fail(err, KC_INVALID, "Usage", "say what you want: kubectl chat ask \"scale checkout to five\"");
    KC_JSON_SCOPE *spec = spec_of(c, kc_buf_str(&prompt));
    if (!spec)
        return kc_fail(err, KC_INVALID, "Usage", "the words are not valid UTF-8");
    return create(c, kc_buf_str(&prompt), spec, code, err);
}

static bool one_name(struct chat *c, const char *command, struct kc_err *err)
{
    return c->args.n == 1 ||
           kc_fail(err, KC_INVALID, "Usage", "%s takes one request's name; kubectl chat get lists them", command);
}

static bool cmd_rollback(struct chat *c, int *code, struct kc_err *err)
{
    if (!one_name(c, "rollback", err))
        return false;
    const char *words = kc_arena_printf(c->a, "roll back %s", c->args.v[0]);
    KC_JSON_SCOPE *spec = spec_of(c, words);
    if (!spec || json_object_set_new(spec, "rollbackOf", json_string(c->args.v[0])) != 0)
        return kc_fail(err, KC_INVALID, "Usage", "the name is not valid UTF-8");
    if (c->o.overwrite)
        json_object_set_new(spec, "overwriteLaterChanges", json_true());
    return create(c, words, spec, code, err);
}

/* Rows of the server's table with its own column names, aligned; wide columns are left to -o wide of kubectl itself. */
static void print_table(struct kc_arena *a, const json_t *table, bool with_namespace)
{
    const json_t *columns = json_object_get(table, "columnDefinitions"), *rows = json_object_get(table, "rows");
    size_t n = json_array_size(columns) + 1;
    size_t *width = kc_arena_array(a, n, sizeof *width);

    for (int pass = 0; pass < 2; pass++) { /* first measure, then print */
        for (size_t r = 0; r <= json_array_size(rows); r++) {
            const json_t *row = r ? json_array_get(rows, r - 1) : NULL;
            for (size_t i = 0; i < n; i++) {
                char number[32] = "";
                const char *text;
                const json_t *column = i ? json_array_get(columns, i - 1) : NULL;
                if ((i == 0 && !with_namespace) || kc_json_int(column, "priority", 0) > 0)
                    continue;
                const json_t *cell = i ? json_array_get(json_object_get(row, "cells"), i - 1)
                                       : kc_json_at(row, "object.metadata.namespace");
                snprintf(number, sizeof number, "%lld", (long long)json_integer_value(cell));
                text = row ? (json_is_string(cell)    ? json_string_value(cell)
                              : json_is_integer(cell) ? number
                                                      : "")
                       : i ? kc_json_str(column, "name")
                           : "NAMESPACE";
                char *shown = kc_arena_strdup(a, kc_or(text, ""));
                for (char *p = shown; !row && *p; p++)
                    *p = (char)toupper((unsigned char)*p);
                size_t chars = kc_utf8_count(shown, strlen(shown));
                if (pass == 0)
                    width[i] = chars > width[i] ? chars : width[i];
                else
                    printf("%s%*s", shown, i + 1 < n ? (int)(width[i] - chars + 3) : 0, "");
            }
            if (pass)
                putchar('\n');
        }
    }
}

static bool cmd_get(struct chat *c, int *code, struct kc_err *err)
{
    json_t *table;

    (void)code;
    if (c->o.output && KC_STREQ(c->o.output, "json") && c->args.n == 1)
        return show(c, c->args.v[0], err);
    if (!kc_session_table(&c->session, c->args.n ? c->args.v[0] : NULL, c->o.all_namespaces && !c->args.n, &table, err))
        return false;
    if (json_array_size(json_object_get(table, "rows")) == 0) {
        if (c->o.all_namespaces)
            fprintf(stderr, "No chat requests found.\n");
        else
            fprintf(stderr, "No chat requests found in namespace %s.\n", c->session.ns);
        return true;
    }
    print_table(c->a, table, c->o.all_namespaces);
    return true;
}

static bool cmd_show(struct chat *c, int *code, struct kc_err *err)
{
    (void)code;
    return one_name(c, "show", err) && show(c, c->args.v[0], err);
}

static bool cmd_watch(struct chat *c, int *code, struct kc_err *err)
{
    enum kc_phase phase;

    if (!one_name(c, "watch", err) || !follow(c, c->args.v[0], kc_phase_final, true, &phase, err))
        return false;
    *code = exit_of(phase);
    return true;
}

/* The digest that the person means: the shown one, which --plan has to be the beginning of. */
static bool plan_is_meant(const struct chat *c, const struct kc_chatrequest *cr, struct kc_err *err)
{
    const char *digest = cr->status.plan.digest, *meant = c->o.plan ? c->o.plan : "";

    if (kc_str_starts(meant, "sha256:"))
        meant += strlen("sha256:");
    if (!*digest)
        return kc_fail(err, KC_INVALID, "NoPlan", "chatrequest/%s has no plan to decide on: it is %s", cr->meta.name,
                       kc_or(cr->status.phase, "not picked up yet"));
    if (!kc_str_starts(digest + strlen("sha256:"), meant))
        return kc_fail(err, KC_INVALID, "OtherPlan",
                       "chatrequest/%s now has plan %.12s, you gave %s: look at it again with kubectl chat show %s",
                       cr->meta.name, digest + strlen("sha256:"), meant, cr->meta.name);
    return true;
}

static bool decide(struct chat *c, const char *command, const char *decision, struct kc_chatrequest *cr,
                   struct kc_err *err)
{
    const char *name = c->args.n ? c->args.v[0] : "";

    if (!one_name(c, command, err) || !kc_session_get(&c->session, name, cr, NULL, err) || !plan_is_meant(c, cr, err))
        return false;
    KC_JSON_SCOPE *value = json_pack("{s:s, s:s}", "decision", decision, "planDigest", cr->status.plan.digest);
    if (c->o.confirm)
        json_object_set_new(value, "confirm", json_string(c->o.confirm));
    if (c->o.comment)
        json_object_set_new(value, "comment", json_string(c->o.comment));
    KC_JSON_SCOPE *patch = json_pack("[{s:s, s:s, s:O}]", "op", "add", "path", "/spec/approvals/-", "value", value);
    return kc_session_patch(&c->session, name, patch, cr, err);
}

/* What became of the approval: that it does not count, or what else is waited for. Silent when the manager takes
 * longer: the approval is given, whatever it says. */
static void say_what_is_next(struct chat *c, const char *name)
{
    int64_t give_up = kc_mono_ms() + 2 * KC_SECOND_MS;
    struct kc_chatrequest cr;
    struct kc_err ignored;
    KC_BUF_SCOPE line = {0};

    do {
        pause_ms(POLL_MS);
        if (!kc_session_get(&c->session, name, &cr, NULL, &ignored))
            return;
    } while (cr.status.observed_generation < cr.meta.generation && kc_mono_ms() < give_up);
    if (cr.status.observed_generation < cr.meta.generation)
        return;
    kc_show_progress(&line, &cr, kc_style_of_stdout());
    fputs(kc_buf_str(&line), stdout);
}

static bool cmd_approve(struct chat *c, int *code, struct kc_err *err)
{
    struct kc_chatrequest cr;
    enum kc_phase phase;

    if (!decide(c, "approve", "Approve", &cr, err))
        return false;
    printf("chatrequest.kubechat.io/%s approved, plan %.12s\n", cr.meta.name,
           cr.status.plan.digest + strlen("sha256:"));
    if (!c->o.wait) {
        say_what_is_next(c, cr.meta.name);
        return true;
    }
    if (!follow(c, cr.meta.name, kc_phase_final, true, &phase, err))
        return false;
    *code = exit_of(phase);
    return true;
}

static bool cmd_reject(struct chat *c, int *code, struct kc_err *err)
{
    struct kc_chatrequest cr;

    (void)code;
    if (!decide(c, "reject", "Reject", &cr, err))
        return false;
    printf("chatrequest.kubechat.io/%s rejected\n", cr.meta.name);
    return true;
}

static bool cmd_cancel(struct chat *c, int *code, struct kc_err *err)
{
    struct kc_chatrequest cr;
    KC_JSON_SCOPE *patch = json_pack("[{s:s, s:s, s:b}]", "op", "add", "path", "/spec/cancel", "value", true);

    (void)code;
    if (!one_name(c, "cancel", err) || !kc_session_patch(&c->session, c->args.v[0], patch, &cr, err))
        return false;
    printf("chatrequest.kubechat.io/%s cancelled\n", cr.meta.name);
    return true;
}

static const struct {
    const char *name;
    bool (*run)(struct chat *c, int *code, struct kc_err *err);
    const char *args, *help;
} commands[] = {
    {"ask", cmd_ask, "WORDS", "state what is wanted, see the plan and its preview"},
    {"get", cmd_get, "[NAME]", "list requests"},
    {"show", cmd_show, "NAME", "one request on one screen"},
    {"approve", cmd_approve, "NAME", "approve the plan that show printed"},
    {"reject", cmd_reject, "NAME", "reject the plan"},
    {"cancel", cmd_cancel, "NAME", "stop: no further step is started"},
    {"watch", cmd_watch, "NAME", "follow a request to its end"},
    {"rollback", cmd_rollback, "NAME", "take back what a request changed: a plan of its own, to be approved"},
};
#define N_COMMANDS (sizeof commands / sizeof commands[0])

static int usage(FILE *to, const struct kc_opt *opts, size_t n)
{
    fprintf(to, "usage: kubectl chat COMMAND [flags]\n\n");
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(to, "  %-8s %-7s %s\n", commands[i].name, commands[i].args, commands[i].help);
    if (to == stdout)
        fprintf(to, "\n");
    if (to == stdout)
        kc_flags_help(opts, n);
    else
        fprintf(to, "\nkubectl chat --help lists the flags\n");
    fprintf(to,
            "\nexit codes: 0 done or waiting for approval, 1 error, 2 a question is asked back, 3 refused or failed\n");
    return to == stdout ? EXIT_DONE : EXIT_ERROR;
}

int kc_cmd_chat(int argc, char **argv)
{
    KC_ARENA_SCOPE(a);
    struct chat c = {.a = a, .o = {.timeout = 300}};
    const struct kc_opt opts[] = {
        {"namespace", 'n', KC_OPT_STRING, &c.o.ns, false, "NAME", "namespace of the request (default: the context's)"},
        {"all-namespaces", 'A', KC_OPT_BOOL, &c.o.all_namespaces, false, NULL, "get: in every namespace"},
        {"output", 'o', KC_OPT_STRING, &c.o.output, false, "FORMAT",
         "json, wide (show: nothing is cut); ask, rollback also: name (does not wait)"},
        {"name", 0, KC_OPT_STRING, &c.o.name, false, "NAME",
         "ask, rollback: the request's name (default: made from the words)"},
        {"command", 0, KC_OPT_REPEAT, &c.o.commands, false, "CMD",
         "ask: a kubectl command to preview as it stands; repeatable"},
        {"namespaces", 0, KC_OPT_LIST, &c.o.namespaces, false, "NAME,...",
         "ask: namespaces that the plan may be about (default: the request's)"},
        {"deadline", 0, KC_OPT_STRING, &c.o.deadline, false, "15m",
         "ask, rollback: how long the plan may wait for approval"},
        {"overwrite-later-changes", 0, KC_OPT_BOOL, &c.o.overwrite, false, NULL,
         "rollback: also take back what somebody changed later"},
        {"plan", 0, KC_OPT_STRING, &c.o.plan, false, "DIGEST", "approve, reject: only this plan (as show prints it)"},
        {"confirm", 0, KC_OPT_STRING, &c.o.confirm, false, "TEXT", "approve: the words that show asks for"},
        {"comment", 0, KC_OPT_STRING, &c.o.comment, false, "TEXT", "approve, reject: goes to the audit log"},
        {"wait", 'w', KC_OPT_BOOL, &c.o.wait, false, NULL, "approve: follow the request to its end"},
        {"timeout", 0, KC_OPT_INT, &c.o.timeout, false, "SECONDS", "how long to follow (300)"},
        {"kubeconfig", 0, KC_OPT_STRING, &c.o.kubeconfig, false, "FILE", "default: $KUBECONFIG, ~/.kube/config"},
        {"context", 0, KC_OPT_STRING, &c.o.context, false, "NAME", "context of the kubeconfig"},
        {"help", 'h', KC_OPT_BOOL, &c.o.help, false, NULL, "this text"},
    };
    const size_t n = sizeof opts / sizeof opts[0];
    struct kc_err err = {0};
    int code = EXIT_DONE;

    if (!kc_flags_parse(a, argc, argv, opts, n, &c.args, &err))
        goto failed;
    if (c.o.help)
        return usage(stdout, opts, n);
    if (c.o.output && !KC_STREQ(c.o.output, "json") && !KC_STREQ(c.o.output, "wide") && !KC_STREQ(c.o.output, "name")) {
        kc_fail(&err, KC_INVALID, "Usage", "--output: \"%s\" is none of json, wide, name", c.o.output);
        goto failed;
    }
    if (!c.args.n)
        return usage(stderr, opts, n);
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (!KC_STREQ(c.args.v[0], commands[i].name))
            continue;
        c.args.v++;
        c.args.n--;
        bool ok = kc_session_open(&c.session, a, c.o.kubeconfig, c.o.context, c.o.ns, &err) &&
                  commands[i].run(&c, &code, &err);
        kc_session_close(&c.session);
        if (!ok)
            goto failed;
        return code;
    }
    fprintf(stderr, "kubectl chat: there is no command \"%s\"\n\n", c.args.v[0]);
    return usage(stderr, opts, n);

failed:
    fprintf(stderr, "error: %s\n", err.message);
    return EXIT_ERROR;
}
