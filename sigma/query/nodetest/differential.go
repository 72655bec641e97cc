package nodetest

import (
	"os"
	"strconv"
	"testing"

	"github.com/sigwatch/sigwatch/sigma/match"
	"github.com/sigwatch/sigwatch/sigma/query"
)

// Asked is one clause with the tree that it says.
type Asked struct {
	Tree query.Tree
	// Form names the back end.
	Form string
	// Clause is what the node is asked.
	Clause string
	// More says that it may find more than the tree means.
	More bool
}

// Ask asks an index each of the clauses.
func Ask(n Node, index string, all []Asked) []Answer {
	n.t.Helper()
	clauses := make([]string, len(all))
	for i, a := range all {
		clauses[i] = a.Clause
	}
	return n.Search(index, clauses)
}

// Compare reports each of the answers that failed or is not what its tree
// means. The index's documents are the events, in order.
func Compare(t testing.TB, all []Asked, answers []Answer, events []match.Event) (hits, wrong int) {
	t.Helper()
	for i, got := range answers {
		if got.Err != "" {
			wrong++
			t.Errorf("tree %s\n%s %s\nfailed: %.600s", all[i].Tree, all[i].Form, all[i].Clause, got.Err)
			continue
		}
		h, w := compareOne(t, all[i], got, events, max(0, 20-wrong))
		hits, wrong = hits+h, wrong+w
	}
	return hits, wrong
}

// compareOne says no more than a number of differences aloud.
func compareOne(t testing.TB, a Asked, got Answer, events []match.Event, most int) (hits, wrong int) {
	t.Helper()
	means, err := match.Compile(a.Tree, match.Options{})
	if err != nil {
		t.Errorf("%s is printed but has no meaning: %v", a.Tree, err)
		return 0, 1
	}
	for id, e := range events {
		want := means.Match(e)
		if want {
			hits++
		}
		if want == got.Hits[id+1] || a.More && !want {
			continue
		}
		if wrong++; wrong <= most {
			t.Errorf("tree  %s\n%s  %s\nevent %s\nwant %v, got %v", a.Tree, a.Form, a.Clause, Document(t, e), want, !want)
		}
	}
	return hits, wrong
}

// Number reads a number from the environment: how long a test runs.
func Number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}
