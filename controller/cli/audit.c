#include "controller/cli/audit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/audit/export.h"
#include "controller/audit/keyfile.h"
#include "controller/audit/migrate.h"
#include "controller/audit/paths.h"
#include "controller/audit/store.h"
#include "controller/audit/tiles.h"
#include "controller/audit/verify.h"
#include "controller/base/clock.h"
#include "controller/cli/audit_report.h"
#include "controller/cli/flags.h"

struct command {
    struct kc_arena *a;
    struct kc_strs args; /* behind the command's name */
    const char *url;     /* of the store: as given, or the default one's */
    const char *store, *signing_key, *public_key, *checkpoint, *output, *format, *request, *since, *until, *out;
    const char *writer, *reader;
    int64_t partition_rows;
    bool help, create;
};

static bool usage_error(struct kc_err *err, const char *what)
{
    return kc_fail(err, KC_INVALID, "Usage", "%s", what);
}

/* Where the manager keeps its key. */
static const char *key_path(const struct command *c)
{
    return c->signing_key ? c->signing_key : kc_audit_key_path(c->a, c->store);
}

static const char *read_small_file(struct command *c, const char *path, size_t *ret_len, struct kc_err *err)
{
    char *text = kc_arena_alloc(c->a, KC_NOTE_MAX + 2);
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!f)
        return kc_fail(err, KC_NOT_FOUND, "NotFound", "%s: %s", path, strerror(errno)), NULL;
    *ret_len = fread(text, 1, KC_NOTE_MAX + 1, f);
    bool ok = !ferror(f);
    if (f != stdin)
        (void)fclose(f);
    return ok ? text : (kc_fail(err, KC_UNAVAILABLE, "CannotRead", "%s: %s", path, strerror(errno)), NULL);
}

/* --public-key: the line itself, or a file with it. Without it the manager's own key, when it can be read. */
static bool find_public_key(struct command *c, const char **ret, struct kc_err *err)
{
    struct kc_err why = {0};
    size_t len;
    *ret = c->public_key;
    if (c->public_key && !strchr(c->public_key, '+')) {
        char *text = (char *)read_small_file(c, c->public_key, &len, err);
        if (!text)
            return kc_wrap(err, "--public-key");
        text[strcspn(text, "\r\n")] = '\0';
        *ret = text;
    }
    if (*ret)
        return true;
    struct kc_signer *s = kc_signer_load(key_path(c), &why);
    if (s)
        *ret = kc_signer_public(s, c->a);
    (void)kc_signer_destroy(s);
    return true;
}

static bool verify(struct command *c, struct kc_err *err)
{
    struct kc_audit_verify_options o = {0};
    struct kc_audit_report r;
    bool json = c->output && KC_STREQ(c->output, "json");
    if (c->output && !json)
        return kc_fail(err, KC_INVALID, "Usage", "-o \"%s\": only json", c->output);
    if (!find_public_key(c, &o.public_key, err))
        return false;
    if (c->checkpoint && !(o.checkpoint = read_small_file(c, c->checkpoint, &o.checkpoint_len, err)))
        return kc_wrap(err, "--checkpoint");
    if (!kc_audit_verify(c->url, &o, c->a, &r, err))
        return false;
    if (json)
        kc_audit_report_json(stdout, c->a, kc_audit_store_name(c->a, c->url), &r);
    else
        kc_audit_report_text(stdout, kc_audit_store_name(c->a, c->url), &r);
    return r.passed || kc_fail(err, KC_INVALID, "NotVerified", "the audit log does not verify");
}

/* RFC 3339, or a duration: that long ago. */
static bool parse_time(const char *flag, const char *s, int64_t *ret, struct kc_err *err)
{
    int64_t ago;
    if (!s || kc_time_parse(s, ret, NULL))
        return true;
    if (!kc_duration_parse(s, &ago, NULL))
        return kc_fail(err, KC_INVALID, "Usage",
                       "%s: \"%s\" is neither a time (2026-11-23T09:48:00Z) nor a duration (24h)", flag, s);
    *ret = kc_unix_ms() - ago;
    return true;
}

