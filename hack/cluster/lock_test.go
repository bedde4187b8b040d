package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestLockExcludes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	unlock, err := lock(path, func() { t.Error("nobody held it") })
	if err != nil {
		t.Fatal(err)
	}
	waiting, got := make(chan bool), make(chan bool)
	go func() {
		second, err := lock(path, func() { close(waiting) })
		if err == nil {
			second()
		}
		close(got)
	}()
	<-waiting
	select {
	case <-got:
		t.Fatal("two hold it")
	case <-time.After(20 * time.Millisecond):
	}
	os.Remove(path) // as `down --wipe` does
	unlock()
	<-got
}
