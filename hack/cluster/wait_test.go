package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestPoll(t *testing.T) {
	tries := 0
	err := poll(context.Background(), time.Millisecond, func() (bool, error) {
		tries++
		if tries < 3 {
			return false, errors.New("busy")
		}
		return true, nil
	})
	if err != nil || tries != 3 {
		t.Errorf("an error that passes: %v after %d tries", err, tries)
	}
	err = poll(context.Background(), time.Millisecond, func() (bool, error) { return false, final{errors.New("died")} })
	if err == nil || err.Error() != "died" {
		t.Errorf("a final error: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	err = poll(ctx, time.Millisecond, func() (bool, error) { return false, errors.New("busy") })
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "busy") {
		t.Errorf("at the deadline: %v", err)
	}
}
