package main

import (
	"context"
	"sync"
)

// inOrder runs work on each of the things that produce yields, on several
// workers at once, and hands the results to consume in the order in which they
// were yielded. Up to queued results wait at any time. The first error of
// produce or consume ends it.
func inOrder[T, R any](ctx context.Context, workers int, p process[T, R]) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	type job struct {
		in  T
		out chan R
	}
	jobs, queue := make(chan job, queued), make(chan chan R, queued)
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for j := range jobs {
				j.out <- p.work(j.in)
			}
		})
	}
	running.Go(func() {
		defer close(queue)
		defer close(jobs)
		err := p.produce(ctx, func(in T) error {
			j := job{in: in, out: make(chan R, 1)}
			if deliver(ctx, queue, j.out) && deliver(ctx, jobs, j) {
				return nil
			}
			return context.Cause(ctx)
		})
		if err != nil {
			cancel(err)
		}
	})
	err := drain(ctx, queue, p.consume)
	if err != nil {
		cancel(err)
	}
	running.Wait()
	if err == nil {
		err = context.Cause(ctx)
	}
	return err
}

// queued is how many results may wait for one that takes long, while the other
// workers go on.
const queued = 32

// process is what inOrder runs.
type process[T, R any] struct {
	produce func(ctx context.Context, yield func(T) error) error
	work    func(T) R
	consume func(R) error
}

func deliver[T any](ctx context.Context, to chan<- T, v T) bool {
	select {
	case to <- v:
		return true
	case <-ctx.Done():
		return false
	}
}

func drain[R any](ctx context.Context, queue <-chan chan R, consume func(R) error) error {
	for out := range queue {
		select {
		case r := <-out:
			// Many results may be there already when the context ends.
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err := consume(r); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
