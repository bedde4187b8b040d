package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"text/tabwriter"
)

func runReport(args []string) error {
	fs := flag.NewFlagSet("apibench report", flag.ContinueOnError)
	output := fs.String("o", "", "json for programs")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() != 1 || (*output != "" && *output != "json") {
		return errors.New("usage: apibench report [-o json] DIR")
	}
	d, err := newReport(fs.Arg(0))
	if err != nil {
		return err
	}
	if *output == "json" {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(d)
	}
	return d.print(os.Stdout)
}

// A figure is one line of the report. Its numbers are in files of a folder, MEASURE.WHO.ROUND.json, each a list of objects
// (what the other commands print with -o json); of several rounds the median counts.
type figure struct {
	title    string
	measure  string
	parallel float64 // the object with this number; 0: the first
	field    string
	unit     string
	baseline string // another field of our own objects; empty: the same field of WHO = bare
	target   target
}

// A target is a bound on the figure, or on its ratio to the baseline.
type target struct {
	value   float64 // 0: none
	atLeast bool    // else: less than
	ratio   bool
}

const ours, bare = "kubechat", "bare"

var (
	below       = func(v float64) target { return target{value: v} }
	atLeast     = func(v float64) target { return target{value: v, atLeast: true} }
	ofBaseline  = func(v float64) target { return target{value: v, atLeast: true, ratio: true} }
	rate, cpu   = "requestsPerSecond", "cpuSecondsPer10000"
	oneAtATime  = "apply → AwaitingApproval, one at a time, "
	twoHundred  = "200 applied at once, "
	toSucceeded = "apply → approve → Succeeded, "
	reviewsOf3K = "admission of 3 KB, "
)

var figures = []figure{
	{oneAtATime + "commands: p50", "latency-commands", 1, "p50", "ms", "", target{}},
	{oneAtATime + "commands: p95", "latency-commands", 1, "p95", "ms", "", below(100)},
	{oneAtATime + "commands: max", "latency-commands", 1, "max", "ms", "", target{}},
	{oneAtATime + "words: p50", "latency-words", 1, "p50", "ms", "", target{}},
	{oneAtATime + "words: p95", "latency-words", 1, "p95", "ms", "", below(100)},
	{oneAtATime + "words: max", "latency-words", 1, "max", "ms", "", target{}},
	{twoHundred + "commands", "throughput-commands", 0, rate, "/s", "", ofBaseline(0.7)},
	{twoHundred + "commands: API requests for each", "throughput-commands-sent", 0, "perRequest", "", "", target{}},
	{twoHundred + "commands: CPU of 10,000", "throughput-commands", 0, cpu, "s", "", target{}},
	{twoHundred + "words", "throughput-words", 0, rate, "/s", "", ofBaseline(0.7)},
	{twoHundred + "words: API requests for each", "throughput-words-sent", 0, "perRequest", "", "", target{}},
	{toSucceeded + "one at a time: p50", "latency-whole", 1, "p50", "ms", "", target{}},
	{toSucceeded + "200 at once", "throughput-whole", 0, rate, "/s", "", ofBaseline(0.7)},
	{toSucceeded + "200 at once: API requests for each", "throughput-whole-sent", 0, "perRequest", "", "", target{}},
	{toSucceeded + "200 at once: CPU of 10,000", "throughput-whole", 0, cpu, "s", "", target{}},
	{"status writes, four for each object", "status", 0, "writes_per_s", "/s", "bare_writes_per_s", ofBaseline(0.95)},
	{"status writes: CPU of one", "status", 0, "write_cpu_ms", "ms", "bare_write_cpu_ms", below(0.8)},
	{"preview of ten steps: p50", "preview", 0, "p50_ms", "ms", "in_turn_p50_ms", target{}},
	{"preview of ten steps: p95", "preview", 0, "p95_ms", "ms", "in_turn_p95_ms", below(250)},
	{reviewsOf3K + "1 connection", "admission", 1, rate, "/s", "", target{}},
	{reviewsOf3K + "1 connection: p99", "admission", 1, "p99", "ms", "", target{}},
	{reviewsOf3K + "16 connections", "admission", 16, rate, "/s", "", atLeast(12000)},
	{reviewsOf3K + "16 connections: p99", "admission", 16, "p99", "ms", "", below(5)},
	{reviewsOf3K + "16 connections: CPU per 10,000", "admission", 16, cpu, "s", "", below(0.9)},
	{reviewsOf3K + "64 connections", "admission", 64, rate, "/s", "", target{}},
	{reviewsOf3K + "64 connections: p99", "admission", 64, "p99", "ms", "", target{}},
	{"idle after start: anonymous memory", "memory-start", 0, "anonMB", "MB", "", below(6)},
	{"idle after start: RSS", "memory-start", 0, "rssMB", "MB", "", target{}},
	{"idle after the load: anonymous memory", "memory-load", 0, "anonMB", "MB", "", target{}},
	{"idle after the load: RSS", "memory-load", 0, "rssMB", "MB", "", target{}},
	{"start → ready: p50", "start", 0, "p50", "ms", "", below(100)},
	{"start → ready: max", "start", 0, "max", "ms", "", target{}},
	{"one admission, CPU", "micro-admission", 0, "admit_us", "µs", "bare_parse_us", below(60)},
	{"30,000 pods into memory", "inventory", 0, "sync_ms", "ms", "floor_ms", below(1600)},
	{"30,000 pods into memory, CPU", "inventory", 0, "sync_cpu_ms", "ms", "floor_cpu_ms", below(600)},
	{"30,000 pods in memory, peak", "inventory", 0, "anon_mb", "MB", "", below(20)},
	{"30,000 pods to a planner", "inventory", 0, "gather_ms", "ms", "", below(2)},
	{"audit appends, one writer", "micro-audit", 0, "one_writer_per_s", "/s", "bare_per_s", target{}},
	{"audit appends, 64 writers", "micro-audit", 0, "writers_64_per_s", "/s", "bare_per_s", target{}},
	{"audit appends on PostgreSQL, one writer", "micro-audit", 0, "postgres_one_writer_per_s", "/s", "postgres_bare_per_s", ofBaseline(0.7)},
	{"audit appends on PostgreSQL, 64 writers", "micro-audit", 0, "postgres_writers_64_per_s", "/s", "postgres_bare_per_s", atLeast(5000)},
	{"planner, 30,000 pods: p50, CPU", "micro-plan", 0, "p50_us", "µs", "", target{}},
	{"planner, 30,000 pods: p95, CPU", "micro-plan", 0, "p95_us", "µs", "", below(5000)},
	{"reach of one step, 30,000 pods, CPU", "micro-reach", 0, "one_p50_us", "µs", "", below(10000)},
	{"reach of 512 deletes, 30,000 pods, CPU", "micro-reach", 0, "pods_p50_us", "µs", "", below(10000)},
	{"reach of 300 scaled deployments, 30,000 pods, CPU", "micro-reach", 0, "deployments_p50_us", "µs", "", below(10000)},
	{"reach of 32 steps together, 30,000 pods, CPU", "micro-reach", 0, "together_p50_us", "µs", "", below(10000)},
	{"kubectl commands parsed and rendered", "micro-kubectl", 0, "parse_and_render_per_s", "/s", "copy_words_per_s", atLeast(500000)},
}

