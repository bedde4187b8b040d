package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// poll calls try until it reports true, a final error, or ctx ends. Other errors are tried again: on a busy machine a request to
// a server that is up may still time out.
func poll(ctx context.Context, every time.Duration, try func() (bool, error)) error {
	var last error
	for {
		ok, err := try()
		var end final
		if ok || errors.As(err, &end) {
			return err
		}
		if err != nil && ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			if last != nil {
				return fmt.Errorf("%w; the last try: %v", ctx.Err(), last)
			}
			return ctx.Err()
		case <-time.After(every):
		}
	}
}

// A final error ends a poll.
type final struct{ error }

// together runs steps side by side and returns the first error.
func together(steps ...func() error) error {
	var wait sync.WaitGroup
	errs := make([]error, len(steps))
	for i, step := range steps {
		wait.Add(1)
		go func(i int, step func() error) {
			defer wait.Done()
			errs[i] = step()
		}(i, step)
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
