package config

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/sigwatch/sigwatch/diag"
)

// embedded begins the address of the built-in Watcher.
const embedded = "embedded:"

// IsEmbedded tells whether an address means the built-in Watcher.
func IsEmbedded(address string) bool { return strings.HasPrefix(address, embedded) }

// Connection says where a run goes. Its secrets are not read yet.
type Connection struct {
	// Name is what the plan calls it: the target's name or the address.
	Name string
	// Addresses are one or more; empty for the built-in Watcher.
	Addresses []string
	// Store is the folder or file of the built-in Watcher, else empty.
	Store string

	dir      string
	apiKey   Secret
	username string
	password Secret
	ca       string
}

// Embedded tells whether the built-in Watcher is meant.
func (c Connection) Embedded() bool { return c.Store != "" }

// Credentials are what a client needs besides addresses.
type Credentials struct {
	APIKey, Username, Password string
	CA                         []byte
}

// Credentials reads the secrets and the CA file of the connection.
func (c Connection) Credentials() (Credentials, error) {
	out := Credentials{Username: c.username}
	var err error
	if out.APIKey, err = c.apiKey.Read(c.dir); err != nil {
		return Credentials{}, fmt.Errorf("api_key of target %q: %w", c.Name, err)
	}
	if out.Password, err = c.password.Read(c.dir); err != nil {
		return Credentials{}, fmt.Errorf("password of target %q: %w", c.Name, err)
	}
	if c.ca == "" {
		return out, nil
	}
	if out.CA, err = os.ReadFile(inFolder(c.dir, c.ca)); err != nil {
		return Credentials{}, fmt.Errorf("ca of target %q: %w", c.Name, err)
	}
	return out, nil
}

// Connection returns what the scalar settings url and target choose. Without
// either it is the only target of the file.
func (c *Config) Connection() (Connection, []diag.Diagnostic) {
	address, name := c.Scalars.String("url"), c.Scalars.String("target")
	out := Connection{Name: name, dir: c.Dir}
	if name != "" || address == "" {
		t, ds := c.target(name)
		if len(ds) > 0 {
			return Connection{}, ds
		}
		out = c.connect(t)
	}
	if address != "" {
		if ds := out.redirect(address); len(ds) > 0 {
			return Connection{}, ds
		}
	}
	c.environment(&out)
	return out, c.unowned(out)
}

// unowned refuses to go to a cluster without a name of one's own: two teams
// that both left it to the default would delete each other's watches.
func (c *Config) unowned(to Connection) []diag.Diagnostic {
	if c.named || to.Embedded() {
		return nil
	}
	return []diag.Diagnostic{{
		Span: c.whole(), Severity: diag.Error, Code: "config/missing-key",
		Message: "no owner is named, and the watches of a cluster need one",
		Hint:    "add owner: and the name of your team; a run only touches watches that bear it",
	}}
}

// target finds a target by its name, or the only one there is.
func (c *Config) target(name string) (Target, []diag.Diagnostic) {
	var names []string
	for _, t := range c.Targets {
		if t.Name == name || name == "" && len(c.Targets) == 1 {
			return t, nil
		}
		names = append(names, t.Name)
	}
	d := diag.Diagnostic{Severity: diag.Error, Span: c.whole(), Code: "config/no-target"}
	switch {
	case len(names) == 0:
		d.Message = "the configuration names no target"
		d.Hint = `write targets: {local: {url: "embedded:"}}, or say --url`
	case name == "":
		d.Message = "there are several targets, and none is chosen"
		d.Hint = "choose with --target: " + strings.Join(names, ", ")
	default:
		d.Message = fmt.Sprintf("unknown target %q", name)
		d.Hint = unknownHint(name, names)
	}
	return Target{}, []diag.Diagnostic{d}
}

func (c *Config) connect(t Target) Connection {
	out := Connection{
		Name: t.Name, dir: c.Dir,
		apiKey: t.APIKey, username: t.Username, password: t.Password, ca: t.CA,
	}
	for _, u := range t.URLs {
		if IsEmbedded(u.Value) {
			out.Store = inFolder(c.Dir, storePath(u.Value))
			return out
		}
		out.Addresses = append(out.Addresses, u.Value)
	}
	return out
}

func storePath(address string) string {
	if path := strings.TrimPrefix(address, embedded); path != "" {
		return path
	}
	return ".sigwatch"
}

// redirect sends the connection to another address. A path in it is as seen
// from the working folder.
func (c *Connection) redirect(address string) []diag.Diagnostic {
	c.Addresses, c.Store = nil, ""
	if IsEmbedded(address) {
		c.Store = storePath(address)
		if address == embedded {
			c.Store = inFolder(c.dir, c.Store)
		}
		c.Name = cmp.Or(c.Name, address)
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return []diag.Diagnostic{{
			Severity: diag.Error, Code: "config/bad-value", Message: "--url holds no address of a cluster",
			Hint: "write https://host:9200, or embedded:",
		}}
	}
	if u.User != nil {
		c.username = u.User.Username()
		password, _ := u.User.Password()
		c.password = open(password)
		c.apiKey, u.User = Secret{}, nil
	}
	c.Addresses = []string{u.String()}
	c.Name = cmp.Or(c.Name, u.String())
	return nil
}

// environment lets credentials of the environment win over those of the file,
// all of them together: half a pair of each would be nobody's.
func (c *Config) environment(to *Connection) {
	key, user, password := c.Scalars.String("api_key"), c.Scalars.String("username"), c.Scalars.String("password")
	if key != "" || user != "" || password != "" {
		to.apiKey, to.username, to.password = open(key), user, open(password)
	}
	if ca := c.Scalars.String("ca"); ca != "" {
		to.ca = ca
	}
}

// whole is where a diagnostic about the whole file points.
func (c *Config) whole() diag.Span {
	if c.File == nil {
		return diag.Span{}
	}
	return c.File.Whole()
}
