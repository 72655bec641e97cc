package emulator

import (
	"fmt"
	"strings"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
	"github.com/sigwatch/sigwatch/watcher/emulator/store"
)

// put is a put of a watch with its parameters (watcher-api.md 3).
type put struct {
	id          string
	active      bool
	version     int64
	conditional bool
	seqNo       int64
	primaryTerm int64
	hasBody     bool
	body        []byte
}

func (e *Emulator) putWatch(r *request) (action, error) {
	p := put{id: r.names["id"], body: r.body, hasBody: len(r.body) > 0}
	r.text("id")
	r.bodyWanted = true
	var err error
	if p.active, err = r.boolean("active", true); err != nil {
		return nil, err
	}
	if p.version, err = r.long("version", 0); err != nil {
		return nil, err
	}
	if err := e.conditions(r, &p); err != nil {
		return nil, err
	}
	if err := e.oldMasterTimeout(r); err != nil {
		return nil, err
	}
	if r.media == mediaYAML && p.hasBody {
		if p.body, err = yamlToJSON(p.body); err != nil {
			return nil, err
		}
	}
	return func() (answer, error) { return e.put(p) }, nil
}

// conditions reads if_seq_no and if_primary_term, which came with 6.7.
func (e *Emulator) conditions(r *request, p *put) error {
	if !e.version.AtLeast(6, 7) {
		return nil
	}
	_, p.conditional = r.text("if_seq_no")
	var err error
	if p.seqNo, err = r.long("if_seq_no", -2); err != nil {
		return err
	}
	if p.primaryTerm, err = r.long("if_primary_term", 0); err != nil {
		return err
	}
	if p.conditional && p.seqNo < 0 {
		return exception.BadArgument(fmt.Sprintf("sequence numbers must be non negative. got [%d].", p.seqNo))
	}
	if p.primaryTerm < 0 {
		return exception.BadArgument(fmt.Sprintf("primary term must be non negative. got [%d]", p.primaryTerm))
	}
	return nil
}

// oldMasterTimeout is a parameter that 6.3 takes on put, delete and ack.
func (e *Emulator) oldMasterTimeout(r *request) error {
	if e.version.AtLeast(6, 4) {
		return nil
	}
	return r.duration("master_timeout")
}

func (p put) validate(e *Emulator) error {
	var wrong []string
	if hasSpace(p.id) {
		wrong = append(wrong, "watch id contains whitespace")
	}
	if !p.hasBody {
		if e.version.AtLeast(6, 4) {
			wrong = append(wrong, "request body is missing")
		} else {
			wrong = append(wrong, "watch source is missing")
		}
	}
	if p.conditional && p.version > 0 {
		wrong = append(wrong, "compare and write operations can not use versioning")
	}
	if p.conditional && p.primaryTerm == 0 {
		wrong = append(wrong, "ifSeqNo is set, but primary term is [0]")
	}
	if !p.conditional && p.primaryTerm != 0 {
		wrong = append(wrong, fmt.Sprintf("ifSeqNo is unassigned, but primary term is [%d]", p.primaryTerm))
	}
	return invalid(wrong...)
}

// invalid joins what is wrong with a request into one refusal, or gives nil.
func invalid(wrong ...string) error {
	if len(wrong) == 0 {
		return nil
	}
	var text strings.Builder
	text.WriteString("Validation Failed: ")
	for i, w := range wrong {
		fmt.Fprintf(&text, "%d: %s;", i+1, w)
	}
	return exception.New(400, "action_request_validation_exception", text.String())
}

// hasSpace follows Java's \s, which an id must be free of.
func hasSpace(id string) bool {
	return id == "" || strings.ContainsAny(id, " \t\n\v\f\r")
}

func validID(id string) error {
	if hasSpace(id) {
		return invalid("watch id contains whitespace")
	}
	return nil
}

