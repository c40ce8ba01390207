package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"marketwarden/internal/market"
)

// caseSetup is a database in which a sweep found that two providers deployed too little of
// what they sold last year on the platform's cloud.
func caseSetup(t *testing.T) (call func(want int, args ...string) (out, errs string), dir string) {
	t.Helper()
	if os.Getenv("DATABASE_URL") != "" {
		t.Setenv("DATABASE_URL", "")
	}
	t.Setenv("MARKETWARDEN_USER", "li")
	_, run, dir := reportSetup(t)
	call = func(want int, args ...string) (string, string) {
		t.Helper()
		code, out, errs := run(append([]string{"--market", "demo"}, args...)...)
		if code != want {
			t.Fatalf("%q: exit %d, want %d\n%s%s", args, code, want, out, errs)
		}
		return out, errs
	}
	year := time.Now().In(market.Shanghai).Year() - 1
	for name, body := range map[string]string{
		"providers": "provider_id,name,kind,markets,status\np1,云海科技,企业,软件,正常\np2,青山软件,企业,软件,正常\n",
		"listings": "listing_id,provider_id,title,delivery,detail_url,listed_at,price,status\n" +
			"l1,p1,备份,镜像,https://market.demo.test/l1,2025-01-01,99,在售\nl2,p2,迁移,镜像,https://market.demo.test/l2,2025-01-01,99,在售\n",
		"orders": "order_id,listing_id,buyer_id,paid_at,quantity,amount,status,deployed_on\n" +
			fmt.Sprintf("o1,l1,b1,%d-06-01,10,990,completed,other\no2,l2,b1,%[1]d-06-01,10,990,completed,other\n", year),
	} {
		write(t, filepath.Join(dir, name+".csv"), body)
	}
	call(exitDone, "import", "providers", filepath.Join(dir, "providers.csv"))
	call(exitDone, "import", "listings", filepath.Join(dir, "listings.csv"))
	call(exitDone, "import", "orders", "--covers", fmt.Sprintf("%d-01-01..%[1]d-12-31", year), filepath.Join(dir, "orders.csv"))
	call(exitPartial, "sweep", "--only", "accounts")
	return call, dir
}

func write(t *testing.T, path, body string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
}

