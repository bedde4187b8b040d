#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "controller/base/metrics.h"

/* The rendered lines whose names begin with prefix. The caller frees them. */
static char *rendered(const char *prefix)
{
    KC_BUF_SCOPE all = {0};
    struct kc_buf chosen = {0};
    kc_metrics_render(&all);
    for (char *line = all.data; line && *line;) {
        char *end = strchr(line, '\n') + 1;
        const char *name = strncmp(line, "# ", 2) == 0 ? line + 7 : line;
        if (strncmp(name, prefix, strlen(prefix)) == 0)
            kc_buf_add(&chosen, line, (size_t)(end - line));
        line = end;
    }
    return kc_buf_steal(&chosen);
}

static void assert_rendered(const char *prefix, const char *expected)
{
    char *text = rendered(prefix);
    assert_string_equal(text, expected);
    free(text);
}

static void test_counters_and_gauges(void **state)
{
    (void)state;
    struct kc_metric *c =
        kc_metric_counter("t1_requests_total", "Requests.", (const char *const[]){"verb", "code", NULL});
    kc_metric_inc(c, (const char *const[]){"patch", "200", NULL});
    kc_metric_inc(c, (const char *const[]){"get", "404", NULL});
    kc_metric_inc(c, (const char *const[]){"get", "200", NULL});
    kc_metric_inc(c, (const char *const[]){"get", "200", NULL});
    struct kc_series *s = kc_metric_series(c, (const char *const[]){"get", "404", NULL});
    kc_series_add(s, 0.25);
    kc_series_add(s, -5);
    kc_series_add(s, NAN);
    kc_series_set(s, 100);
    kc_series_observe(s, 100);
    struct kc_metric *g = kc_metric_gauge("t1_depth", "Keys that\nwait \\ here.", NULL);
    kc_series_set(kc_metric_series(g, NULL), 7);
    kc_series_add(kc_metric_series(g, NULL), -9.5);
    kc_metric_counter("t1_errors_total", "Errors.", NULL);
    assert_rendered("t1_", "# HELP t1_depth Keys that\\nwait \\\\ here.\n"
                           "# TYPE t1_depth gauge\n"
                           "t1_depth -2.5\n"
                           "# HELP t1_errors_total Errors.\n"
                           "# TYPE t1_errors_total counter\n"
                           "t1_errors_total 0\n"
                           "# HELP t1_requests_total Requests.\n"
                           "# TYPE t1_requests_total counter\n"
                           "t1_requests_total{verb=\"get\",code=\"200\"} 2\n"
                           "t1_requests_total{verb=\"get\",code=\"404\"} 1.25\n"
                           "t1_requests_total{verb=\"patch\",code=\"200\"} 1\n");
}

static void test_histograms(void **state)
{
    (void)state;
    struct kc_metric *h = kc_metric_histogram("t2_duration_seconds", "Time.", (const char *const[]){"step", NULL},
                                              (const double[]){0.005, 0.1, 1}, 3);
    struct kc_series *s = kc_metric_series(h, (const char *const[]){"plan", NULL});
    static const double values[] = {0.001, 0.005, 0.0051, 0.5, 1, 30};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        kc_series_observe(s, values[i]);
    kc_series_add(s, 5);
    kc_metric_histogram("t2_plain_bytes", "Size.", NULL, (const double[]){1024}, 1);
    assert_rendered("t2_", "# HELP t2_duration_seconds Time.\n"
                           "# TYPE t2_duration_seconds histogram\n"
                           "t2_duration_seconds_bucket{step=\"plan\",le=\"0.005\"} 2\n"
                           "t2_duration_seconds_bucket{step=\"plan\",le=\"0.1\"} 3\n"
                           "t2_duration_seconds_bucket{step=\"plan\",le=\"1\"} 5\n"
                           "t2_duration_seconds_bucket{step=\"plan\",le=\"+Inf\"} 6\n"
                           "t2_duration_seconds_sum{step=\"plan\"} 31.5111\n"
                           "t2_duration_seconds_count{step=\"plan\"} 6\n"
                           "# HELP t2_plain_bytes Size.\n"
                           "# TYPE t2_plain_bytes histogram\n"
                           "t2_plain_bytes_bucket{le=\"1024\"} 0\n"
                           "t2_plain_bytes_bucket{le=\"+Inf\"} 0\n"
                           "t2_plain_bytes_sum 0\n"
                           "t2_plain_bytes_count 0\n");
}

