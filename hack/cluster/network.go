package main

import (
	"fmt"
	"hash/fnv"
)

// Each cluster has address ranges of its own, so that several can have a real node on this machine at the same time.
const networks = 32

// services is the range of Service addresses; the first one is the API server's.
func (c *cluster) services() string { return fmt.Sprintf("10.%d.0.0/16", 96+c.Network) }

// apiserverIP is the address of the Service "kubernetes", which every pod is told.
func (c *cluster) apiserverIP() string { return fmt.Sprintf("10.%d.0.1", 96+c.Network) }

// pods is the range of the real node's pods.
func (c *cluster) pods() string { return fmt.Sprintf("10.%d.0.0/24", 96+networks+c.Network) }

// chooseNetwork begins at a place that depends on seed and takes the first range that no other cluster has.
func chooseNetwork(seed string, taken func(int) bool) (int, error) {
	h := fnv.New32a()
	h.Write([]byte(seed))
	first := int(h.Sum32() % networks)
	for i := 0; i < networks; i++ {
		if n := (first + i) % networks; !taken(n) {
			return n, nil
		}
	}
	return 0, fmt.Errorf("all %d address ranges are given to clusters; `cluster list` shows them, `cluster down --wipe` frees one", networks)
}
