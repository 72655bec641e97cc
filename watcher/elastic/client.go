package elastic

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
	"github.com/elastic/go-elasticsearch/v8"
)

// The values of Config.API.
const (
	// Watcher is the prefix /_watcher, which every line from 6.3 on has.
	Watcher = "watcher"
	// XPack is the prefix /_xpack/watcher, which 6.x and 7.x have.
	XPack = "xpack"
)

// Config says how to reach a cluster. Nothing of it comes from the
// environment.
type Config struct {
	// Addresses are the nodes' URLs; at least one. A user and a password in
	// one are used, and shown nowhere, where no other credentials are given.
	Addresses []string
	// APIKey is an API key, base64 as the server gave it or as "id:key". It
	// wins over Username and Password.
	APIKey             string
	Username, Password string
	// CA holds PEM certificates; where there are any, only they are trusted.
	CA []byte
	// API is Watcher (the default) or XPack.
	API string
	// Timeout bounds each single request; 0 stands for 30 seconds.
	Timeout time.Duration
	// Retries is how often a read is tried again on 429, 502, 503, 504 and
	// lost connections; 0 stands for 3, a negative number for none.
	Retries int
	// Backoff is how long to wait before the attempt of that number (from 1);
	// nil doubles from 200 ms up to 5 s, with some chance in it.
	Backoff func(attempt int) time.Duration
	// PageSize is how many watches a listing asks for at once; 0 stands for
	// 1000.
	PageSize  int
	Logger    *slog.Logger
	UserAgent string
}

// Client is a connection to one cluster. It is safe for concurrent use.
type Client struct {
	transport elastictransport.Interface
	cfg       Config
	// shown are the addresses without credentials.
	shown string
	// noQuery is set once the cluster turned out to lack the listing call
	// (before 7.11).
	noQuery atomic.Bool
}

// New returns a client for the cluster. It sends nothing yet; an error means a
// configuration that cannot work.
func New(cfg Config) (*Client, error) {
	cfg = withDefaults(cfg)
	if cfg.API != Watcher && cfg.API != XPack {
		return nil, fmt.Errorf("unknown API %q: watcher or xpack", cfg.API)
	}
	addresses, err := splitCredentials(&cfg)
	if err != nil {
		return nil, err
	}
	transport, err := roundTripper(cfg.CA)
	if err != nil {
		return nil, err
	}
	base, err := elasticsearch.NewBaseClient(elasticsearch.Config{
		Addresses: addresses,
		APIKey:    encodedKey(cfg.APIKey),
		Username:  cfg.Username, Password: cfg.Password,
		Header:            http.Header{"User-Agent": {cfg.UserAgent}},
		DisableRetry:      true,
		DisableMetaHeader: true,
		Transport:         transport,
		Interceptors:      []elastictransport.InterceptorFunc{keepEscapes},
	})
	if err != nil {
		return nil, fmt.Errorf("set up the client: %w", err)
	}
	return &Client{transport: base.Transport, cfg: cfg, shown: strings.Join(addresses, ", ")}, nil
}

func withDefaults(cfg Config) Config {
	if cfg.API == "" {
		cfg.API = Watcher
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	if cfg.Retries == 0 {
		cfg.Retries = 3
	}
	if cfg.Backoff == nil {
		cfg.Backoff = backoff
	}
	if cfg.PageSize <= 0 {
		cfg.PageSize = 1000
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = "sigwatch"
	}
	return cfg
}

func backoff(attempt int) time.Duration {
	d := min(200*time.Millisecond<<min(attempt-1, 10), 5*time.Second)
	return d/2 + rand.N(d/2+1)
}

// splitCredentials returns the addresses without user and password, so that no
// text can show them, and takes these where there are no others.
func splitCredentials(cfg *Config) ([]string, error) {
	if len(cfg.Addresses) == 0 {
		return nil, errors.New("no address of a cluster is given")
	}
	var out []string
	for n, address := range cfg.Addresses {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("address %d of the cluster is no http or https URL", n+1)
		}
		if u.User != nil && cfg.APIKey == "" && cfg.Username == "" {
			cfg.Username = u.User.Username()
			cfg.Password, _ = u.User.Password()
		}
		u.User, u.RawQuery, u.Fragment = nil, "", ""
		u.Path = strings.TrimSuffix(u.Path, "/")
		out = append(out, u.String())
	}
	return out, nil
}

// encodedKey accepts a key as the two parts that the server shows beside the
// encoded form.
func encodedKey(key string) string {
	if strings.Contains(key, ":") {
		return base64.StdEncoding.EncodeToString([]byte(key))
	}
	return key
}

func roundTripper(ca []byte) (*http.Transport, error) {
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConnsPerHost:   32,
		ForceAttemptHTTP2:     true,
		ExpectContinueTimeout: time.Second,
	}
	if len(ca) == 0 {
		return t, nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, errors.New("the CA file holds no certificate in PEM form")
	}
	t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return t, nil
}

// keepEscapes repairs the path of a request to an address that has a path of
// its own: the library then joins the decoded paths and drops the escaped one,
// so that "%2F" in an id would become a slash.
func keepEscapes(next elastictransport.RoundTripFunc) elastictransport.RoundTripFunc {
	return func(req *http.Request) (*http.Response, error) {
		raw := req.URL.RawPath
		if plain, err := url.PathUnescape(raw); raw != "" && err == nil {
			if prefix, ok := strings.CutSuffix(req.URL.Path, plain); ok && prefix != "" {
				req.URL.RawPath = (&url.URL{Path: prefix}).EscapedPath() + raw
			}
		}
		return next(req)
	}
}

// watchPath is the path of a watch. The id is escaped, whatever is in it.
func (c *Client) watchPath(id string) string {
	prefix := "/_watcher/watch/"
	if c.cfg.API == XPack {
		prefix = "/_xpack/watcher/watch/"
	}
	return prefix + url.PathEscape(id)
}

// wait sleeps before another attempt, and not longer than the context lives.
func (c *Client) wait(ctx context.Context, attempt int) error {
	timer := time.NewTimer(c.cfg.Backoff(attempt))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
