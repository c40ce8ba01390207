package config

import (
	"path/filepath"
	"strings"
	"time"

	"marketwarden/internal/market"
)

// Feed says where a feed comes from.
type Feed struct {
	// Name tells feeds apart in logs. Default: Kind.
	Name string `yaml:"name"`
	// Kind is providers, listings, orders or complaints.
	Kind string `yaml:"kind"`
	// Drop is a folder: files that match Pattern are taken in by name and moved to its
	// subfolder done, or refused. Either Drop or Command is given.
	Drop string `yaml:"drop"`
	// Pattern is a glob of file names. Default: "*.csv". Names that begin with a dot or
	// end in .part or .tmp are left alone.
	Pattern string `yaml:"pattern"`
	// Settle is for how long a file in Drop must not have changed before it is taken in: one
	// that changed since is looked at once more after that time. Default: 10s; 0s = files
	// are complete as soon as they have their names.
	Settle *time.Duration `yaml:"settle"`
	// Command is a program with its arguments whose output is the feed. A relative path
	// with a slash starts from the folder of the configuration file, a bare name is looked up
	// in PATH. {from} and {to} in arguments become days (2026-01-31): the Days days that end with the day before the night.
	Command []string `yaml:"command"`
	// Timeout bounds Command. Default: 30m.
	Timeout time.Duration `yaml:"timeout"`
	// Days is how many days a command is asked for. Default: 1.
	Days int `yaml:"days"`
	// Map is a map file that translates foreign files (docs/feeds.md).
	Map string `yaml:"map"`
	// SkipBad stores the good rows of a file with bad ones.
	SkipBad bool `yaml:"skip_bad"`
	// Snapshot closes the listings that are absent from the feed.
	Snapshot bool `yaml:"snapshot"`
	// Covers says what days an order feed covers: "name" (the file's name holds
	// FROM..TO), "command" (what the command was asked for) or "" (nothing is said).
	Covers string `yaml:"covers"`
}

// Values of Feed.Covers.
const (
	CoversName    = "name"
	CoversCommand = "command"
)

// defaultSettle is for how long files must not have changed where nothing is said.
const defaultSettle = 10 * time.Second

// SettleTime is for how long a file in a drop folder must not have changed.
func (f *Feed) SettleTime() time.Duration {
	if f.Settle == nil {
		return defaultSettle
	}
	return *f.Settle
}

// complete fills in what is left out, and makes paths start from a folder.
func (f *Feed) complete(dir string) {
	f.Name, f.Pattern = orElse(f.Name, f.Kind), orElse(f.Pattern, "*.csv")
	if f.Timeout == 0 {
		f.Timeout = 30 * time.Minute
	}
	if f.Days == 0 {
		f.Days = 1
	}
	f.Drop, f.Map = beside(dir, f.Drop), beside(dir, f.Map)
	if len(f.Command) > 0 && strings.ContainsRune(f.Command[0], filepath.Separator) {
		f.Command[0] = beside(dir, f.Command[0])
		if !strings.ContainsRune(f.Command[0], filepath.Separator) {
			// Beside a configuration in the working directory it must not become a bare name.
			f.Command[0] = "." + string(filepath.Separator) + f.Command[0]
		}
	}
}

// beside is a path of the configuration file: relative ones start from its folder.
func beside(dir, path string) string {
	if path == "" || dir == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func (f *Feed) validate(at string, bad func(string, ...any)) {
	kind, err := market.ParseFeedKind(f.Kind)
	if err != nil {
		bad("%s: %w", at, err)
	}
	if (f.Drop == "") == (len(f.Command) == 0) {
		bad("%s: either drop or command has to be given", at)
	}
	if _, err := filepath.Match(f.Pattern, ""); err != nil || strings.ContainsRune(f.Pattern, filepath.Separator) {
		bad("%s: pattern %q is no pattern of file names", at, f.Pattern)
	}
	if f.Timeout <= 0 || f.Days < 1 {
		bad("%s: timeout must be a positive duration and days at least 1", at)
	}
	if f.SettleTime() < 0 {
		bad("%s: settle must not be negative", at)
	}
	if f.Snapshot && kind != market.FeedListings {
		bad("%s: snapshot is for listings", at)
	}
	oneOf(bad, at+": covers", f.Covers, "", CoversName, CoversCommand)
	switch {
	case f.Covers != "" && kind != market.FeedOrders:
		bad("%s: covers is for orders", at)
	case f.Covers == CoversName && f.Drop == "", f.Covers == CoversCommand && len(f.Command) == 0:
		bad("%s: covers %s does not fit where the feed comes from", at, f.Covers)
	}
}