static void test_numbers_and_escapes(void **state)
{
    (void)state;
    struct kc_metric *g = kc_metric_gauge("t3_value", "Values.", (const char *const[]){"v", NULL});
    static const struct {
        const char *label;
        double value;
    } cases[] = {{"a", 0.1},       {"b", 1e21}, {"c", 1.0 / 3},         {"d", INFINITY},
                 {"e", -INFINITY}, {"f", NAN},  {"g\"\\\n", 1795427280}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        kc_series_set(kc_metric_series(g, (const char *const[]){cases[i].label, NULL}), cases[i].value);
    assert_rendered("t3_value{", "t3_value{v=\"a\"} 0.1\n"
                                 "t3_value{v=\"b\"} 1e+21\n"
                                 "t3_value{v=\"c\"} 0.3333333333333333\n"
                                 "t3_value{v=\"d\"} +Inf\n"
                                 "t3_value{v=\"e\"} -Inf\n"
                                 "t3_value{v=\"f\"} NaN\n"
                                 "t3_value{v=\"g\\\"\\\\\\n\"} 1795427280\n");
}

static void test_a_family_is_found_again(void **state)
{
    (void)state;
    struct kc_metric *m = kc_metric_gauge("t4_gauge", "Again.", NULL);
    assert_ptr_equal(kc_metric_gauge("t4_gauge", "Again.", NULL), m);
    assert_ptr_equal(kc_metric_series(m, NULL), kc_metric_series(m, NULL));
}

static void test_the_rest_goes_to_other(void **state)
{
    (void)state;
    struct kc_metric *c = kc_metric_counter("t5_total", "Many.", (const char *const[]){"n", NULL});
    char n[16];
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 300; i++) {
            (void)snprintf(n, sizeof n, "%d", i);
            kc_metric_inc(c, (const char *const[]){n, NULL});
        }
    char *text = rendered("t5_total{");
    size_t lines = 0;
    for (const char *at = text; *at; at = strchr(at, '\n') + 1)
        lines++;
    assert_int_equal(lines, 257);
    assert_non_null(strstr(text, "t5_total{n=\"255\"} 2\n"));
    assert_non_null(strstr(text, "t5_total{n=\"other\"} 88\n"));
    free(text);
}

static struct kc_metric *shared, *shared_times;

static void *count(void *arg)
{
    (void)arg;
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    KC_BUF_SCOPE out = {0};
    for (size_t i = 0; i < 2000; i++) {
        kc_metric_inc(shared, (const char *const[]){names[i % 5], NULL});
        kc_series_observe(kc_metric_series(shared_times, NULL), i % 2 ? 0.5 : 2);
        if (i % 500 == 0) {
            kc_buf_clear(&out);
            kc_metrics_render(&out);
        }
    }
    return NULL;
}

static void test_threads_lose_nothing(void **state)
{
    (void)state;
    shared = kc_metric_counter("t6_total", "Shared.", (const char *const[]){"n", NULL});
    shared_times = kc_metric_histogram("t6_seconds", "Shared.", NULL, (const double[]){1}, 1);
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_rendered("t6_total{", "t6_total{n=\"a\"} 1600\nt6_total{n=\"b\"} 1600\nt6_total{n=\"c\"} 1600\n"
                                 "t6_total{n=\"d\"} 1600\nt6_total{n=\"e\"} 1600\n");
    assert_rendered("t6_seconds_", "t6_seconds_bucket{le=\"1\"} 4000\nt6_seconds_bucket{le=\"+Inf\"} 8000\n"
                                   "t6_seconds_sum 10000\nt6_seconds_count 8000\n");
}

/* A wrong name ends the process: seen from outside. */
static bool aborts(const char *name, const char *help, bool counter)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(STDERR_FILENO);
        (void)signal(SIGABRT, SIG_DFL);
        (void)(counter ? kc_metric_counter(name, help, NULL) : kc_metric_gauge(name, help, NULL));
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static void test_names_follow_the_rules(void **state)
{
    (void)state;
    static const struct {
        const char *name, *help;
        bool counter, wrong;
    } cases[] = {
        {"t7_good_total", "Help.", true, false}, {"t7_good_seconds", "Help.", false, false},
        {"t7_msgs", "Help.", false, false},      {"t7_good", "", false, true},
        {"t7_requests", "Help.", true, true},    {"t7_requests_total", "Help.", false, true},
        {"t7_wait_ms", "Help.", false, true},    {"t7_wait_milliseconds_total", "Help.", true, true},
        {"t7_key_count", "Help.", false, true},  {"t7-depth", "Help.", false, true},
        {"7_depth", "Help.", false, true},       {"", "Help.", false, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (aborts(cases[i].name, cases[i].help, cases[i].counter) != cases[i].wrong)
            fail_msg("\"%s\"", cases[i].name);
}

static double sample(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    assert_non_null(at);
    return strtod(at + strlen(name), NULL);
}

static void test_process(void **state)
{
    (void)state;
    KC_BUF_SCOPE out = {0};
    kc_metrics_render_process(&out);
    const char *text = kc_buf_str(&out);
    assert_true(sample(text, "\nprocess_cpu_seconds_total ") > 0);
    assert_true(sample(text, "\nprocess_resident_memory_bytes ") > 1e6);
    double now = (double)time(NULL), start = sample(text, "\nprocess_start_time_seconds ");
    assert_true(start > now - 600 && start < now + 2);

    double fds = sample(text, "\nprocess_open_fds ");
    int fd = dup(0);
    kc_buf_clear(&out);
    kc_metrics_render_process(&out);
    assert_true(sample(kc_buf_str(&out), "\nprocess_open_fds ") == fds + 1);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counters_and_gauges),    cmocka_unit_test(test_histograms),
        cmocka_unit_test(test_numbers_and_escapes),    cmocka_unit_test(test_a_family_is_found_again),
        cmocka_unit_test(test_the_rest_goes_to_other), cmocka_unit_test(test_threads_lose_nothing),
        cmocka_unit_test(test_names_follow_the_rules), cmocka_unit_test(test_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
