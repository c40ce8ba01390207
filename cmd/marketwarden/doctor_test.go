package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The doctor's answers depend on the machine; held here are those that do not.
func TestDoctor(t *testing.T) {
	closed := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(closed, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	drop := t.TempDir()
	nightly := filepath.Join(t.TempDir(), "marketwarden.yaml")
	write := `
schedule: [{name: nightly, cron: "30 1 * * *"}, {name: other, cron: manual}]
feeds: [{kind: listings, drop: ` + drop + `}, {kind: orders, drop: missing, covers: name}, {kind: providers, command: [no-such-program]}]
notices: {channel: smtp, from: a@b.example, smtp: {host: 127.0.0.1, port: 1}}
`
	if err := os.WriteFile(nightly, []byte(write), 0o600); err != nil {
		t.Fatal(err)
	}
	secretive := filepath.Join(t.TempDir(), "marketwarden.yaml")
	write = "notices: {channel: smtp, from: a@b.example, smtp: {host: 127.0.0.1, user: u, password_file: no-such-password}}\n"
	if err := os.WriteFile(secretive, []byte(write), 0o600); err != nil {
		t.Fatal(err)
	}
	hooked := filepath.Join(t.TempDir(), "marketwarden.yaml")
	write = "notices: {channel: webhook, webhook: {url: \"https://u:SECRET@hook.example:8443/SECRET?token=SECRET\"}}\n"
	if err := os.WriteFile(hooked, []byte(write), 0o600); err != nil {
		t.Fatal(err)
	}
	foldered := filepath.Join(t.TempDir(), "marketwarden.yaml")
	if err := os.WriteFile(foldered, []byte("notices: {from: a@b.example, folder: "+drop+"/out}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	blocked := filepath.Join(t.TempDir(), "marketwarden.yaml")
	if err := os.WriteFile(blocked, []byte("notices: {folder: "+closed+"/out}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		env  map[string]string
		args []string
		code int
		want []string
	}{
		"nothing made yet": {
			args: []string{"--data-dir", filepath.Join(t.TempDir(), "data"), "--lang", "en"},
			want: []string{"ok    PostgreSQL", "ok    market profile aliyun", "not made yet", "zero-orders", "feed_missing"},
		},
		"nights": {
			args: []string{"--data-dir", t.TempDir(), "--lang", "en", "--config", nightly},
			code: exitUsage,
			want: []string{
				"ok    schedule nightly: next on 2", "T01:30:00+08:00", "by serve --once other", "ok    feed listings is dropped in " + drop,
				"fail  feed orders", "fail  feed providers", "fail  notices: the mail server does not answer",
			},
		},
		"notices": {
			args: []string{"--data-dir", t.TempDir(), "--lang", "en"},
			want: []string{"note  no schedule", "ok    notices are written to a folder\n", "note  notices.from is empty", "note  notices.appeal is empty", "notices.send", "note  calendar: not all public holidays of 20"},
		},
		"notices in a folder": {
			args: []string{"--data-dir", t.TempDir(), "--lang", "en", "--config", foldered},
			want: []string{"ok    notices are written to the folder " + drop + "/out"},
		},
		"notices in no folder": {
			args: []string{"--data-dir", t.TempDir(), "--lang", "en", "--config", blocked},
			code: exitUsage,
			want: []string{"fail  notices.folder " + closed + "/out: "},
		},
		"no password": {
			args: []string{"--data-dir", t.TempDir(), "--lang", "en", "--config", secretive},
			code: exitUsage,
			want: []string{"fail  notices: ", "no-such-password"},
		},
		"webhook": {
			env:  map[string]string{"MARKETWARDEN_WEBHOOK_SECRET": strings.Repeat("k", 64)},
			args: []string{"--data-dir", t.TempDir(), "--lang", "en", "--config", hooked},
			want: []string{"ok    notices go to https://hook.example:8443\n"},
		},
		"in Chinese": {
			args: []string{"--data-dir", t.TempDir(), "--lang", "zh"},
			want: []string{"已安装", "尚未创建", "zero-orders"},
		},
		"no PostgreSQL": {
			env:  map[string]string{"PG_BINDIR": t.TempDir()},
			args: []string{"--data-dir", t.TempDir(), "--lang", "en"},
			code: exitUsage,
			want: []string{"fail  no initdb", "apt-get install"},
		},
		"no PostgreSQL needed, no server": {
			env:  map[string]string{"PG_BINDIR": t.TempDir(), "DATABASE_URL": "postgres:///x?host=" + t.TempDir()},
			args: []string{"--data-dir", t.TempDir(), "--lang", "en"},
			code: exitUsage,
			want: []string{"note  no PostgreSQL here", "fail  database:"},
		},
		"data folder is a file": {
			args: []string{"--data-dir", closed, "--lang", "en"},
			code: exitUsage,
			want: []string{"fail  data folder"},
		},
		"no such market": {
			args: []string{"--data-dir", t.TempDir(), "--market", "nowhere", "--lang", "en"},
			code: exitUsage,
			want: []string{"fail  market profile"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("DATABASE_URL", "")
			for k, v := range test.env {
				t.Setenv(k, v)
			}
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), append(test.args, "doctor"), strings.NewReader(""), &stdout, &stderr)
			if code != test.code {
				t.Errorf("exit code %d, want %d: %s", code, test.code, stderr.String())
			}
			if strings.Contains(stdout.String()+stderr.String(), "SECRET") {
				t.Errorf("a secret is shown:\n%s%s", stdout.String(), stderr.String())
			}
			for _, want := range test.want {
				if !strings.Contains(stdout.String(), want) {
					t.Errorf("%q is not in:\n%s", want, stdout.String())
				}
			}
		})
	}
}
