package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	rulefixtures "marketwarden/fixtures/rules"
	"marketwarden/internal/record"
	"marketwarden/rules"
	"marketwarden/rules/ruletest"
)

// rulesCmd shows and tests the rulebook. It needs neither database nor network.
type rulesCmd struct {
	List rulesListCmd `cmd:"" help:"List every rule with its clause and title."`
	Show rulesShowCmd `cmd:"" help:"Show what one rule asks for, how to mend a violation, its parameters and examples."`
	Test rulesTestCmd `cmd:"" help:"Run the examples that each rule ships with."`

	Explain rulesExplainCmd `cmd:"" help:"Show which terms a text has, and why each fired or did not."`
}

type rulesListCmd struct{}

func (c *rulesListCmd) Run(a *app) error {
	book, err := rules.Load()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, r := range book.Rules() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.ID, r.Clause, r.Scope, r.Severity, r.Title.In(a.cfg.Lang))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write rules: %w", err)
	}
	return nil
}

type rulesShowCmd struct {
	ID string `arg:"" name:"id" help:"Id of the rule, as rules list shows it."`
}

func (c *rulesShowCmd) Run(a *app) error {
	book, err := rules.Load()
	if err != nil {
		return err
	}
	r, ok := book.ByID(c.ID)
	if !ok {
		return usageError("there is no rule %q; rules list shows them all", c.ID)
	}
	params, err := book.Params(a.cfg.Params)
	if err != nil {
		return usageError("rule parameters: %w", err)
	}
	cases, err := ruletest.Load(rulefixtures.Files)
	if err != nil {
		return err
	}
	var b strings.Builder
	showRule(&b, &r, params, cases, a.cfg.Lang)
	if _, err := io.WriteString(a.stdout, b.String()); err != nil {
		return fmt.Errorf("write rule: %w", err)
	}
	return nil
}

// showRule writes all there is to say about a rule.
func showRule(b *strings.Builder, r *rules.Rule, params *rules.Params, cases []ruletest.Case, lang string) {
	say := func(zh, en string) string { return record.Text{ZH: zh, EN: en}.In(lang) }
	fmt.Fprintf(b, "%s (%s)  %s\n\n", r.ID, r.Clause, r.Title.In(lang))
	fmt.Fprintf(b, "%s\n\n", r.What.In(lang))
	fmt.Fprintf(b, "%s: %s\n", say("如何整改", "How to mend"), r.Mend.In(lang))
	fmt.Fprintf(b, "%s: %s\n", say("建议措施", "Recommended action"), r.Action.In(lang))
	fmt.Fprintf(b, "%s: %s, %s\n", say("判定范围与严重程度", "Scope and severity"), r.Scope, r.Severity)
	if !r.ValidFrom.IsZero() || !r.ValidTo.IsZero() {
		fmt.Fprintf(b, "%s: %s – %s\n", say("施行期间", "In force"), dayOrOpen(r.ValidFrom), dayOrOpen(r.ValidTo))
	}
	for i, p := range r.Params {
		if i == 0 {
			fmt.Fprintf(b, "\n%s\n", say("参数", "Parameters"))
		}
		fmt.Fprintf(b, "  %s = %q (%s %q)  %s\n", p.Name, params.Text(r.ID, p.Name), say("默认", "default"), p.Default, p.Doc.In(lang))
	}
	first := true
	for i := range cases {
		c := &cases[i]
		if c.Rule != r.ID || c.Page == "" || c.Kind != "fires" && c.Kind != "clean" {
			continue
		}
		if first {
			fmt.Fprintf(b, "\n%s\n", say("示例", "Examples"))
			first = false
		}
		fmt.Fprintf(b, "  [%s] %s\n", c.Kind, c.Name)
		for line := range strings.Lines(strings.TrimSpace(c.Page) + "\n") {
			fmt.Fprintf(b, "    %s", printable(strings.TrimSuffix(line, "\n"))+"\n")
		}
	}
}

func dayOrOpen(d rules.Date) string {
	if d.IsZero() {
		return "…"
	}
	return d.Format("2006-01-02")
}

type rulesTestCmd struct{}

func (c *rulesTestCmd) Run(a *app) error {
	book, err := rules.Load()
	if err != nil {
		return err
	}
	cases, err := ruletest.Load(rulefixtures.Files)
	if err != nil {
		return err
	}
	runner, err := ruletest.New(book)
	if err != nil {
		return err
	}
	failed := 0
	for i := range cases {
		if err := runner.Check(&cases[i]); err != nil {
			failed++
			if _, err := fmt.Fprintln(a.stdout, err); err != nil {
				return fmt.Errorf("write results: %w", err)
			}
		}
	}
	if _, err := fmt.Fprintf(a.stdout, "%d examples of %d rules: %d failed\n", len(cases), len(book.Rules()), failed); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	if failed > 0 {
		return &exitError{code: exitInternal}
	}
	return nil
}