static bool export(struct command *c, struct kc_err *err)
{
    struct kc_export_options o = {.since = INT64_MIN, .until = INT64_MAX};
    uint64_t n;
    const char *format = kc_or(c->format, "json"), *slash = c->request ? strchr(c->request, '/') : NULL;
    if (!KC_STREQ(format, "json") && !KC_STREQ(format, "csv") && !KC_STREQ(format, "table"))
        return kc_fail(err, KC_INVALID, "Usage", "--format: \"%s\" is none of json, csv, table", format);
    if (c->request && (!slash || slash == c->request || !slash[1]))
        return kc_fail(err, KC_INVALID, "Usage", "--request: \"%s\" is not NAMESPACE/NAME", c->request);
    o.format = KC_STREQ(format, "csv") ? KC_EXPORT_CSV : KC_STREQ(format, "table") ? KC_EXPORT_TABLE : KC_EXPORT_JSON;
    o.request_ns = slash ? kc_arena_strndup(c->a, c->request, (size_t)(slash - c->request)) : NULL;
    o.request_name = slash ? slash + 1 : NULL;
    return parse_time("--since", c->since, &o.since, err) && parse_time("--until", c->until, &o.until, err) &&
           kc_audit_export(c->url, &o, stdout, &n, err);
}

static bool tiles(struct command *c, struct kc_err *err)
{
    uint64_t size;
    if (!c->out)
        return usage_error(err, "--out DIR says where the tiles go");
    if (!kc_audit_tiles(c->url, c->out, &size, err))
        return false;
    printf("%s: %llu entries and their checkpoint\n", c->out, (unsigned long long)size);
    return true;
}

static bool proof(struct command *c, struct kc_err *err)
{
    int64_t index;
    if (c->args.n != 1 || !kc_parse_int(c->args.v[0], 0, INT64_MAX, &index))
        return usage_error(err, "give one entry's index: kubechat audit proof INDEX");
    const char *text = kc_audit_proof(c->url, (uint64_t)index, c->a, err);
    if (text)
        fputs(text, stdout);
    return text != NULL;
}

static bool key(struct command *c, struct kc_err *err)
{
    /* The name is the one that other tools show; the log's origin stands in its checkpoints. */
    struct kc_signer *s =
        c->create ? kc_signer_load_or_create(key_path(c), "kubechat", err) : kc_signer_load(key_path(c), err);
    if (s)
        printf("%s\n", kc_signer_public(s, c->a));
    (void)kc_signer_destroy(s);
    return s != NULL;
}

static bool migrate(struct command *c, struct kc_err *err)
{
    struct kc_audit_migrate_options o = {.writer = c->writer, .reader = c->reader, .partition_rows = c->partition_rows};
    struct kc_audit_migrated r;
    if (!kc_audit_migrate(c->url, &o, &r, err))
        return false;
    printf("%s: up to date", kc_audit_store_name(c->a, c->url));
    if (r.version)
        printf(": schema version %lld, %lld partition%s made", (long long)r.version, (long long)r.partitions,
               r.partitions == 1 ? "" : "s");
    printf("\n");
    return true;
}

static const struct {
    const char *name, *args, *help;
    size_t max_args;
    bool (*run)(struct command *c, struct kc_err *err);
} commands[] = {
    {"verify", "", "recompute the log and compare everything stored with it", 0, verify},
    {"export", "", "print the entries as JSON lines or CSV", 0, export},
    {"tiles", "", "write the log as C2SP tlog-tiles, for other verifiers", 0, tiles},
    {"proof", " INDEX", "print one entry's inclusion proof (C2SP tlog-proof)", 1, proof},
    {"key", "", "print the log's public key", 0, key},
    {"migrate", "", "as the store's owner: tables, partitions ahead of need, rights of the roles", 0, migrate},
};
#define N_COMMANDS (sizeof commands / sizeof commands[0])

