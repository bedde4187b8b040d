/* Whatever is done to a store's file, verification ends with a report or a reason, and passes only what was written.
 *
 * The input is a list of changes to a small good store: three bytes each, where (as a part of the file's length, in
 * 1/65536) and what to put there.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/audit/log.h"
#include "controller/audit/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/kc-fuzz-XXXXXX/audit.db";
static const size_t folder_len = sizeof "/tmp/kc-fuzz-XXXXXX" - 1;
static char *good, *changed, *public_key, root[KC_HEX_LEN];
static size_t good_len;

static void remove_store(void)
{
    static const char *const names[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char file[sizeof path + 8];
        (void)snprintf(file, sizeof file, "%s%s", path, names[i]);
        (void)unlink(file);
    }
    path[folder_len] = '\0';
    (void)rmdir(path);
    path[folder_len] = '/';
}

static bool append(struct kc_audit *l, enum kc_row_type type, struct kc_arena *a)
{
    struct kc_row r = {.type = type, .request_ns = "shop", .request_name = "bump", .request_uid = "r-1", .step = "1"};
    struct kc_step_fact fact = {.request_uid = "r-1", .plan_digest = "", .step = "1", .attempt = 1};
    struct kc_blob blob = {"plan", 4};
    const char *digest = kc_digest_string(a, blob.bytes, blob.len);
    r.blobs = (struct kc_strs){&digest, 1};
    return kc_audit_append(l,
                           &(struct kc_audit_batch){.rows = &r,
                                                    .n_rows = 1,
                                                    .blobs = &blob,
                                                    .n_blobs = 1,
                                                    .nonce = "n",
                                                    .intent = type == KC_ROW_INTENT ? &fact : NULL,
                                                    .outcome = type == KC_ROW_OUTCOME ? &fact : NULL},
                           NULL, NULL);
}

static bool verify(struct kc_arena *a, struct kc_audit_report *ret)
{
    struct kc_err err = {0};
    bool ok = kc_audit_verify(path, &(struct kc_audit_verify_options){.public_key = public_key}, a, ret, &err);
    if (!ok && (!err.class || !err.message[0]))
        abort();
    return ok;
}

static void make_store(void)
{
    KC_ARENA_SCOPE(a);
    struct kc_audit_report r;
    path[folder_len] = '\0';
    if (!mkdtemp(path))
        abort();
    path[folder_len] = '/';
    (void)atexit(remove_store);
    struct kc_signer *signer = kc_signer_generate("fuzz", NULL);
    struct kc_audit *l =
        kc_audit_open(&(struct kc_audit_options){.store = path, .origin = "fuzz", .signer = signer}, NULL);
    if (!l || !append(l, KC_ROW_PLANNED, a) || !append(l, KC_ROW_INTENT, a) || !append(l, KC_ROW_OUTCOME, a))
        abort();
    (void)kc_audit_close(l);
    public_key = strdup(kc_signer_public(signer, a));
    (void)kc_signer_destroy(signer);
    FILE *f = fopen(path, "r");
    good = malloc(1 << 20);
    changed = malloc(1 << 20);
    if (!f || !good || !changed || !public_key)
        abort();
    good_len = fread(good, 1, 1 << 20, f);
    (void)fclose(f);
    if (!verify(a, &r) || !r.passed || r.entries != 3)
        abort();
    (void)kc_hex(root, r.root.b, sizeof r.root.b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KC_ARENA_SCOPE(a);
    struct kc_audit_report r;
    char hex[KC_HEX_LEN];
    if (!good)
        make_store();
    memcpy(changed, good, good_len);
    for (; size >= 3; size -= 3, data += 3)
        changed[((size_t)data[0] << 8 | data[1]) * good_len >> 16] = (char)data[2];
    FILE *f = fopen(path, "w");
    if (!f || fwrite(changed, 1, good_len, f) != good_len || fclose(f) != 0)
        abort();
    /* Passed: no entry was touched. */
    if (verify(a, &r) && r.passed && (r.entries != 3 || strcmp(kc_hex(hex, r.root.b, sizeof r.root.b), root) != 0))
        abort();
    return 0;
}
