package emulator

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
)

const clusterName = "sigwatch"

// info is GET /.
func (e *Emulator) info(*request) (action, error) {
	return func() (answer, error) {
		return reply(200, object(
			"name", clusterName,
			"cluster_name", clusterName,
			"cluster_uuid", e.shortID("cluster"),
			"version", e.versionInfo(),
			"tagline", "You Know, for Search",
		)), nil
	}, nil
}

func (e *Emulator) versionInfo() *watcher.Object {
	wire, index := "6.8.0", "6.0.0-beta1"
	switch {
	case e.version.Major >= 8:
		wire = major(e.version.Major-1) + ".17.0"
		index = major(e.version.Major-1) + ".0.0"
	case e.version.Major == 6:
		wire, index = "5.6.0", "5.0.0"
	}
	return object(
		"number", e.version.String(),
		"build_flavor", "default",
		"build_type", "tar",
		"build_hash", e.buildHash(),
		"build_date", "2022-08-23T11:08:48.893373482Z",
		"build_snapshot", false,
		"lucene_version", e.lucene(),
		"minimum_wire_compatibility_version", wire,
		"minimum_index_compatibility_version", index,
	)
}

func major(n int) string { return string(exception.Int(n)) }

func (e *Emulator) lucene() string {
	switch e.version.Major {
	case 6:
		return "7.7.3"
	case 7:
		return "8.11.1"
	case 8:
		return "9.12.1"
	default:
		return "10.2.2"
	}
}

// buildHash is the commit of the release that was recorded; another version's
// is made up.
func (e *Emulator) buildHash() string {
	if e.version == (watcher.Version{Major: 7, Minor: 17, Patch: 6}) {
		return "f65e9d338dc1d07b642e14a27f338990148ee5b6"
	}
	return strings.Repeat("0", 40)
}

// shortID is an id of 22 characters that stays with the store.
func (e *Emulator) shortID(of string) string {
	sum := sha256.Sum256([]byte(of + "/" + e.store.UID()))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

func (e *Emulator) nodeID() string { return e.shortID("node") }

// health is GET /_cluster/health.
func (e *Emulator) health(r *request) (action, error) {
	for _, name := range []string{"wait_for_status", "timeout", "level", "wait_for_nodes", "local", "master_timeout"} {
		r.text(name)
	}
	shards := 0
	if e.store.Exists() {
		shards = 1
	}
	n := exception.Int(shards)
	zero := exception.Int(0)
	return func() (answer, error) {
		return reply(200, object(
			"cluster_name", clusterName, "status", "green", "timed_out", false,
			"number_of_nodes", exception.Int(1), "number_of_data_nodes", exception.Int(1),
			"active_primary_shards", n, "active_shards", n, "relocating_shards", zero,
			"initializing_shards", zero, "unassigned_shards", zero, "delayed_unassigned_shards", zero,
			"number_of_pending_tasks", zero, "number_of_in_flight_fetch", zero,
			"task_max_waiting_in_queue_millis", zero, "active_shards_percent_as_number", json.Number("100.0"),
		)), nil
	}, nil
}

// licenseInfo is GET /_license.
func (e *Emulator) licenseInfo(r *request) (action, error) {
	if _, err := r.boolean("accept_enterprise", false); err != nil {
		return nil, err
	}
	if _, err := r.boolean("local", false); err != nil {
		return nil, err
	}
	accept := r.query.Get("accept_enterprise") == "true"
	return func() (answer, error) {
		kind := e.license
		if kind == "enterprise" && !accept && e.version.Major == 7 {
			kind = "platinum"
		}
		issued := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		l := object(
			"status", "active", "uid", e.store.UID(), "type", kind,
			"issue_date", stamp(issued), "issue_date_in_millis", exception.Int(issued.UnixMilli()),
		)
		if kind != "basic" {
			expiry := e.expiry()
			l.Set("expiry_date", stamp(expiry))
			l.Set("expiry_date_in_millis", exception.Int(expiry.UnixMilli()))
		}
		l.Set("max_nodes", exception.Int(1000))
		l.Set("issued_to", clusterName)
		l.Set("issuer", "elasticsearch")
		l.Set("start_date_in_millis", exception.Int(int64(-1)))
		return reply(200, object("license", l)), nil
	}, nil
}

// expiry is far enough away that no emulated licence ever ends.
func (e *Emulator) expiry() time.Time { return e.started.AddDate(10, 0, 0) }

func (e *Emulator) trialStatus(*request) (action, error) {
	return func() (answer, error) {
		return reply(200, object("eligible_to_start_trial", e.license != "trial")), nil
	}, nil
}

func (e *Emulator) basicStatus(*request) (action, error) {
	return func() (answer, error) {
		return reply(200, object("eligible_to_start_basic", e.license != "basic")), nil
	}, nil
}

// xpack is GET /_xpack.
func (e *Emulator) xpack(r *request) (action, error) {
	list, given := r.text("categories")
	r.text("accept_enterprise")
	categories := strings.Split(list, ",")
	wanted := func(name string) bool { return !given || slices.Contains(categories, name) || list == "_all" }
	return func() (answer, error) {
		o := &watcher.Object{}
		if wanted("build") {
			o.Set("build", object("hash", e.buildHash(), "date", "2022-08-23T11:08:48.893373482Z"))
		}
		if wanted("license") {
			l := object("uid", e.store.UID(), "type", e.license, "mode", e.license, "status", "active")
			if e.license != "basic" {
				l.Set("expiry_date_in_millis", exception.Int(e.expiry().UnixMilli()))
			}
			o.Set("license", l)
		}
		if wanted("features") {
			o.Set("features", object("watcher", object("available", e.licensed(), "enabled", true)))
		}
		o.Set("tagline", "You know, for X")
		return reply(200, o), nil
	}, nil
}
