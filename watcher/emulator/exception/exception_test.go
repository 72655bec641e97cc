package exception_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
)

func TestBody(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"alone": {
			exception.BadArgument("no"),
			`{"error":{"root_cause":[{"type":"illegal_argument_exception","reason":"no"}],"type":"illegal_argument_exception","reason":"no"},"status":400}`,
		},
		"the root cause stays outside of what is not Elasticsearch's own": {
			exception.New(400, "mapper_parsing_exception", "a").Because(exception.BadArgument("b")),
			`{"error":{"root_cause":[{"type":"mapper_parsing_exception","reason":"a"}],"type":"mapper_parsing_exception","reason":"a","caused_by":{"type":"illegal_argument_exception","reason":"b"}},"status":400}`,
		},
		"the root cause is the innermost parse error": {
			exception.New(400, "x_content_parse_exception", "a").Because(
				exception.New(0, "x_content_parse_exception", "b").Because(exception.New(0, "parsing_exception", "c").With("line", exception.Int(1)))),
			`{"error":{"root_cause":[{"type":"parsing_exception","reason":"c","line":1}],"type":"x_content_parse_exception","reason":"a","caused_by":{"type":"x_content_parse_exception","reason":"b","caused_by":{"type":"parsing_exception","reason":"c","line":1}}},"status":400}`,
		},
		"of package watcher, wrapped": {
			fmt.Errorf("put: %w", &watcher.ParseError{
				Status: 400, RootType: "parse_exception", RootReason: "b",
				Cause: watcher.Cause{Type: "parse_exception", Reason: "a", CausedBy: &watcher.Cause{Type: "parse_exception", Reason: "b"}},
			}),
			`{"error":{"root_cause":[{"type":"parse_exception","reason":"b"}],"type":"parse_exception","reason":"a","caused_by":{"type":"parse_exception","reason":"b"}},"status":400}`,
		},
		"a text":                {&exception.Exception{Status: 405, Plain: "no"}, `{"error":"no","status":405}`},
		"a text without status": {&exception.Exception{Status: 400, Plain: "no", NoStatus: true}, `{"error":"no"}`},
		"anything else": {
			errors.New("disk full"),
			`{"error":{"root_cause":[{"type":"exception","reason":"disk full"}],"type":"exception","reason":"disk full"},"status":500}`,
		},
	} {
		if d := cmp.Diff(c.want, string(watcher.Encode(exception.From(c.err).Body()))); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}
