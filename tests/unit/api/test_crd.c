/* The committed CRDs, the chart's copies too, are what the descriptors say. KC_UPDATE=1 writes them anew. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/crd.h"

static const char *const folders[] = {KC_SOURCE_DIR "/crds", KC_SOURCE_DIR "/charts/kubechat/files/crds"};

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

static void check_file(const struct kc_crd *crd, const char *folder)
{
    KC_BUF_SCOPE generated = {0}, committed = {0}, path = {0};
    kc_buf_printf(&path, "%s/%s_%s.yaml", folder, crd->group, crd->plural);
    kc_crd_write(&generated, crd);
    if (getenv("KC_UPDATE"))
        write_file(kc_buf_str(&path), &generated);
    read_file(kc_buf_str(&path), &committed);
    if (!KC_STREQ(kc_buf_str(&generated), kc_buf_str(&committed)))
        fail_msg("%s differs from the descriptors in api/: run this test with KC_UPDATE=1 and commit the file",
                 kc_buf_str(&path));
}

static void test_files_are_current(void **state)
{
    (void)state;
    for (size_t i = 0; kc_crds[i]; i++)
        for (size_t j = 0; j < KC_COUNT(folders); j++)
            check_file(kc_crds[i], folders[j]);
}

static void test_same_bytes_each_time(void **state)
{
    (void)state;
    for (size_t i = 0; kc_crds[i]; i++) {
        KC_BUF_SCOPE first = {0}, second = {0};
        kc_crd_write(&first, kc_crds[i]);
        kc_crd_write(&second, kc_crds[i]);
        assert_string_equal(kc_buf_str(&first), kc_buf_str(&second));
    }
}

static void no_field_undescribed(const struct kc_crd *crd, const struct kc_table *t)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct kc_field *f = &t->fields[i];
        if (f->kind != KC_FIELD_INLINE && !kc_or(f->description, NULL))
            fail_msg("%s: field %s has no description", crd->kind, f->name);
        if ((f->kind == KC_FIELD_STRING || f->kind == KC_FIELD_STRINGS || f->kind == KC_FIELD_OBJECTS) && f->max == 0)
            fail_msg("%s: field %s has no limit", crd->kind, f->name);
        if (f->table)
            no_field_undescribed(crd, f->table);
    }
}

static void test_every_field_is_described_and_bounded(void **state)
{
    (void)state;
    for (size_t i = 0; kc_crds[i]; i++)
        no_field_undescribed(kc_crds[i], kc_crds[i]->table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_are_current),
        cmocka_unit_test(test_same_bytes_each_time),
        cmocka_unit_test(test_every_field_is_described_and_bounded),
    };
    return cmocka_run_group_tests_name("crd", tests, NULL, NULL);
}
