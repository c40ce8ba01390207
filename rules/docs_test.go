package rules_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marketwarden/rules"
)

const docsDir = "../docs/rules"

// TestDocs holds docs/rules to the rulebook; go test ./rules -run TestDocs -update writes
// them anew.
func TestDocs(t *testing.T) {
	t.Parallel()
	want := map[string]string{"README.md": docsIndex(book(t).Rules())}
	for _, r := range book(t).Rules() {
		want[r.ID+".md"] = docsPage(&r)
	}
	if *update {
		for name, text := range want {
			if err := os.WriteFile(filepath.Join(docsDir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	entries, err := os.ReadDir(docsDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, ok := want[e.Name()]; !ok {
			t.Errorf("docs/rules/%s belongs to no rule", e.Name())
		}
	}
	for name, text := range want {
		got, err := os.ReadFile(filepath.Join(docsDir, name))
		if err != nil {
			t.Errorf("read docs: %v", err)
			continue
		}
		if diff := cmp.Diff(text, string(got)); diff != "" {
			t.Errorf("docs/rules/%s is stale, run with -update (-want +got)\n%s", name, diff)
		}
	}
}

func docsIndex(list []rules.Rule) string {
	var b strings.Builder
	b.WriteString("# Rules\n\nGenerated from rules/rulebook.yaml by `go test ./rules -run TestDocs -update`.\n\n")
	b.WriteString("| rule | clause | title | 标题 | severity |\n| --- | --- | --- | --- | --- |\n")
	for _, r := range list {
		fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s | %s | %s |\n", r.ID, r.ID, r.Clause, r.Title.EN, r.Title.ZH, r.Severity)
	}
	return b.String()
}

func docsPage(r *rules.Rule) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\nGenerated from rules/rulebook.yaml by `go test ./rules -run TestDocs -update`.\n\n", r.ID)
	fmt.Fprintf(&b, "Clause %s · scope %s · subject %s · severity %s · fingerprint version %d\n", r.Clause, r.Scope, r.Subject, r.Severity, r.Version)
	for _, lang := range []string{"zh", "en"} {
		heads := map[string][4]string{
			"zh": {"说明", "如何整改", "建议措施", "参数"},
			"en": {"What it checks", "How to mend", "Recommended action", "Parameters"},
		}[lang]
		fmt.Fprintf(&b, "\n## %s\n", r.Title.In(lang))
		for i, text := range []string{r.What.In(lang), r.Mend.In(lang), r.Action.In(lang)} {
			fmt.Fprintf(&b, "\n**%s** %s\n", heads[i], text)
		}
		for i, p := range r.Params {
			if i == 0 {
				fmt.Fprintf(&b, "\n**%s**\n\n", heads[3])
			}
			fmt.Fprintf(&b, "- `%s` (%s, `%s`): %s\n", p.Name, p.Type, p.Default, p.Doc.In(lang))
		}
	}
	fmt.Fprintf(&b, "\nExamples: [fixtures/rules/%s.txtar](../../fixtures/rules/%s.txtar)\n", r.ID, r.ID)
	return b.String()
}
