/* What is accepted means the same to a real shell: the words of every accepted line of the fuzzers' corpora, and of
 * lines made of what is hard to quote, are those that sh hands to printf. A line is only given to sh when the tests'
 * own reading of POSIX says too that it is plain words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <unistd.h>

#include "controller/action/kubectl.h"
#include "tests/unit/action/posix_words.h"

#define WORD_END "\x1F" /* control characters are refused in commands */
#define LINE_END "\x1E"
#define MADE_UP  2000

/* A script that prints the words of each line, and what it has to print. */
struct script {
    struct kc_buf text, expected;
    size_t lines;
};

static void add_line(struct kc_arena *a, struct script *s, const char *line)
{
    struct kc_strs words;
    const char *input;
    struct kc_err err = {0};
    size_t n;
    char *theirs = kc_arena_alloc(a, strlen(line) + 1);
    if (!kc_shell_split(a, line, &words, &input, &err) || input || !words.n)
        return;
    if (!posix_words(line, theirs, &n))
        fail_msg("accepted, and a shell would act on it: %s", line);
    kc_buf_printf(&s->text, "printf '%%s\\037' %s\nprintf '\\036'\n", line);
    for (size_t i = 0; i < words.n; i++)
        kc_buf_printf(&s->expected, "%s" WORD_END, words.v[i]);
    kc_buf_puts(&s->expected, LINE_END);
    s->lines++;
}

static void add_folder(struct kc_arena *a, struct script *s, const char *path)
{
    char name[512], text[8192];
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        FILE *f = e->d_name[0] == '.' ? NULL : fopen(name, "rb");
        if (!f)
            continue;
        text[fread(text, 1, sizeof text - 1, f)] = '\0';
        fclose(f);
        add_line(a, s, text);
    }
    closedir(dir);
}

/* Words of what is hard to quote, quoted as rendering does. */
static void add_made_up(struct kc_arena *a, struct script *s)
{
    static const char odd[] = "ab '\"\\$`;|&<>()#*?[]~{}!=-\t/%\n";
    uint32_t x = 7;
    for (int i = 0; i < MADE_UP; i++) {
        KC_BUF_SCOPE line = {0};
        for (int j = 0; j < 3; j++) {
            char word[10] = {0};
            for (size_t k = 0; k < 1 + (size_t)j * 4; k++) {
                x = x * 1664525 + 1013904223;
                word[k] = odd[(x >> 16) % (sizeof odd - 1)];
            }
            kc_buf_putc(&line, ' ');
            kc_shell_quote(&line, word);
        }
        add_line(a, s, kc_buf_str(&line));
        kc_arena_reset(a);
    }
}

static void sh_reads_the_same_words(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct script s = {0};
    char file[] = "/tmp/kubechat-sh-XXXXXX", command[64];
    add_folder(a, &s, KC_SOURCE_DIR "/tests/fuzz/corpus/kubectl");
    add_folder(a, &s, KC_SOURCE_DIR "/tests/fuzz/corpus/shell");
    assert_true(s.lines > 20);
    add_made_up(a, &s);
    assert_true(s.lines > MADE_UP / 2);
    int fd = mkstemp(file);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, s.text.data, s.text.len), (ssize_t)s.text.len);
    close(fd);
    snprintf(command, sizeof command, "sh -f %s", file);
    FILE *sh = popen(command, "r");
    assert_non_null(sh);
    char *said = test_calloc(1, s.expected.len + 2);
    size_t len = fread(said, 1, s.expected.len + 1, sh);
    assert_int_equal(pclose(sh), 0);
    unlink(file);
    assert_int_equal(len, s.expected.len);
    assert_memory_equal(said, s.expected.data, len);
    test_free(said);
    kc_buf_finish(&s.text);
    kc_buf_finish(&s.expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sh_reads_the_same_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
