package main

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func numbers(n int) func(context.Context, func(int) error) error {
	return func(_ context.Context, yield func(int) error) error {
		for i := range n {
			if err := yield(i); err != nil {
				return err
			}
		}
		return nil
	}
}

// Results come in the order of what was yielded, however long each takes.
func TestInOrder(t *testing.T) {
	var got, want []int
	err := inOrder(t.Context(), 4, process[int, int]{
		produce: numbers(200),
		work: func(i int) int {
			time.Sleep(time.Duration(i*7%5) * 100 * time.Microsecond)
			return 2 * i
		},
		consume: func(i int) error {
			got = append(got, i)
			return nil
		},
	})
	for i := range 200 {
		want = append(want, 2*i)
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestInOrderStops(t *testing.T) {
	broken := errors.New("broken")
	ctx, cancel := context.WithCancel(t.Context())
	same := func(i int) int { return i }
	tests := map[string]struct {
		ctx  context.Context
		p    process[int, int]
		want error
	}{
		"consume fails": {t.Context(), process[int, int]{numbers(100), same, func(i int) error {
			if i == 5 {
				return broken
			}
			return nil
		}}, broken},
		"produce fails": {t.Context(), process[int, int]{func(_ context.Context, yield func(int) error) error {
			return errors.Join(yield(1), broken)
		}, same, func(int) error { return nil }}, broken},
		"the context ends": {ctx, process[int, int]{numbers(100), same, func(i int) error {
			if i == 5 {
				cancel()
			}
			return nil
		}}, context.Canceled},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := inOrder(test.ctx, 2, test.p); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// The first of 5, 4, 2, 3, 1 counts.
func TestWorst(t *testing.T) {
	order := []int{exitCluster, exitGuard, exitPending, exitRefused, exitFindings, exitDone}
	for i, want := range order {
		codes := slices.Clone(order[i:])
		slices.Reverse(codes)
		if got := worst(codes...); got != want {
			t.Errorf("worst of %v: got %d, want %d", codes, got, want)
		}
	}
	if got := worst(); got != exitDone {
		t.Errorf("worst of none: got %d", got)
	}
}