func (e *Emulator) put(p put) (answer, error) {
	if err := p.validate(e); err != nil {
		return answer{}, err
	}
	if err := e.checkLicense(); err != nil {
		return answer{}, err
	}
	written, err := e.written(p)
	if err != nil {
		return answer{}, err
	}
	if p.version > 0 && e.version.AtLeast(7, 0) {
		return answer{}, exception.New(500, "unsupported_operation_exception", "update requests do not support versioning")
	}
	if len(p.id) > 512 {
		return answer{}, exception.BadArgument(fmt.Sprintf("id [%s] is too long, must be no longer than 512 bytes but was: %d", p.id, len(p.id)))
	}
	created := false
	doc, err := e.store.Write(p.id, func(old *store.Doc) (*store.Draft, error) {
		created = old == nil
		return e.draft(p, written, old)
	})
	if err != nil {
		return answer{}, err
	}
	status := 200
	if created {
		status = 201
	}
	return reply(status, e.numbers(object("_id", doc.ID), doc, created)), nil
}

func (e *Emulator) numbers(o *watcher.Object, doc *store.Doc, created bool) *watcher.Object {
	o.Set("_version", exception.Int(doc.Version))
	e.setSeqNo(o, doc)
	o.Set("created", created)
	return o
}

// setSeqNo adds the numbers that answers carry from 6.7 on.
func (e *Emulator) setSeqNo(o *watcher.Object, doc *store.Doc) {
	if e.version.AtLeast(6, 7) {
		o.Set("_seq_no", exception.Int(doc.SeqNo))
		o.Set("_primary_term", exception.Int(1))
	}
}

func (e *Emulator) written(p put) (*watcher.Object, error) {
	body, err := watcher.ParseWatch(p.id, p.body, e.version)
	if err != nil {
		return nil, err
	}
	written, err := watcher.Written(p.id, body, watcher.WriteOptions{Version: e.version, Merge: p.conditional, Source: p.body})
	if err != nil {
		return nil, err
	}
	return written, e.checkAccounts(written)
}

// merges tells whether the put merges into the stored watch instead of
// replacing it (watcher-api.md 3.1).
func (e *Emulator) merges(p put) bool {
	oldBug := e.version == watcher.Version{Major: 6, Minor: 3}
	return p.conditional || oldBug || p.version > 0
}

func (e *Emulator) draft(p put, written *watcher.Object, old *store.Doc) (*store.Draft, error) {
	if err := e.checkConditions(p, old); err != nil {
		return nil, err
	}
	if old == nil || !e.merges(p) {
		return &store.Draft{Source: written, Status: e.freshStatus(p.active, written)}, nil
	}
	stored, err := old.Source()
	if err != nil {
		return nil, err
	}
	return &store.Draft{Source: merged(stored, written), Status: mergedStatus(old.Status, e.freshStatus(p.active, written))}, nil
}

func (e *Emulator) checkConditions(p put, old *store.Doc) error {
	if !p.conditional {
		if p.version > 0 && old != nil && old.Version != p.version {
			return e.conflict(p.id, fmt.Sprintf("version conflict, current version [%d] is different than the one provided [%d]", old.Version, p.version))
		}
		return nil
	}
	switch {
	case old == nil:
		return e.documentMissing(p.id)
	case old.SeqNo != p.seqNo || p.primaryTerm != 1:
		return e.conflict(p.id, fmt.Sprintf(
			"version conflict, required seqNo [%d], primary term [%d]. current document has seqNo [%d] and primary term [%d]",
			p.seqNo, p.primaryTerm, old.SeqNo, 1))
	}
	return nil
}

// merged lays b over a: objects key by key, everything else replaced. A key
// keeps its place, a new one goes to the end.
func merged(a, b *watcher.Object) *watcher.Object {
	out := &watcher.Object{Members: append([]watcher.Member(nil), a.Members...)}
	for _, m := range b.Members {
		old, _ := out.Get(m.Name)
		below, isObject := old.(*watcher.Object)
		above, alsoObject := m.Value.(*watcher.Object)
		if isObject && alsoObject {
			out.Set(m.Name, merged(below, above))
		} else {
			out.Set(m.Name, m.Value)
		}
	}
	return out
}