static int usage(FILE *to, const struct kc_opt *opts, size_t n)
{
    fprintf(to, "usage: kubechat audit COMMAND [flags]\n\n");
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(to, "  %s%-*s %s\n", commands[i].name, (int)(14 - strlen(commands[i].name)), commands[i].args,
                commands[i].help);
    if (to == stdout) {
        printf("\nflags:\n");
        kc_flags_help(opts, n);
    }
    return to == stdout ? 0 : 1;
}

static bool run(struct command *c, struct kc_err *err)
{
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (!KC_STREQ(c->args.v[0], commands[i].name))
            continue;
        c->args.v++;
        c->args.n--;
        if (c->args.n > commands[i].max_args)
            return kc_fail(err, KC_INVALID, "Usage", "audit %s: \"%s\" is one argument too many", commands[i].name,
                           c->args.v[commands[i].max_args]);
        c->url = c->store ? c->store : kc_audit_default_path(c->a);
        return commands[i].run(c, err);
    }
    return kc_fail(err, KC_INVALID, "Usage", "there is no command \"audit %s\": --help lists them", c->args.v[0]);
}

int kc_cmd_audit(int argc, char **argv)
{
    KC_ARENA_SCOPE(a);
    struct command c = {.a = a, .partition_rows = KC_PARTITION_ROWS};
    const struct kc_opt opts[] = {
        {"store", 0, KC_OPT_STRING, &c.store, true, "URL",
         "audit store: sqlite:PATH or postgresql://USER@HOST/DATABASE (default: the user's own file)"},
        {"signing-key", 0, KC_OPT_STRING, &c.signing_key, true, "FILE",
         "the manager's key file (default: beside the store)"},
        {"public-key", 0, KC_OPT_STRING, &c.public_key, false, "LINE|FILE",
         "verify: key that signed (default: the key file's)"},
        {"checkpoint", 0, KC_OPT_STRING, &c.checkpoint, false, "FILE",
         "verify: a checkpoint kept elsewhere; - reads it from stdin"},
        {"create", 0, KC_OPT_BOOL, &c.create, false, NULL, "key: make one when there is none"},
        {"output", 'o', KC_OPT_STRING, &c.output, false, "json", "verify: the report as JSON"},
        {"format", 0, KC_OPT_STRING, &c.format, false, "FORMAT", "export: json (lines, default), csv or table"},
        {"request", 0, KC_OPT_STRING, &c.request, false, "NS/NAME", "export: only this request's entries"},
        {"since", 0, KC_OPT_STRING, &c.since, false, "TIME", "export: from then on; RFC 3339, or 24h for a day ago"},
        {"until", 0, KC_OPT_STRING, &c.until, false, "TIME", "export: before then"},
        {"out", 0, KC_OPT_STRING, &c.out, false, "DIR", "tiles: where they go"},
        {"writer", 0, KC_OPT_STRING, &c.writer, false, "ROLE", "migrate: lets it insert and select: the manager's"},
        {"reader", 0, KC_OPT_STRING, &c.reader, false, "ROLE", "migrate: lets it select: for verify and export"},
        {"partition-rows", 0, KC_OPT_INT, &c.partition_rows, false, "N", "migrate: entries of a new partition"},
        {"help", 'h', KC_OPT_BOOL, &c.help, false, NULL, "this text"},
    };
    const size_t n = sizeof opts / sizeof opts[0];
    struct kc_err err = {0};
    if (kc_flags_parse(a, argc, argv, opts, n, &c.args, &err)) {
        if (c.help || !c.args.n)
            return usage(c.help ? stdout : stderr, opts, n);
        if (run(&c, &err))
            return 0;
    }
    fprintf(stderr, "error: %s\n", err.message);
    return 1;
}
