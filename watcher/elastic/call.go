package elastic

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/sigwatch/sigwatch/watcher"
)

// maxAnswer bounds what is read of one answer: a page of a thousand watches of
// a quarter of a megabyte each.
const maxAnswer = 256 << 20

// call is one request.
type call struct {
	// what is being tried, for error texts: `put watch "a"`.
	what   string
	method string
	// path is escaped; query is not part of it.
	path  string
	query url.Values
	body  []byte
	// read may be sent again.
	read bool
}

// answer is what came back with a status below 300, or one that the caller
// asked to see.
type answer struct {
	status int
	header http.Header
	body   *watcher.Object
}

// do sends a request, reads again what may be read again, and returns an
// *Error for everything but a JSON object with a status below 300.
func (c *Client) do(ctx context.Context, k call) (answer, error) {
	for attempt := 1; ; attempt++ {
		a, err := c.once(ctx, k)
		var e *Error
		if err == nil || !k.read || attempt > c.cfg.Retries || !errors.As(err, &e) || !e.Temporary() {
			return a, err
		}
		c.cfg.Logger.InfoContext(ctx, "read again", "what", k.what, "attempt", attempt, "error", err)
		if c.wait(ctx, attempt) != nil {
			return a, err
		}
	}
}

func (c *Client) once(ctx context.Context, k call) (answer, error) {
	inner, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	start := time.Now()
	status, header, data, err := c.exchange(inner, k)
	c.cfg.Logger.DebugContext(ctx, "request", "method", k.method, "path", k.path,
		"status", status, "duration", time.Since(start), "failed", err != nil)
	if err != nil {
		if ctx.Err() != nil {
			return answer{}, fmt.Errorf("%s: %w", k.what, context.Cause(ctx))
		}
		return answer{}, c.networkError(k, err)
	}
	return c.judge(k, status, header, data)
}

func (c *Client) exchange(ctx context.Context, k call) (int, http.Header, []byte, error) {
	var body io.Reader = http.NoBody
	if k.body != nil {
		body = bytes.NewReader(k.body)
	}
	target := k.path
	if len(k.query) > 0 {
		target += "?" + k.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, k.method, target, body)
	if err != nil {
		return 0, nil, nil, fmt.Errorf("make the request: %w", err)
	}
	if k.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.transport.Perform(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return res.StatusCode, nil, nil, fmt.Errorf("read the answer: %w", err)
	}
	if len(data) > maxAnswer {
		return res.StatusCode, nil, nil, errTooLarge
	}
	return res.StatusCode, res.Header, data, nil
}

// judge tells a good answer from an error, and Elasticsearch from other
// servers.
func (c *Client) judge(k call, status int, header http.Header, data []byte) (answer, error) {
	body, err := watcher.ParseObject(data, watcher.ParseOptions{MaxDepth: 2000})
	if err != nil || body == nil {
		return answer{}, c.strangeAnswer(k, status, header)
	}
	a := answer{status: status, header: header, body: body}
	if status >= http.StatusMultipleChoices {
		return a, c.refusal(k, a)
	}
	if w := header.Get("Warning"); w != "" {
		c.cfg.Logger.Info("the server warns", "what", k.what, "warning", w)
	}
	return a, nil
}
