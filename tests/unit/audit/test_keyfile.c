#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/audit/keyfile.h"

/* Who may read the key's file decides whether it is a secret. owner: whose it is; only root can give a file away. */
static void read_by_whom(void **state)
{
    (void)state;
    const uid_t us = geteuid(), somebody = us + 1;
    const struct {
        const char *name;
        uid_t owner;
        mode_t mode;
        bool good;
    } cases[] = {
        {"ours alone", us, 0600, true},
        {"our group's too", us, 0640, false},
        {"everybody's", us, 0644, false},
        {"a mounted Secret: another's, read by our group", somebody, 0440, true},
        {"another's, written by our group", somebody, 0460, false},
        {"another's, everybody's", somebody, 0444, false},
    };
    char folder[] = "/tmp/kc-keyfile-XXXXXX", path[64];

    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/key", folder);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_err err = {0};
        if (cases[i].owner != us && us != 0)
            continue;
        struct kc_signer *made = kc_signer_load_or_create(path, "kubechat.io/test", &err);
        assert_non_null(made);
        (void)kc_signer_destroy(made);
        assert_int_equal(chmod(path, cases[i].mode), 0);
        assert_int_equal(chown(path, cases[i].owner, getegid()), 0);
        struct kc_signer *s = kc_signer_load(path, &err);
        if ((s != NULL) != cases[i].good)
            fail_msg("%s: %s", cases[i].name, s ? "taken" : err.message);
        if (!s)
            assert_non_null(strstr(err.message, "others may read it"));
        (void)kc_signer_destroy(s);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(read_by_whom)};
    return cmocka_run_group_tests_name("keyfile", tests, NULL, NULL);
}
