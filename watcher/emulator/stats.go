package emulator

import (
	"slices"
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
)

// stats is GET stats (watcher-api.md 9). Unknown metrics are passed over.
func (e *Emulator) stats(r *request) (action, error) {
	list, _ := r.text("metric")
	r.text("emit_stacktraces")
	metrics := strings.Split(list, ",")
	has := func(name string) bool { return slices.Contains(metrics, name) || slices.Contains(metrics, "_all") }
	if slices.Contains(metrics, "pending_watches") && e.version.AtLeast(7, 0) {
		r.warnings = append(r.warnings, "The pending_watches parameter is deprecated, use queued_watches instead")
	}
	return func() (answer, error) {
		node := e.nodeStats()
		if has("current_watches") {
			node.Set("current_watches", []any{})
		}
		if has("queued_watches") || has("pending_watches") {
			node.Set("queued_watches", []any{})
		}
		return reply(200, object(
			"_nodes", object("total", exception.Int(1), "successful", exception.Int(1), "failed", exception.Int(0)),
			"cluster_name", clusterName,
			"manually_stopped", e.store.Stopped(),
			"stats", []any{node},
		)), nil
	}, nil
}

func (e *Emulator) nodeStats() *watcher.Object {
	state, count := "started", e.activeWatches()
	if e.store.Stopped() {
		state, count = "stopped", 0
	}
	return object(
		"node_id", e.nodeID(), "watcher_state", state, "watch_count", exception.Int(count),
		"execution_thread_pool", object("queue_size", exception.Int(0), "max_size", exception.Int(0)),
	)
}

// activeWatches counts the watches that a started Watcher has loaded.
func (e *Emulator) activeWatches() int {
	docs, _ := e.store.All()
	n := 0
	for _, d := range docs {
		if isActive(d.Status) && e.view(d).err == nil {
			n++
		}
	}
	return n
}

// manualStop is POST _start and _stop.
func manualStop(stop bool) prepare {
	return func(e *Emulator, r *request) (action, error) {
		if e.version.AtLeast(9, 0) || stop && e.version.AtLeast(7, 0) {
			if err := r.duration("master_timeout"); err != nil {
				return nil, err
			}
		}
		return func() (answer, error) {
			if err := e.store.SetStopped(stop); err != nil {
				return answer{}, err
			}
			return reply(200, object("acknowledged", true)), nil
		}, nil
	}
}
