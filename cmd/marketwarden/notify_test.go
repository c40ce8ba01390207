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
	mustMatch(t, out, `第 1 次巡检：将通知 1 家服务商`, `未通知：待审核`, `其他未消除的记录`)
	out, _ = call(exitDone, "notify", "--explain", "p1")
	mustMatch(t, out, `provider p1 \(云海科技\), sweep 1: records: 1, notices: 0`, prints["p1"]+` +deployment-ratio +p1 +will be told`)

	out, errs := call(exitDone, "notify", "--send")
	mustMatch(t, out, `sweep 1: 1 notices sent, after sweep 2 had looked again\.`, `(?m)^MW-\d{4}-000001 +p1 +sent +1 +-`)
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
		{"notify", "--explain", ""},
		{"notify", "--provider", " "},
	} {
		call(exitUsage, wrong...)
	}
	_, errs = call(exitUsage, "notify", "--sweep", "99")
	mustMatch(t, errs, `sweep 99: no such sweep`)
	_, errs = call(exitUsage, "notices", "settle", ref, "--sent", "--why", "x")
	mustMatch(t, errs, `another state: it is sent; only one that is unknown`)
	call(exitNothing, "notices", "list", "--state", "unknown")
	_, errs = call(exitUsage, "notices", "retry", ref, "--why", "x")
	mustMatch(t, errs, `another state: it is sent; only one that failed`)

	// A folder that cannot be written to: the notice waits, and says what to do.
	call(exitDone, "cases", "confirm", "--why", "checked with the order desk", prints["p2"])
	if err := os.RemoveAll(filepath.Join(dir, "notices")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "notices"), "in the way")
	out, _ = call(exitPartial, "notify", "--send")
	mustMatch(t, out, `(?m)^MW-\d{4}-000002 +p2 +queued`, `not delivered: 1 put off, 0 failed, 0 unknown`, `1 wait for another notify --send, to be tried again from 20`)
	out, _ = call(exitDone, "notices", "list", "--state", "queued")
	mustMatch(t, out, `a notify --send from 20\S+ \S+ \(Shanghai\) on looks again and sends it`)

	// It is not due yet: the next run sends nothing, and does not pass that over.
	out, _ = call(exitPartial, "notify", "--send")
	mustMatch(t, out, `: 0 notices sent, after sweep \d+ had looked again; 1 wait for another notify --send, to be tried again from 20`,
		`not delivered: 1 put off, 0 failed, 0 unknown`, `(?m)^MW-\d{4}-000002 +p2 +queued .* a notify --send from 20`)
	out, _ = call(exitPartial, "--lang", "zh", "notify", "--send")
	mustMatch(t, out, `已发送 0 份通知，发送前由第 \d+ 次巡检复查；1 份等待再次运行 notify --send，最早 20\S+ \S+（北京时间）重试。`, `未送达：1 份待重试，`)
}

func mustMatch(t *testing.T, text string, patterns ...string) {
	t.Helper()
	for _, p := range patterns {
		if !regexp.MustCompile(p).MatchString(text) {
			t.Errorf("%q is not matched by\n%s", p, strings.TrimSpace(text))
		}
	}
}

// TestNotifyChannelFirst: with a channel that cannot start nothing is queued and nothing
// is looked at again, and the key to mend is named.
func TestNotifyChannelFirst(t *testing.T) {
	call, dir := caseSetup(t)
	out, _ := call(exitDone, "cases", "list")
	call(exitDone, "cases", "confirm", "--why", "checked", listed(out)["p1"])
	config := filepath.Join(dir, "marketwarden.yaml")
	was, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("MARKETWARDEN_WEBHOOK_SECRET", "")
	write(t, config, string(was)+"notices: {channel: webhook, webhook: {url: \"https://hook.example/\"}}\n")
	_, errs := call(exitUsage, "notify", "--send")
	mustMatch(t, errs, `notices\.webhook\.secret_file`)
	call(exitNothing, "notices", "list")
	out, _ = call(exitDone, "sweeps", "list")
	if strings.Contains(out, "\n2 ") {
		t.Errorf("a sweep looked again:\n%s", out)
	}
}