// listed are the beginnings of the fingerprints that a list shows, by provider.
func listed(out string) map[string]string {
	prints := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^ +([0-9a-f]{12}) .* (p[12])\b`).FindAllStringSubmatch(out, -1) {
		prints[m[2]] = m[1]
	}
	return prints
}

func says(t *testing.T, out string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said in\n%s", want, out)
		}
	}
}

// TestCases decides about the records of a sweep as people do, and follows what comes of
// it through lists and reports.
func TestCases(t *testing.T) {
	call, dir := caseSetup(t)
	out, _ := call(exitDone, "cases")
	prints := listed(out)
	if len(prints) != 2 {
		t.Fatalf("two records want a decision:\n%s", out)
	}
	out, _ = call(exitDone, "cases", "confirm", "--why", "orders were counted again", prints["p1"])
	says(t, out, prints["p1"]+"  confirm  noted")
	out, _ = call(exitDone, "cases", "confirm", "--why", "once more", strings.ToUpper(prints["p1"]))
	says(t, out, "stands; nothing added")
	if out, _ = call(exitDone, "cases", "list"); len(listed(out)) != 1 || listed(out)["p2"] == "" {
		t.Errorf("the confirmed record wants no decision:\n%s", out)
	}

	until := time.Now().In(market.Shanghai).AddDate(0, 0, 10).Format(time.DateOnly)
	_, errs := call(exitUsage, "cases", "waive", "--why", "moving", "--owner", "wang", "--until", until, "--content", "00", prints["p2"])
	says(t, errs, "says something else now", "nothing was decided")
	call(exitDone, "cases", "waive", "--who", "zhao", "--why", "moving to the cloud", "--owner", "wang", "--until", until, prints["p2"])
	out, _ = call(exitDone, "cases", "list", "--waivers")
	says(t, out, "ends soon", until, "wang", "moving to the cloud")
	out, _ = call(exitDone, "cases", "list", "--all")
	says(t, out, "confirmed", "waived → "+until)
	out, _ = call(exitDone, "cases", "list", "--state", "waived", "--provider", "p1")
	says(t, out, "No record is like that.")

	out, _ = call(exitDone, "cases", "show", prints["p2"])
	says(t, out, "standing: waived", "zhao: moving to the cloud", "until "+until+", owner wang", "it went into none", "clause: 24(5)")
	out, _ = call(exitDone, "report", "--out", filepath.Join(dir, "out"))
	says(t, out, "1 open: violation 1", "0 undecided · 1 confirmed; not counted: 1 waived, 0 dismissed")
	body, err := os.ReadFile(filepath.Join(dir, "out", "violations.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	says(t, string(body), `"decision":{"state":"confirmed","kind":"confirm","who":"li",`, `"until":"`+until+`","owner":"wang"`)
	// What was waived or dismissed fails no sweep, what was confirmed does.
	call(exitDone, "cases", "dismiss", "--why", "the feed was wrong", prints["p1"])
	out, errs = call(exitPartial, "sweep", "--only", "accounts", "--fail-on-violations")
	says(t, out+errs, "0 open: violation 0", "1 waived, 1 dismissed", "partial")
}

// TestReviewedFile reads back what the report wrote, a person filled in and a spreadsheet
// saved.
func TestReviewedFile(t *testing.T) {
	call, dir := caseSetup(t)
	file := filepath.Join(dir, "reviewed.csv")
	review := func(fill func(rows [][]string)) {
		t.Helper()
		call(exitDone, "report", "--format", "csv", "--out", dir)
		body, err := os.ReadFile(filepath.Join(dir, "violations.csv"))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))).ReadAll()
		if err != nil || len(rows) != 3 {
			t.Fatalf("%d rows: %v", len(rows), err)
		}
		fill(rows)
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.Comma = ';'
		if err := w.WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		write(t, file, b.String())
	}
	// One bad row keeps the good one out.
	review(func(rows [][]string) {
		rows[1][0], rows[1][1] = "confirm", "=2 orders"
		content := slices.Index(rows[0], "content hash")
		rows[2][0], rows[2][1], rows[2][content] = "dismiss", "no", strings.Repeat("0", 64)
	})
	_, errs := call(exitUsage, "cases", "confirm", "--from", file)
	says(t, errs, "reviewed.csv:3:content hash: the record says something else now", "refused: nothing of it was decided")
	if out, _ := call(exitDone, "cases"); len(listed(out)) != 2 {
		t.Errorf("something was decided:\n%s", out)
	}
	review(func(rows [][]string) { rows[1][0], rows[1][1] = "确认", "=2 orders" })
	out, _ := call(exitDone, "cases", "confirm", "--from", file, "--who", "zhao")
	says(t, out, "1 decisions noted; 0 stood already; 0 were read from this file before")
	out, _ = call(exitDone, "cases", "list", "--state", "confirmed")
	out, _ = call(exitDone, "cases", "show", listed(out)["p1"])
	says(t, out, "confirm  zhao: =2 orders", "read from reviewed.csv sha256:")

	// Read again it adds nothing, not even after people decided otherwise.
	call(exitDone, "cases", "dismiss", "--why", "looked again", listed(first(call(exitDone, "cases", "list", "--all")))["p1"])
	out, _ = call(exitDone, "cases", "confirm", "--from", file)
	says(t, out, "0 decisions noted; 0 stood already; 1 were read from this file before")
	out, _ = call(exitDone, "cases", "list", "--state", "dismissed")
	if listed(out)["p1"] == "" {
		t.Errorf("the later decision does not stand:\n%s", out)
	}
	review(func([][]string) {})
	call(exitNothing, "cases", "confirm", "--from", file)
}

// TestReviewedFileUndoesNothing: a sheet that lay about does not take back what people
// decided after it was exported, by one row more or not, and what it does take back of
// what it shows is told by name.
func TestReviewedFileUndoesNothing(t *testing.T) {
	call, dir := caseSetup(t)
	file := filepath.Join(dir, "day1.csv")
	export := func() (rows [][]string) { // as the report writes them: by provider
		t.Helper()
		call(exitDone, "report", "--format", "csv", "--out", dir)
		body, err := os.ReadFile(filepath.Join(dir, "violations.csv"))
		if err != nil {
			t.Fatal(err)
		}
		if rows, err = csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))).ReadAll(); err != nil || len(rows) != 3 {
			t.Fatalf("%d rows: %v", len(rows), err)
		}
		return rows
	}
	save := func(rows [][]string) {
		t.Helper()
		var b bytes.Buffer
		if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		write(t, file, b.String())
	}
	rows := export()
	prints := listed(first(call(exitDone, "cases")))

	// A row that was read before from an earlier version of the sheet is no fault.
	rows[1][0], rows[1][1] = "dismiss", "wrong feed"
	save(rows)
	call(exitDone, "cases", "confirm", "--from", file)
	rows[2][0], rows[2][1] = "dismiss", "wrong feed, too"
	save(rows)
	out, _ := call(exitDone, "cases", "confirm", "--from", file)
	says(t, out, "1 decisions noted; 1 stood already; 0 were read")

	// Others decide otherwise; the sheet, with another word in it, does not undo it.
	out, _ = call(exitDone, "cases", "confirm", "--who", "boss", "--why", "asked the provider", prints["p1"])
	says(t, out, prints["p1"]+`  confirm  noted, replaces "dismiss" by li of `)
	rows[2][1] = "wrong feed as well"
	save(rows)
	_, errs := call(exitUsage, "cases", "confirm", "--from", file)
	says(t, errs, "day1.csv:2:decision number: decided since the file was exported: confirm by boss at ",
		"day1.csv:3:decision number: decided since the file was exported: dismiss by li at ", "refused: nothing of it was decided")
	out, _ = call(exitDone, "cases", "list", "--state", "confirmed")
	if listed(out)["p1"] == "" {
		t.Errorf("what the boss decided does not stand:\n%s", out)
	}

	// Who has seen it may decide otherwise, and is told what that takes back.
	rows = export()
	rows[1][0], rows[1][1] = "dismiss", "the provider showed it"
	save(rows)
	out, _ = call(exitDone, "cases", "confirm", "--from", file)
	says(t, out, prints["p1"]+`  dismiss  noted, replaces "confirm" by boss of `, "1 decisions noted; 0 stood already")
}

func first(a, _ string) string { return a }
