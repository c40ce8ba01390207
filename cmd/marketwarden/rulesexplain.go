package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"marketwarden/internal/record"
	"marketwarden/rules/terms"
)

// rulesExplainCmd says what the term files see in a text.
type rulesExplainCmd struct {
	Text string `arg:"" name:"text" help:"The words, or - for stdin."`
}

// maxExplained bounds the text, in bytes.
const maxExplained = 1 << 20

// Run prints a line for each term at each place of the text.
func (c *rulesExplainCmd) Run(a *app) error {
	text := c.Text
	if text == "-" {
		b, err := io.ReadAll(io.LimitReader(a.stdin, maxExplained+1))
		if err != nil {
			return fmt.Errorf("read stdin: %w", err)
		}
		text = string(b)
	}
	if len(text) > maxExplained {
		return usageError("the text is longer than %d bytes", maxExplained)
	}
	book, err := a.book()
	if err != nil {
		return err
	}
	var b strings.Builder
	lines := 0
	for _, e := range book.Explain(text) {
		for i := range e.Verdicts {
			explain(&b, e.Rule, text, &e.Verdicts[i], a.cfg.Lang)
			lines++
		}
		if !e.Complete {
			fmt.Fprintf(&b, "%s: %s\n", e.Rule, record.Text{ZH: "词语过多，只判断了一部分", EN: "too many words, only a part was judged"}.In(a.cfg.Lang))
		}
	}
	if _, err := io.WriteString(a.stdout, b.String()); err != nil {
		return fmt.Errorf("write explanation: %w", err)
	}
	if lines == 0 {
		return &exitError{exitNothing, errors.New(record.Text{ZH: "没有任何词条的词语", EN: "the text has no word of any term"}.In(a.cfg.Lang))}
	}
	return nil
}

// explain writes one verdict: what, where, and the reason below it.
func explain(b *strings.Builder, rule, text string, v *terms.Verdict, lang string) {
	say := func(zh, en string) string { return record.Text{ZH: zh, EN: en}.In(lang) }
	var what, why string
	switch v.Why {
	case terms.Fired:
		what = say("违规", "violation")
		if v.Outcome == record.Suspected {
			what = say("待人工核实", "suspected")
		}
		why = v.Term.Title.In(lang)
	case terms.Exempted:
		what, why = say("豁免", "exempted"), v.By.ID+": "+v.By.Basis.In(lang)
	case terms.NoClaim:
		what = say("未构成", "no claim")
		why = fmt.Sprintf(say("%d 个句式都不成立", "none of its %d claim patterns holds in the sentence"), len(v.Term.Claims()))
	case terms.PartOfWord:
		what, why = say("未构成", "no claim"), say("是更长的词或数的一部分", "it is a part of a longer word or number")
	case terms.Outweighed:
		what, why = say("被覆盖", "outweighed"), say("与另一处更重的重叠", "it overlaps one that weighs more")
	}
	fmt.Fprintf(b, "%s: %s: %q [%d:%d]: %s: %s", rule, v.Term.ID, text[v.Start:v.End], v.Start, v.End, what, why)
	if v.Disguised {
		b.WriteString(say("；文字经过变形", "; written in disguise"))
	}
	b.WriteByte('\n')
	for _, line := range []struct{ name, text string }{
		{say("句式", "claim"), v.Claim},
		{say("排除", "not"), onlyIf(v.Why == terms.Exempted, v.Pattern)},
		{say("依据", "evidence"), onlyIf(v.Evidence, v.Pattern)},
		{say("须证明", "to be proven"), onlyIf(v.Evidence, proof(v, lang))},
		{say("建议", "advice"), onlyIf(v.Why == terms.Fired, v.Term.Advice.In(lang))},
	} {
		if line.text != "" {
			fmt.Fprintf(b, "    %s: %s\n", line.name, line.text)
		}
	}
}

// proof is what would prove a claim that names evidence.
func proof(v *terms.Verdict, lang string) string {
	if v.By == nil {
		return ""
	}
	return v.By.ID + ": " + v.By.Basis.In(lang)
}

func onlyIf(is bool, s string) string {
	if is {
		return s
	}
	return ""
}
