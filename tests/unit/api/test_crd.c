/* The committed CRD is what the descriptors say. KC_UPDATE=1 writes it anew. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/chatrequest.h"

#define CRD_FILE KC_SOURCE_DIR "/crds/kubechat.io_chatrequests.yaml"

static void read_file(const char *path, struct kc_buf *out)
{
    FILE *f = fopen(path, "r");
    if (!f)
        fail_msg("%s: %s", path, strerror(errno));
    char chunk[4096];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;)
        kc_buf_add(out, chunk, n);
    fclose(f);
}

static void write_file(const char *path, const struct kc_buf *text)
{
    FILE *f = fopen(path, "w");
    if (!f || fwrite(text->data, 1, text->len, f) != text->len || fclose(f) != 0)
        fail_msg("%s: %s", path, strerror(errno));
}

static void test_file_is_current(void **state)
{
    (void)state;
    KC_BUF_SCOPE generated = {0}, committed = {0};
    kc_chatrequest_crd(&generated);
    if (getenv("KC_UPDATE"))
        write_file(CRD_FILE, &generated);
    read_file(CRD_FILE, &committed);
    if (!KC_STREQ(kc_buf_str(&generated), kc_buf_str(&committed)))
        fail_msg(
            "crds/kubechat.io_chatrequests.yaml differs from the descriptors in api/: run this test with KC_UPDATE=1 "
            "and commit the file");
}

static void test_same_bytes_each_time(void **state)
{
    (void)state;
    KC_BUF_SCOPE first = {0}, second = {0};
    kc_chatrequest_crd(&first);
    kc_chatrequest_crd(&second);
    assert_string_equal(kc_buf_str(&first), kc_buf_str(&second));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_is_current),
        cmocka_unit_test(test_same_bytes_each_time),
    };
    return cmocka_run_group_tests_name("crd", tests, NULL, NULL);
}