type report struct {
	Figures []result                    `json:"figures"`
	Files   map[string][]map[string]any `json:"measurements"`
}

type result struct {
	Title    string   `json:"figure"`
	Unit     string   `json:"unit,omitempty"`
	Value    float64  `json:"kubechat"`
	Baseline *float64 `json:"baseline,omitempty"`
	Ratio    *float64 `json:"ratio,omitempty"`
	Target   string   `json:"target,omitempty"`
	Met      *bool    `json:"met,omitempty"`
}

func newReport(dir string) (*report, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	d := &report{Files: map[string][]map[string]any{}}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var objects []map[string]any
		if err := json.Unmarshal(b, &objects); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		d.Files[filepath.Base(name)] = objects
	}
	for _, f := range figures {
		if r, ok := d.result(f); ok {
			d.Figures = append(d.Figures, r)
		}
	}
	if len(d.Figures) == 0 {
		return nil, fmt.Errorf("%s: no measurements", dir)
	}
	return d, nil
}

// result: false if nothing was measured for it. The ratio is the median of the rounds' own ratios, because what else the machine
// does falls on both halves of a round.
func (d *report) result(f figure) (result, bool) {
	r := result{Title: f.title, Unit: f.unit}
	who, field := bare, f.field
	if f.baseline != "" {
		who, field = ours, f.baseline
	}
	values, bases := d.rounds(f, ours, f.field), d.rounds(f, who, field)
	if len(values) == 0 {
		return r, false
	}
	r.Value = median(values)
	ratios := map[string]float64{}
	for round, v := range values {
		if b := bases[round]; b > 0 {
			ratios[round] = v / b
		}
	}
	if len(ratios) > 0 {
		base, ratio := median(bases), median(ratios)
		r.Baseline, r.Ratio = &base, &ratio
	}
	r.judge(f.target)
	return r, true
}

func (r *result) judge(t target) {
	if t.value == 0 {
		return
	}
	sign, unit, v := "<", r.Unit, &r.Value
	if t.atLeast {
		sign = "≥"
	}
	if t.ratio {
		unit, v = "of the baseline", r.Ratio
	}
	r.Target = fmt.Sprintf("%s %g %s", sign, t.value, unit)
	if v != nil {
		met := t.atLeast == (*v >= t.value)
		r.Met = &met
	}
}

// rounds are the numbers of one figure, by round; "" if there is only one.
func (d *report) rounds(f figure, who, field string) map[string]float64 {
	out := map[string]float64{}
	for name, objects := range d.Files {
		round, ok := strings.CutPrefix(strings.TrimSuffix(name, ".json"), f.measure+"."+who)
		if !ok || (round != "" && round[0] != '.') {
			continue
		}
		for _, o := range objects {
			if v, ok := o[field].(float64); ok && (f.parallel == 0 || o["parallel"] == f.parallel) {
				out[round] = v
			}
		}
	}
	return out
}

func median(values map[string]float64) float64 {
	var all []float64
	for _, v := range values {
		all = append(all, v)
	}
	sort.Float64s(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

func (d *report) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "figure\tkubechat\tbaseline\tratio\ttarget\t")
	for _, r := range d.Figures {
		base, ratio, met := "-", "-", ""
		if r.Baseline != nil {
			base, ratio = amount(*r.Baseline, r.Unit), fmt.Sprintf("%.2f", *r.Ratio)
		}
		if r.Met != nil {
			met = map[bool]string{true: "met", false: "MISSED"}[*r.Met]
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Title, amount(r.Value, r.Unit), base, ratio, r.Target, met)
	}
	return t.Flush()
}

func amount(v float64, unit string) string {
	digits := 2
	if v >= 1000 {
		digits = 0
	} else if v >= 100 {
		digits = 1
	}
	return fmt.Sprintf("%.*f %s", digits, v, unit)
}
