/* metrics: counters, gauges and histograms in the Prometheus text format (version 0.0.4, exposition_formats.md).
 *
 * A family is created once at start and lives as long as the process; series are created by their label values on first
 * use and cached. All calls are thread-safe; increments are atomic and take no lock once the series exists. Label
 * values must come from small fixed sets (never names of objects or people). At most 256 series a family: beyond that
 * the series "other" takes the rest.
 */
#pragma once

#include <stdint.h>

#include "controller/base/buf.h"

struct kc_metric; /* a family */
struct kc_series; /* one set of label values of it */

/* labels: NULL-terminated array of label names, or NULL. The strings must be constants. Names follow promtool's
 * rules (counters end in _total, base units); one that does not aborts, as does a name that exists with another type. A
 * family that exists already is returned as it is. One without labels starts with its series at 0. */
struct kc_metric *kc_metric_counter(const char *name, const char *help, const char *const *labels);
struct kc_metric *kc_metric_gauge(const char *name, const char *help, const char *const *labels);
/* buckets: ascending upper bounds in the unit of the name (seconds), n of them, without +Inf. */
struct kc_metric *kc_metric_histogram(const char *name, const char *help, const char *const *labels,
                                      const double *buckets, size_t n);

/* values: as many strings as the family has labels, NULL-terminated, or NULL for none; too few abort. */
struct kc_series *kc_metric_series(struct kc_metric *m, const char *const *values);
void kc_series_add(struct kc_series *s, double by);        /* counters (by >= 0) and gauges */
void kc_series_set(struct kc_series *s, double to);        /* gauges */
void kc_series_observe(struct kc_series *s, double value); /* histograms */

/* Shorthands: find the series and change it. */
void kc_metric_inc(struct kc_metric *m, const char *const *values);

/* Appends every family with HELP and TYPE lines, by name, series by label values. */
void kc_metrics_render(struct kc_buf *out);
/* Process metrics that the Prometheus client libraries give: process_cpu_seconds_total, process_resident_memory_bytes,
 * process_open_fds, process_start_time_seconds. */
void kc_metrics_render_process(struct kc_buf *out);
