package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// Judged is what became of one unit.
type Judged struct {
	Unit      Unit
	Failed    string // not "": the unit ends as not_checked with this reason code
	InputHash string
	Results   []record.Result
	Accounts  []AccountFact // for account units
	Seen      []Observation // how the rows of the visited addresses stand now
}

// AccountFact keeps the figures that an account rule judged by.
type AccountFact struct {
	Kind    string // AccountOrders or AccountDeployment
	Subject record.Subject
	Variant string
	Name    string // of the listing or provider
	Outcome record.Outcome
	Reason  record.Text
	Facts   any // OrderFigures or DeploymentFigures
}

// Kinds of account facts.
const (
	AccountOrders     = "orders"
	AccountDeployment = "deployment"
)

// OrderFigures are a listing's figures as kept.
type OrderFigures struct {
	ListedAt  time.Time  `json:"listed_at"`
	LastOrder *time.Time `json:"last_order,omitempty"` // nil: none known
	Months    int        `json:"months"`               // whole months without an order
	DelistOn  *time.Time `json:"delist_on,omitempty"`  // when three months are full; nil: not foreseeable
}

// DeploymentFigures are a provider's items sold in a year as kept, over all kinds and
// over those that can be deployed.
type DeploymentFigures struct {
	Year       int         `json:"year"`
	All        market.Sold `json:"all"`
	Deployable market.Sold `json:"deployable"`
}

// ErrUnitEnded says that a unit was judged already. It cannot happen to the owner of a
// job; it is a guard.
var ErrUnitEnded = errors.New("unit has ended already")

// SaveJudged writes what a batch judged: unit states, results, counts, findings and
// records. It runs inside the fenced transaction that ends the job, so that all of it
// happens exactly once or not at all. It answers ErrUnitEnded for a unit
// that is no longer open.
func SaveJudged(ctx context.Context, tx pgx.Tx, sw *Sweep, job, batch int64, judged []Judged, now time.Time) error {
	b := &pgx.Batch{}
	var ended endedUnits
	counts := map[[2]string]int{}
	var seen []Observation
	for i := range judged {
		j := &judged[i]
		seen = append(seen, j.Seen...)
		ended.add(j)
		for k := range j.Accounts {
			if err := queueAccount(b, sw.ID, &j.Accounts[k]); err != nil {
				return err
			}
		}
		for k := range j.Results {
			r := &j.Results[k]
			counts[[2]string{r.Rule, string(r.Outcome)}]++
			if r.Outcome != record.Pass {
				if err := queueResult(b, sw.ID, r); err != nil {
					return err
				}
			}
			for f := range r.Findings {
				if err := queueFinding(b, sw, &r.Findings[f]); err != nil {
					return err
				}
			}
		}
	}
	for _, k := range sortedKeys(counts) {
		b.Queue(`INSERT INTO sweep_counts (sweep, batch, job, rule, outcome, n) VALUES ($1, $2, $3, $4, $5, $6)`,
			sw.ID, batch, job, k[0], k[1], counts[k])
	}
	queueObservations(b, sw.ID, seen)
	ended.queue(b, sw.ID, now)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("save %d judged units of batch %d: %w", len(judged), batch, err)
	}
	if !sw.Records {
		return nil
	}
	return resolveUnfound(ctx, tx, sw, judged)
}

// endedUnits are the columns of units that end: one statement ends them all.
type endedUnits struct{ kinds, keys, states, reasons, hashes []string }

func (e *endedUnits) add(j *Judged) {
	state := "done"
	if j.Failed != "" {
		state = "not_checked"
	}
	e.kinds, e.keys, e.states = append(e.kinds, j.Unit.Kind), append(e.keys, j.Unit.Key), append(e.states, state)
	e.reasons, e.hashes = append(e.reasons, j.Failed), append(e.hashes, j.InputHash)
}

func (e *endedUnits) queue(b *pgx.Batch, sweep int64, now time.Time) {
	b.Queue(`UPDATE sweep_units u SET state = e.state, reason = e.reason, input_hash = e.hash, done_at = $2, next_try = NULL
		FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) AS e(kind, key, state, reason, hash)
		WHERE u.sweep = $1 AND u.kind = e.kind AND u.key = e.key AND u.state = 'open'`,
		sweep, now, e.kinds, e.keys, e.states, e.reasons, e.hashes).Exec(func(ct pgconn.CommandTag) error {
		if n := ct.RowsAffected(); n != int64(len(e.keys)) {
			return fmt.Errorf("%d of %d units: %w", int64(len(e.keys))-n, len(e.keys), ErrUnitEnded)
		}
		return nil
	})
}

func sortedKeys(m map[[2]string]int) [][2]string {
	keys := make([][2]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return strings.Join(keys[i][:], "\x00") < strings.Join(keys[j][:], "\x00") })
	return keys
}

func queueAccount(b *pgx.Batch, sweep int64, a *AccountFact) error {
	facts, err := json.Marshal(a.Facts)
	if err != nil {
		return fmt.Errorf("encode facts of %s: %w", a.Subject.ID, err)
	}
	b.Queue(`INSERT INTO account_facts (sweep, kind, subject_id, variant, provider_id, name, outcome, reason, facts)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		sweep, a.Kind, a.Subject.ID, a.Variant, a.Subject.ProviderID, a.Name, a.Outcome, a.Reason, facts)
	return nil
}

func queueResult(b *pgx.Batch, sweep int64, r *record.Result) error {
	reason, err := json.Marshal(r.Reason.Text)
	if err != nil {
		return fmt.Errorf("encode reason of %s: %w", r.Rule, err)
	}
	b.Queue(`INSERT INTO results (sweep, rule, subject_kind, subject_id, variant, provider_id, listing_id, outcome, reason_code, reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		sweep, r.Rule, r.Subject.Kind, r.Subject.ID, r.Variant, r.Subject.ProviderID, r.Subject.ListingID,
		r.Outcome, r.Reason.Code, reason)
	return nil
}

// queueFinding keeps the finding as seen and folds it into its record. What a rule
// called by another fingerprint before goes on under the old record.
func queueFinding(b *pgx.Batch, sw *Sweep, f *record.Finding) error {
	body, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("encode finding of %s: %w", f.Rule, err)
	}
	fp := f.Fingerprint()
	b.Queue(`INSERT INTO sweep_findings (sweep, fingerprint, finding) VALUES ($1, $2, $3)`, sw.ID, fp, body)
	if !sw.Records {
		return nil
	}
	b.Queue(`INSERT INTO record_events (fingerprint, sweep, event)
		SELECT fingerprint, $2, 'reopened' FROM records WHERE fingerprint = $1 AND status = 'resolved'`, fp, sw.ID)
	b.Queue(`INSERT INTO records AS r (fingerprint, rule, subject_kind, subject_id, provider_id, listing_id, outcome, part,
		  finding, content_hash, first_seen, last_seen, first_sweep, last_sweep)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $12)
		ON CONFLICT (fingerprint) DO UPDATE SET outcome = excluded.outcome, part = excluded.part, finding = excluded.finding,
		  content_hash = excluded.content_hash, last_seen = excluded.last_seen, last_sweep = excluded.last_sweep,
		  reopened_sweep = CASE WHEN r.status = 'resolved' THEN excluded.last_sweep ELSE r.reopened_sweep END,
		  status = 'open', resolved_why = '', resolved_at = NULL, resolved_sweep = NULL`,
		fp, f.Rule, f.Subject.Kind, f.Subject.ID, f.Subject.ProviderID, f.Subject.ListingID, f.Outcome, f.Part,
		body, f.ContentHash(), sw.AsOf, sw.ID)
	return nil
}
