/* A process that is killed at any instant leaves a log that is whole: what was acknowledged is there, and no batch is
 * there in part. */
#include "fixture.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "controller/audit/verify.h"

#define ROUNDS 40
#define THREE  3 /* rows of a batch */

struct shared {
    atomic_uint begun, acknowledged; /* batches */
};

static bool append_batch(struct kc_audit *l, unsigned number)
{
    KC_ARENA_SCOPE(a);
    const char *uid = kc_arena_printf(a, "b-%u", number), *text = kc_arena_printf(a, "blob %u", number);
    const char *digest = kc_digest_string(a, text, strlen(text));
    struct kc_row rows[THREE] = {step_row(KC_ROW_INTENT, uid), row_of(KC_ROW_PLANNED, uid),
                                 row_of(KC_ROW_PREVIEWED, uid)};
    struct kc_step_fact fact = {.request_uid = uid, .plan_digest = "sha256:plan", .step = "1", .attempt = 1};
    struct kc_blob blob = {text, strlen(text)};
    rows[1].blobs = (struct kc_strs){&digest, 1};
    struct kc_audit_batch b = {
        .rows = rows, .n_rows = THREE, .blobs = &blob, .n_blobs = 1, .intent = &fact, .nonce = uid, .once = uid};
    return kc_audit_append(l, &b, NULL, NULL);
}

/* The child: appends until it is killed. */
static _Noreturn void append_for_ever(const struct fixture *f, struct shared *s)
{
    struct kc_audit *l =
        kc_audit_open(&(struct kc_audit_options){.store = f->url, .origin = ORIGIN, .signer = f->signer}, NULL);
    while (l && append_batch(l, atomic_fetch_add(&s->begun, 1)))
        atomic_fetch_add(&s->acknowledged, 1);
    _exit(1);
}

static void check_log(const struct fixture *f, const struct shared *s)
{
    struct kc_audit_report r;
    struct kc_err err = {0};
    if (!kc_audit_verify(f->url, &(struct kc_audit_verify_options){.public_key = f->public_key}, f->a, &r, &err))
        fail_msg("%s", err.message);
    for (unsigned c = 0; c < KC_AUDIT_CHECKS; c++)
        if (r.checks[c].failures)
            fail_msg("%s: %s", kc_audit_check_name(c), r.checks[c].findings[0]);
    assert_int_equal(r.entries % THREE, 0);
    assert_int_equal(r.intents, r.entries / THREE);
    assert_int_equal(r.blobs, r.entries / THREE);
    assert_in_range(r.entries / THREE, atomic_load(&s->acknowledged), atomic_load(&s->begun));
    assert_int_equal(
        sql_number(f, "SELECT count(*) FROM (SELECT 1 FROM entries GROUP BY request_uid HAVING count(*)<>3) AS odd"),
        0);
}

static void killed_at_any_instant(void **state)
{
    const struct fixture *f = *state;
    struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint32_t random;
    assert_true(s != MAP_FAILED);
    for (unsigned round = 0; round < ROUNDS; round++) {
        kc_random(&random, sizeof random);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            append_for_ever(f, s);
        /* The first rounds hit the opening (of a file: the making of its tables), the others appends. */
        unsigned opening = f->owner ? 100000 : 15000;
        usleep(round < 10 ? random % opening : opening / 3 + random % (opening + 25000));
        assert_int_equal(kill(child, SIGKILL), 0);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status)); /* it was at work until then */
        /* It opens without complaint, whatever was under way. */
        kc_audit_close(fixture_open(f));
        check_log(f, s);
    }
    print_message("%u batches acknowledged, %u begun\n", atomic_load(&s->acknowledged), atomic_load(&s->begun));
    assert_true(atomic_load(&s->acknowledged) > 0);
    assert_int_equal(munmap(s, sizeof *s), 0);
}

int main(void)
{
    const struct CMUnitTest sqlite[] = {
        cmocka_unit_test_setup_teardown(killed_at_any_instant, fixture_up, fixture_down)};
    const struct CMUnitTest postgres[] = {
        {"killed_at_any_instant_postgres", killed_at_any_instant, fixture_up_postgres, fixture_down, NULL}};
    int failed = cmocka_run_group_tests(sqlite, NULL, NULL);
    return fixture_postgres() ? failed + cmocka_run_group_tests(postgres, NULL, NULL) : failed;
}
