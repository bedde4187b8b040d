#include "controller/cli/audit_report.h"

#include "controller/base/json.h"
#include "controller/base/text.h"

/* What holds when a check has nothing to report. */
static const char *const holds[KC_AUDIT_CHECKS] = {
    [KC_AUDIT_DATABASE] = "the file is whole, its guards against change are in place",
    [KC_AUDIT_ENTRIES] = "none is missing, every one is in canonical form",
    [KC_AUDIT_HASHES] = "every leaf and interior hash fits",
    [KC_AUDIT_HEADS] = "every stored root is the root of the entries",
    [KC_AUDIT_CHECKPOINTS] = "every signed root is the root of the entries",
    [KC_AUDIT_BLOBS] = "every blob named is there and fits its digest",
    [KC_AUDIT_FACTS] = "every intent has at most one outcome, every fact one entry",
    [KC_AUDIT_KEPT] = "the log goes on from the checkpoint kept outside",
};

static unsigned long long number(uint64_t n)
{
    return n;
}

static bool was_made(const struct kc_audit_report *r, unsigned check)
{
    return check != KC_AUDIT_KEPT || r->kept_checked;
}

static void notes(FILE *out, const struct kc_audit_report *r)
{
    if (r->entries > r->signed_size)
        fprintf(
            out,
            "note: entries %llu to %llu have no signed checkpoint over them yet: usual for a second while the manager "
            "writes, and after a crash until it starts again; at any other time a checkpoint was removed\n",
            number(r->signed_size), number(r->entries - 1));
    if (!r->signatures_checked && r->checkpoints)
        fprintf(out, "note: signatures were not checked: give the log's public key with --public-key\n");
    if (!r->kept_checked)
        fprintf(
            out,
            "note: only a checkpoint that was kept elsewhere (--checkpoint) shows a log that was cut or written anew "
            "as a whole\n");
}

void kc_audit_report_text(FILE *out, const char *path, const struct kc_audit_report *r)
{
    uint64_t failures = 0;
    fprintf(out, "audit log %s\nstore     %s\n", kc_or(r->origin, "(empty)"), path);
    fprintf(out, "holds     %llu entries, %llu heads, %llu checkpoints, %llu blobs, %llu intents, %llu outcomes\n\n",
            number(r->entries), number(r->heads), number(r->checkpoints), number(r->blobs), number(r->intents),
            number(r->outcomes));
    for (unsigned c = 0; c < KC_AUDIT_CHECKS; c++) {
        const struct kc_audit_check_result *k = &r->checks[c];
        if (!was_made(r, c))
            continue;
        failures += k->failures;
        fprintf(out, "  %-4s  %-16s %s\n", k->failures ? "FAIL" : "ok", kc_audit_check_name(c),
                k->failures ? "" : holds[c]);
        for (uint64_t i = 0; i < k->failures && i < KC_AUDIT_SHOWN; i++)
            fprintf(out, "        - %s\n", k->findings[i]);
        if (k->failures > KC_AUDIT_SHOWN)
            fprintf(out, "        - and %llu more\n", number(k->failures - KC_AUDIT_SHOWN));
    }
    fputc('\n', out);
    notes(out, r);
    if (r->passed)
        fprintf(out, "PASS: the log is what was written\n");
    else
        fprintf(out, "FAIL: %llu finding%s: this log is not what was written\n", number(failures),
                failures == 1 ? "" : "s");
}

static json_t *check_json(const struct kc_audit_report *r, unsigned c)
{
    const struct kc_audit_check_result *k = &r->checks[c];
    json_t *findings = json_array();
    for (uint64_t i = 0; i < k->failures && i < KC_AUDIT_SHOWN; i++)
        (void)json_array_append_new(findings, json_string(k->findings[i]));
    return json_pack("{s:s, s:s, s:I, s:o}", "name", kc_audit_check_name(c), "result",
                     !was_made(r, c) ? "NotChecked"
                     : k->failures   ? "Fail"
                                     : "Pass",
                     "failures", (json_int_t)k->failures, "findings", findings);
}

void kc_audit_report_json(FILE *out, struct kc_arena *a, const char *path, const struct kc_audit_report *r)
{
    json_t *checks = json_array();
    for (unsigned c = 0; c < KC_AUDIT_CHECKS; c++)
        (void)json_array_append_new(checks, check_json(r, c));
    KC_JSON_SCOPE *root = json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:I, s:s, s:o}", "result", r->passed ? "Pass" : "Fail",
        "store", path, "origin", r->origin, "entries", (json_int_t)r->entries, "heads", (json_int_t)r->heads,
        "checkpoints", (json_int_t)r->checkpoints, "blobs", (json_int_t)r->blobs, "intents", (json_int_t)r->intents,
        "outcomes", (json_int_t)r->outcomes, "root", kc_base64(a, r->root.b, sizeof r->root.b), "unsigned",
        (json_int_t)(r->entries > r->signed_size ? r->entries - r->signed_size : 0), "signatures",
        r->signatures_checked ? "Checked" : "NotChecked", "checks", checks);
    (void)json_dumpf(root, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    fputc('\n', out);
}
