package main

import (
	"github.com/sigwatch/sigwatch/config"
	"github.com/sigwatch/sigwatch/watcher/elastic"
	"github.com/sigwatch/sigwatch/watcher/emulator"
)

// connect makes the client of a run; for the built-in Watcher it starts one
// for as long as the run lasts. The second result stops it.
func (a *app) connect(to config.Connection) (*elastic.Client, func() error, error) {
	stop := func() error { return nil }
	settings := elastic.Config{
		Addresses: to.Addresses, API: a.scalars.String("api"),
		Logger: a.logger(), UserAgent: "sigwatch/" + version(),
	}
	if to.Embedded() {
		s, err := serve("127.0.0.1:0", emulator.Options{Path: storeFile(inFolder(a.dir, to.Store)), Logger: a.logger()})
		if err != nil {
			return nil, nil, &failure{code: exitCluster, err: err}
		}
		settings.Addresses, stop = []string{s.url}, s.stop
	} else if err := credentials(to, &settings); err != nil {
		return nil, nil, err
	}
	if err := rootsFor(settings.Addresses); err != nil {
		_ = stop()
		return nil, nil, &failure{code: exitCluster, err: err}
	}
	client, err := elastic.New(settings)
	if err != nil {
		_ = stop()
		return nil, nil, &failure{code: exitConfig, err: err}
	}
	return client, stop, nil
}

// credentials reads the secrets of the connection.
func credentials(to config.Connection, settings *elastic.Config) error {
	c, err := to.Credentials()
	if err != nil {
		return &failure{code: exitConfig, err: err}
	}
	settings.APIKey, settings.Username, settings.Password, settings.CA = c.APIKey, c.Username, c.Password, c.CA
	return nil
}
