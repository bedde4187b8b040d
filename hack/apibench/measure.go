package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A row is one measurement. Times are milliseconds; latencies are those of right answers.
type row struct {
	Parallel   int      `json:"parallel"`
	Requests   int      `json:"requests"`
	Seconds    float64  `json:"seconds"`
	Rate       float64  `json:"requestsPerSecond"`
	P50        float64  `json:"p50"`
	P90        float64  `json:"p90"`
	P95        float64  `json:"p95"`
	P99        float64  `json:"p99"`
	Max        float64  `json:"max"`
	Errors     int      `json:"errors"`
	FirstError string   `json:"firstError,omitempty"`
	CPU        *float64 `json:"cpuSecondsPer10000,omitempty"`
}

// A worker sends requests one after another; n counts all requests of the row, from 0.
type worker func(n int) error

// measure has each worker take numbers below count until none is left.
func measure(workers []worker, count, pid int) (row, error) {
	var before, after float64
	var err error
	if pid != 0 {
		if before, err = cpuSeconds(pid); err != nil {
			return row{}, err
		}
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	latencies := make([][]time.Duration, len(workers))
	failures := make([]failure, len(workers))
	start := time.Now()
	for i, w := range workers {
		wait.Add(1)
		go func(i int, w worker) {
			defer wait.Done()
			for {
				n := int(next.Add(1)) - 1
				if n >= count {
					return
				}
				begin := time.Now()
				if err := w(n); err != nil {
					failures[i].add(err)
				} else {
					latencies[i] = append(latencies[i], time.Since(begin))
				}
			}
		}(i, w)
	}
	wait.Wait()
	took := time.Since(start)
	r := summarise(latencies, failures, took)
	r.Parallel, r.Requests = len(workers), count
	if pid != 0 {
		if after, err = cpuSeconds(pid); err != nil {
			return r, err
		}
		per := (after - before) / float64(count) * 10000
		r.CPU = &per
	}
	return r, nil
}

// A failure counts what went wrong and remembers the first.
type failure struct {
	count int
	first error
}

func (f *failure) add(err error) {
	if f.count == 0 {
		f.first = err
	}
	f.count++
}

func summarise(latencies [][]time.Duration, failures []failure, took time.Duration) row {
	var all []time.Duration
	for _, l := range latencies {
		all = append(all, l...)
	}
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	r := row{Seconds: took.Seconds(), Rate: float64(len(all)) / took.Seconds(),
		P50: percentile(all, 50), P90: percentile(all, 90), P95: percentile(all, 95), P99: percentile(all, 99), Max: percentile(all, 100)}
	for _, f := range failures {
		if f.count > 0 && r.Errors == 0 {
			r.FirstError = f.first.Error()
		}
		r.Errors += f.count
	}
	return r
}

// percentile is the nearest rank in milliseconds; sorted ascending.
func percentile(sorted []time.Duration, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return float64(sorted[max(rank, 1)-1]) / float64(time.Millisecond)
}

// ticksPerSecond is USER_HZ, which is 100 wherever Linux runs Go.
const ticksPerSecond = 100

// cpuSeconds adds utime and stime, fields 14 and 15 of /proc/PID/stat; the second field may hold spaces.
func cpuSeconds(pid int) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("--pid: %w", err)
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("--pid: /proc/%d/stat is cut short", pid)
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err1 != nil || err2 != nil {
		return 0, fmt.Errorf("--pid: /proc/%d/stat: %q", pid, b)
	}
	return float64(user+system) / ticksPerSecond, nil
}
