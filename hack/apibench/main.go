// Apibench measures what answers over HTTPS (an admission webhook, an API server under given requests), and an operator of
// ChatRequests by what it does to them. With it come the baselines: the barest Go programs that do the same.
//
//	apibench admission --url https://127.0.0.1:9443/mutate --cacert ca.crt --review review.json \
//	    --connections 1,16,64 --requests 20000 --patch-path /spec/requestedBy --pid $(cat kubechat.pid)
//	apibench webhook --cert server.crt --key server.key
//	apibench replay --kubeconfig "$(cluster kubeconfig admin-sso)" --requests requests.jsonl --concurrency 16 --count 2000
//	apibench requests --kubeconfig "$(cluster kubeconfig sre)" --spec '{"prompt":"scale web to 5"}' --parallel 1,200 --count 200
//	apibench operate --kubeconfig "$(cluster manager-kubeconfig …)" --requests recorded.jsonl
//	apibench start --ready http://127.0.0.1:{{port}}/readyz --count 10 -- kubechat manager --probe-port {{port}} …
//	apibench load --kubeconfig "$(cluster kubeconfig admin)" --pods 30000
//	apibench report DIR
//
// admission sends AdmissionReviews as kube-apiserver does (HTTP/1.1, keep-alive), each with a uid of its own, and looks at every
// answer: an answer that is quick and wrong is an error. webhook is a bare one to compare with. replay sends given requests with
// nothing around them. Its file (faultproxy --record writes such) holds a JSON object a line:
//
//	{"method":"PATCH","path":"/api/v1/…","contentType":"application/merge-patch+json","body":{…},
//	 "impersonateUser":"ana","impersonateUid":"u-1","impersonateGroups":["sre"],"status":200}
//
// body is a JSON value, or a string that is sent as it is; {{n}} in path and body becomes the number of the request; status is the
// one that counts as success (default: any 2xx). Lines are sent in turn until --count is reached.
//
// requests creates ChatRequests and takes the time until a watch shows them in a phase. operate is the bare operator: it watches
// for new ChatRequests as the manager does and sends for each what the manager was recorded to send for one. start takes the time
// from a program's start until it is ready; {{port}} and {{port2}} are free ports. load fills a cluster with pods for the
// inventory's figures. report makes a table of what the others printed with -o json into files of DIR.
//
// With --pid, the CPU time of that process (/proc/PID/stat, user and system) is shown for each 10,000 requests. -o json prints what
// programs read. The exit code is 1 if a single answer was wrong.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
)

func main() {
	err := run(os.Args[1:])
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "apibench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	commands := map[string]func([]string) error{"admission": runAdmission, "load": runLoad, "operate": runOperate, "replay": runReplay,
		"report": runReport, "requests": runRequests, "start": runStart, "webhook": runWebhook}
	if len(args) > 0 && commands[args[0]] != nil {
		return commands[args[0]](args[1:])
	}
	return errors.New("usage: apibench admission|load|operate|replay|report|requests|start|webhook [flags]; -h after each lists its flags")
}

// common are the flags of what measures.
type common struct {
	fs     *flag.FlagSet
	pid    *int
	output *string
}

func newCommon(name string) common {
	fs := flag.NewFlagSet("apibench "+name, flag.ContinueOnError)
	return common{fs, fs.Int("pid", 0, "show the CPU time of this process"), fs.String("o", "", "json for programs")}
}

func (c common) parse(args []string) error {
	if err := c.fs.Parse(args); err != nil {
		return err
	}
	if c.fs.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", c.fs.Arg(0))
	}
	if *c.output != "" && *c.output != "json" {
		return fmt.Errorf("-o %s: only json is known", *c.output)
	}
	return nil
}

// report prints rows and turns wrong answers into an error.
func (c common) report(w io.Writer, rows []row) error {
	if *c.output == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		if err := e.Encode(rows); err != nil {
			return err
		}
	} else {
		t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(t, "parallel\trequests\treq/s\tp50 ms\tp90 ms\tp95 ms\tp99 ms\tmax ms\terrors\tCPU s/10k\t")
		for _, r := range rows {
			cpu := "-"
			if r.CPU != nil {
				cpu = fmt.Sprintf("%.3f", *r.CPU)
			}
			fmt.Fprintf(t, "%d\t%d\t%.0f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%d\t%s\t\n", r.Parallel, r.Requests, r.Rate, r.P50, r.P90, r.P95, r.P99, r.Max, r.Errors, cpu)
		}
		t.Flush()
	}
	for _, r := range rows {
		if r.Errors > 0 {
			return fmt.Errorf("%d of %d answers were wrong; the first: %s", r.Errors, r.Requests, r.FirstError)
		}
	}
	return nil
}

func numbers(s string) ([]int, error) {
	var out []int
	for _, f := range strings.Split(s, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(f))
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is no list of positive numbers", s)
		}
		out = append(out, n)
	}
	return out, nil
}

// A list is a flag that may be repeated.
type list []string

func (l *list) String() string     { return strings.Join(*l, " ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }
