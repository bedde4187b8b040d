package main

import "testing"

func TestClustersHaveRangesOfTheirOwn(t *testing.T) {
	taken := map[int]bool{}
	seen := map[string]bool{}
	for i := 0; i < networks; i++ {
		n, err := chooseNetwork("same name", func(n int) bool { return taken[n] })
		if err != nil {
			t.Fatal(err)
		}
		taken[n] = true
		c := &cluster{Network: n}
		for _, r := range []string{c.services(), c.pods()} {
			if seen[r] {
				t.Errorf("%s is given twice", r)
			}
			seen[r] = true
		}
	}
	if _, err := chooseNetwork("one more", func(n int) bool { return taken[n] }); err == nil {
		t.Error("a range was found where none is left")
	}
}
