package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNotifyCommand: what people confirm is previewed, sent once, explained, and a notice
// that a person has to deal with says how.
func TestNotifyCommand(t *testing.T) {
	call, dir := caseSetup(t)
	if _, errs := call(exitNothing, "notify"); errs != "" {
		t.Errorf("nothing to tell says %q", errs)
	}
	out, _ := call(exitDone, "cases", "list")
	prints := listed(out)
	call(exitDone, "cases", "confirm", "--why", "checked with the order desk", prints["p1"])

	out, _ = call(exitDone, "notify")
	mustMatch(t, out, `sweep 1: notices for 1 providers\. These are previews`, `(?m)^p1 .*PREVIEW-p1\.eml`, `1  not told: nobody decided about it`)
	out, _ = call(exitDone, "--lang", "zh", "notify")
	mustMatch(t, out, `检查 1：将通知 1 家服务商`, `未通知：尚无人认定`)
	out, _ = call(exitDone, "notify", "--explain", "p1")
	mustMatch(t, out, `provider p1 \(云海科技\), sweep 1: records: 1, notices: 0`, prints["p1"]+` +deployment-ratio +p1 +will be told`)

	out, errs := call(exitDone, "notify", "--send")
	mustMatch(t, out, `sweep 1: 1 notices sent, after sweep 2 had looked again`, `(?m)^MW-\d{4}-000001 +p1 +sent +1 +-`)
	mustMatch(t, errs, `sweep 2: 1 of 1 units`)
	ref := regexp.MustCompile(`MW-\d{4}-000001`).FindString(out)
	mail, err := os.ReadFile(filepath.Join(dir, "notices", ref+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	out, _ = call(exitDone, "notices", "show", ref, "--message")
	if out != string(mail) {
		t.Error("the message shown is not the one sent")
	}
	out, _ = call(exitDone, "notices", "show", ref)
	mustMatch(t, out, `state +sent`, prints["p1"]+` +deployment-ratio +p1`, `queued +-`)
	out, _ = call(exitNothing, "notify", "--send")
	mustMatch(t, out, `sweep 1: no notices to send`)
	out, _ = call(exitDone, "notify", "--explain", "p1")
	mustMatch(t, out, prints["p1"]+` +deployment-ratio +p1 +told \(`+ref+`\)`, `(?m)^`+ref+` +sent`)
	for _, wrong := range [][]string{
		{"notify", "--sweep", "7"},
		{"notify", "--sweep", "2"},
		{"notify", "--provider", "nobody"},
		{"notify", "--explain", "nobody"},
		{"notices", "show", "MW-2000-000009"},
		{"notices", "retry", "9", "--why", "x"},
		{"notices", "settle", ref, "--sent", "--why", "x"},
	} {
		call(exitUsage, wrong...)
	}
	call(exitNothing, "notices", "list", "--state", "unknown")
	call(exitUsage, "notices", "retry", ref, "--why", "x")

	// A folder that cannot be written to: the notice waits, and says what to do.
	call(exitDone, "cases", "confirm", "--why", "checked with the order desk", prints["p2"])
	if err := os.RemoveAll(filepath.Join(dir, "notices")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "notices"), "in the way")
	out, _ = call(exitPartial, "notify", "--send")
	mustMatch(t, out, `(?m)^MW-\d{4}-000002 +p2 +queued`, `not delivered: 1 put off, 0 failed, 0 unknown`, `tried again by a notify --send from 20`)
	out, _ = call(exitDone, "notices", "list", "--state", "queued")
	mustMatch(t, out, `the next notify --send looks again and sends it`)
}

func mustMatch(t *testing.T, text string, patterns ...string) {
	t.Helper()
	for _, p := range patterns {
		if !regexp.MustCompile(p).MatchString(text) {
			t.Errorf("%q is not matched by\n%s", p, strings.TrimSpace(text))
		}
	}
}
