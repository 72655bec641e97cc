package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigwatch/sigwatch/watcher/emulator"
)

type emulateOptions struct {
	listen  string
	store   string
	version string
}

func emulateCommand(a *app) *cobra.Command {
	var o emulateOptions
	cmd := &cobra.Command{
		Use:   "emulate",
		Short: "Serve the built-in Watcher on a TCP port",
		Long: `Serves Elasticsearch's Watcher API as the real one answers, for trying things
and for tests: put, get, delete, activate, deactivate, query and stats, under
/_watcher and /_xpack/watcher. It stores watches; it does not run them.

There is no authentication: listen on the loopback address, or where nobody
else comes. Interrupt it (Ctrl-C) to stop.`,
		Example: `  sigwatch emulate
  sigwatch emulate --listen 127.0.0.1:0 --store /tmp/watches
  sigwatch sync --url http://127.0.0.1:9200`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.emulate(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:9200", "the `ADDRESS` to listen on; port 0 takes a free one")
	f.StringVar(&o.store, "store", "", "keep watches in the folder or .db file `PATH` (else in memory)")
	f.StringVar(&o.version, "version", "7.17", "answer as Elasticsearch of that `VERSION`")
	return cmd
}

func (a *app) emulate(ctx context.Context, o emulateOptions) error {
	v, err := emulator.Line(o.version)
	if err != nil {
		return usageError(err, "write --version 7.17")
	}
	s, err := serve(o.listen, emulator.Options{Path: storeFile(o.store), Version: v, Logger: a.logger()})
	if err != nil {
		return &failure{code: exitCluster, err: err}
	}
	_, err = fmt.Fprintf(a.out, "listening on %s\n", s.url)
	a.say("stop with Ctrl-C")
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-s.failed:
		}
	}
	if err := errors.Join(err, s.close()); err != nil {
		return &failure{code: exitCluster, err: err}
	}
	return nil
}

// server is a running built-in Watcher.
type server struct {
	url      string
	emulator *emulator.Emulator
	http     *http.Server
	failed   chan error
}

// serve starts the built-in Watcher on an address.
func serve(address string, o emulator.Options) (*server, error) {
	if err := makeFolder(o.Path); err != nil {
		return nil, err
	}
	e, err := emulator.New(o)
	if err != nil {
		return nil, fmt.Errorf("open the built-in Watcher: %w", err)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for the built-in Watcher: %w", err), e.Close())
	}
	s := &server{
		url: "http://" + l.Addr().String(), emulator: e, failed: make(chan error, 1),
		http: &http.Server{Handler: e, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)},
	}
	go func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	return s, nil
}

// grace is how long requests under way may take to end.
const grace = 3 * time.Second

// close lets the requests under way end, and then closes the store. A client's
// spare connection, on which no request ever came, is not waited for.
func (s *server) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	return errors.Join(err, s.emulator.Close())
}

// stop closes at once: the one client is done.
func (s *server) stop() error { return errors.Join(s.http.Close(), s.emulator.Close()) }

// storeFile is the file of a store that the user names by file or folder.
func storeFile(path string) string {
	if path == "" || strings.HasSuffix(path, ".db") {
		return path
	}
	return filepath.Join(path, "watcher.db")
}

// makeFolder makes the folder of the store, which no repository should hold.
func makeFolder(file string) error {
	if file == "" {
		return nil
	}
	dir := filepath.Dir(file)
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the store's folder: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*\n"), 0o600); err != nil {
		return fmt.Errorf("fill the store's folder: %w", err)
	}
	return nil
}
