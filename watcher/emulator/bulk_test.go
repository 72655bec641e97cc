package emulator_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sigwatch/sigwatch/watcher/emulator"
)

const bulk = 2199

func bulkBody(i int) []byte {
	clauses := strings.Repeat(`(process.command_line:*\\\\a\\ b* OR process.executable:*\\\\c.exe) AND `, 20)
	return fmt.Appendf(nil, `{"trigger":{"schedule":{"cron":"%d 3/5 * * * ?"}},
"input":{"search":{"request":{"indices":["logs-*"],"body":{"size":20,"query":{"bool":{"filter":[{"query_string":{"query":"%s x:1"}}]}}}}}},
"condition":{"compare":{"ctx.payload.hits.total":{"gt":0}}},
"actions":{"mail":{"email":{"to":["soc@example.org"],"subject":"rule %d","body":{"text":"found {{ctx.payload.hits.total}}"}}}},
"metadata":{"sigwatch":{"owner":"soc","watch":"soc-%05d","file":"rules/r%d.yml"}}}`, i%60, clauses, i, i, i)
}

// putAll puts every watch by a few clients at once.
func putAll(tb testing.TB, url string, clients int) {
	tb.Helper()
	next := make(chan int)
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for i := range next {
				req, err := http.NewRequest(http.MethodPut, fmt.Sprintf("%s/_watcher/watch/soc-%05d", url, i), bytes.NewReader(bulkBody(i)))
				if err != nil {
					tb.Error(err)
					continue
				}
				req.Header.Set("Content-Type", "application/json")
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					tb.Error(err)
					continue
				}
				if res.StatusCode != 200 && res.StatusCode != 201 {
					tb.Errorf("put %d: %d", i, res.StatusCode)
				}
				_, err = io.Copy(io.Discard, res.Body)
				if err := errors.Join(err, res.Body.Close()); err != nil {
					tb.Error(err)
				}
			}
		})
	}
	for i := range bulk {
		next <- i
	}
	close(next)
	wg.Wait()
}

// TestBulk puts as many watches as SigmaHQ has rules and lists them in pages,
// on disk. The times are logged; what is checked is that all are there.
func TestBulk(t *testing.T) {
	if testing.Short() {
		t.Skip("takes two seconds")
	}
	server := serve(t, emulator.Options{Path: filepath.Join(t.TempDir(), "watches.db")})
	start := time.Now()
	putAll(t, server.URL, 4)
	t.Logf("%d puts by 4 clients on disk: %s", bulk, time.Since(start).Round(time.Millisecond))
	for range 2 {
		start = time.Now()
		seen := listAll(t, server.URL)
		t.Logf("listing them in pages of 1000: %s", time.Since(start).Round(time.Millisecond))
		if len(seen) != bulk {
			t.Errorf("%d watches are listed, want %d", len(seen), bulk)
		}
	}
}

func listAll(t *testing.T, url string) map[string]bool {
	t.Helper()
	seen := map[string]bool{}
	after := ""
	for {
		body := `{"size":1000,"query":{"term":{"metadata.sigwatch.owner.keyword":"soc"}},"sort":[{"metadata.sigwatch.watch.keyword":{"order":"asc"}}]` + after + `}`
		res, err := http.Post(url+"/_watcher/_query/watches", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		var page struct {
			Count   int
			Watches []struct {
				ID string `json:"_id"`
			}
		}
		err = errors.Join(json.NewDecoder(res.Body).Decode(&page), res.Body.Close())
		if err != nil || page.Count != bulk {
			t.Fatalf("count %d, want %d (%v)", page.Count, bulk, err)
		}
		if len(page.Watches) == 0 {
			return seen
		}
		for _, w := range page.Watches {
			seen[w.ID] = true
		}
		after = fmt.Sprintf(`,"search_after":[%q]`, page.Watches[len(page.Watches)-1].ID)
	}
}
