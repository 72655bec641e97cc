package emulator

import (
	"github.com/sigwatch/sigwatch/watcher"
	"github.com/sigwatch/sigwatch/watcher/emulator/exception"
)

// checkAccounts refuses actions of the types whose account must exist when a
// watch is read (watcher-api.md 3.3).
func (e *Emulator) checkAccounts(written *watcher.Object) error {
	actions, _ := get[*watcher.Object](written, "actions")
	if actions == nil {
		return nil
	}
	for _, m := range actions.Members {
		one, _ := m.Value.(*watcher.Object)
		for _, kind := range []string{"slack", "pagerduty", "jira", "hipchat"} {
			if body, ok := get[*watcher.Object](one, kind); ok {
				if err := e.checkAccount(kind, body); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (e *Emulator) checkAccount(kind string, body *watcher.Object) error {
	have := e.accounts[kind]
	name, named := get[string](body, "account")
	switch {
	case len(have) == 0 && named:
		return exception.BadArgument("no account found for name: [" + name + "]")
	case len(have) == 0:
		return exception.BadArgument("no accounts of type [" + kind + "] configured. Please set up an account using the [xpack.notification." + kind + "] settings")
	}
	// With accounts there is a default one, which stands in for a name that is
	// not known.
	return nil
}
