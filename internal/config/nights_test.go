package config

import (
	"strings"
	"testing"
	"time"
)

// TestValidateSchedule: whatever a schedule entry would do otherwise than it looks is
// refused at the start, with the entry's name and what to write instead.
func TestValidateSchedule(t *testing.T) {
	t.Parallel()
	good, err := load(t, "data_dir: /data\nschedule:\n  - {name: nightly, cron: \"30 1 * * *\"}\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := good.Validate(); err != nil {
		t.Errorf("a plain entry: %v", err)
	}
	manual := good
	manual.Schedule = []Schedule{good.Schedule[0]}
	manual.Schedule[0].Cron = CronManual
	if err := manual.Validate(); err != nil {
		t.Errorf("an entry that is fired from outside: %v", err)
	}
	for entry, want := range map[string]string{
		`cron: ""`:                                      "write five fields",
		`cron: "TZ="`:                                   "under the key zone",
		`cron: "TZ=UTC"`:                                "under the key zone",
		`cron: "5"`:                                     "five fields, not 1",
		`cron: "0 30 1 * * *"`:                          "leave out seconds",
		`cron: "@every 24h"`:                            "write fields",
		`cron: "@reboot"`:                               "write the time of day",
		`cron: "*/70 * * * *"`:                          "step is larger",
		`cron: "0 0 30 2 *"`:                            "no such date",
		`cron: "0 1 * * 7"`:                             "Sunday is 0",
		`cron: "0 1 L * *"`:                             "L (the last one)",
		`cron: "@daily", zone: Mars/Olympus`:            "Asia/Shanghai",
		`cron: "@daily", zone: Local`:                   "Asia/Shanghai",
		`cron: "@daily", catch_up: twice`:               "catch_up must be one of skip, once, all",
		`cron: "@daily", overlap: kill`:                 "overlap must be one of skip, wait",
		`cron: "@daily", only: pages`:                   "only must be one of listings, sites, accounts",
		`cron: "@daily", steps: [sweep, pray]`:          `there is no step "pray"`,
		`cron: "@daily", steps: [report, sweep]`:        "report tells of the night's sweep",
		`cron: "@daily", steps: [sweep, report, sweep]`: "sweep is there twice",
		`cron: "@daily", steps: [import, notify]`:       "notify tells of the night's sweep",
		`cron: "@daily"}, {name: n, cron: "@hourly"`:    "the name is taken",
	} {
		c, err := load(t, "data_dir: /data\nschedule: [{name: n, "+entry+"}]\n", nil)
		if err != nil {
			t.Errorf("%s: %v", entry, err)
			continue
		}
		err = c.Validate()
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "(n)") {
			t.Errorf("%s: error %v does not say %q of the entry", entry, err, want)
		}
	}
}

// TestPatience: by default a night waits for all attempts of a notice, and a wait in which
// nothing could be tried again is refused.
func TestPatience(t *testing.T) {
	t.Parallel()
	n := Default().Notices
	waits := time.Duration(0)
	for attempts := 1; attempts < n.Attempts; attempts++ {
		waits += n.RetryWait * time.Duration(attempts)
	}
	if waits >= n.Patience {
		t.Errorf("%d attempts take %s, and a night waits for %s", n.Attempts, waits, n.Patience)
	}
	for text, ok := range map[string]bool{
		"patience: 0s": true, "patience: 30m": true, "patience: 5m": false, "patience: -1s": false, "retry_wait: 1h": false,
		"{retry_wait: 1s, patience: 2s}": true,
	} {
		if err := noticesOf(t, text); (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "notices.patience") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestWebhookURL: notices cross no network in the clear.
func TestWebhookURL(t *testing.T) {
	t.Parallel()
	for url, ok := range map[string]bool{
		"https://desk.example/in": true, "http://127.0.0.1:8080/in": true, "http://localhost/in": true, "http://[::1]:1/in": true,
		"http://desk.example/in": false, "http://192.0.2.1/in": false, "http://localhost.example/in": false,
		"http://127.0.0.1.example/": false, "ftp://localhost/": false, "/in": false, "https:///in": false, "http://localhost@desk.example/": false,
	} {
		err := noticesOf(t, "{channel: webhook, webhook: {url: '"+url+"'}}")
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "notices.webhook.url") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// noticesOf is what Validate says of a configuration of notices.
func noticesOf(t *testing.T, text string) error {
	t.Helper()
	c, err := load(t, "data_dir: /data\nnotices:\n  "+text+"\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.Validate()
}
