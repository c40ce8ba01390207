package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"

	"marketwarden/internal/market"
)

// compare finds the rows that repeat or contradict an earlier row of the file and takes
// them out of the staging table. Hashes of the keys single out the few rows that are
// compared exactly.
func (im *importer) compare(ctx context.Context, tx pgx.Tx) error {
	auto := im.feed.AutoLineNo()
	if im.keys.rising && !auto {
		return nil
	}
	tag, err := tx.Exec(ctx, `CREATE TEMPORARY TABLE repeats ON COMMIT DROP AS
		SELECT k FROM staging GROUP BY k HAVING count(*) > 1`)
	if err != nil {
		return fmt.Errorf("look for repeated keys: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	names, others := im.table.names()
	key := im.table.key
	if auto {
		key, others = names, nil // rows of equal hash repeat each other if all is equal
	}
	differ := `'{}'::text[]`
	if len(others) > 0 {
		var cases []string
		for _, c := range others {
			cases = append(cases, fmt.Sprintf(`CASE WHEN s.%[1]s IS DISTINCT FROM first_value(s.%[1]s) OVER w THEN '%[1]s' END`, c))
		}
		differ = `array_remove(ARRAY[` + strings.Join(cases, ", ") + `], NULL)`
	}
	_, err = tx.Exec(ctx, `CREATE TEMPORARY TABLE dropped ON COMMIT DROP AS
		SELECT * FROM (SELECT s.line, first_value(s.line) OVER w AS first, `+differ+` AS differ
			FROM staging s JOIN repeats USING (k) WINDOW w AS (PARTITION BY `+list(key, "s.")+` ORDER BY s.line)) x
		WHERE line > first`)
	if err != nil {
		return fmt.Errorf("compare rows of one key: %w", err)
	}
	err = tx.QueryRow(ctx, `SELECT count(*) FILTER (WHERE differ = '{}'), count(*) FILTER (WHERE differ <> '{}') FROM dropped`).
		Scan(&im.res.Duplicate, &im.res.Contradictory)
	if err != nil {
		return fmt.Errorf("count repeated rows: %w", err)
	}
	if !auto && im.kind == market.FeedOrders {
		var n int64
		err := tx.QueryRow(ctx, `SELECT count(*) FROM staging JOIN dropped USING (line) WHERE line_no > 1`).Scan(&n)
		if err != nil {
			return fmt.Errorf("count further lines: %w", err)
		}
		im.res.FurtherLines -= n
	}
	if _, err := tx.Exec(ctx, `DELETE FROM staging s USING dropped d WHERE s.line = d.line`); err != nil {
		return fmt.Errorf("leave out repeated rows: %w", err)
	}
	im.res.Bad += im.res.Contradictory
	return im.contradictions(ctx, tx)
}

// contradictions says of each contradicting row which one it contradicts, and in what.
func (im *importer) contradictions(ctx context.Context, tx pgx.Tx) error {
	if im.res.Contradictory == 0 {
		return nil
	}
	if im.res.Contradictory > maxContradictions {
		return im.feedError(fmt.Sprintf("%d rows contradict an earlier row with the same %s: that is not the key of this file",
			im.res.Contradictory, strings.Join(im.table.key, " and ")))
	}
	limit := maxProblems
	if im.opt.SkipBad {
		limit = maxContradictions // all of them
	}
	rows, err := tx.Query(ctx, `SELECT line, first, differ FROM dropped WHERE differ <> '{}' ORDER BY line LIMIT $1`, limit)
	if err != nil {
		return fmt.Errorf("read contradictions: %w", err)
	}
	var line, first int64
	var differ []string
	var found []market.FeedProblem
	_, err = pgx.ForEachRow(rows, []any{&line, &first, &differ}, func() error {
		found = append(found, market.FeedProblem{
			Line: int(line), Column: strings.Replace(strings.Join(differ, "+"), "amount_fen", "amount", 1),
			Reason: fmt.Sprintf("contradicts line %d, which has the same %s", first, strings.Join(im.table.key, " and ")),
		})
		return nil
	})
	if err != nil {
		return fmt.Errorf("read contradictions: %w", err)
	}
	im.problems = append(im.problems, found[:min(len(found), maxProblems)]...)
	if !im.opt.SkipBad || im.opt.Bad == nil {
		return nil
	}
	return im.writeContradictions(found)
}

// writeContradictions reads the file again for the rows as they stand there.
func (im *importer) writeContradictions(found []market.FeedProblem) error {
	if _, err := im.src.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("rewind: %w", err)
	}
	feed, err := market.OpenFeed(im.kind, im.opt.Name, im.src, im.res.Facts, im.opt.Map)
	if err != nil {
		return err
	}
	var row market.FeedRow
	for len(found) > 0 {
		if err := feed.Next(&row); err != nil {
			if errors.Is(err, io.EOF) {
				return errors.New("the file became shorter while it was read")
			}
			return err
		}
		if row.Line != found[0].Line {
			continue
		}
		if err := im.report(BadRow{row.Line, row.Fields, found[:1]}); err != nil {
			return err
		}
		found = found[1:]
	}
	return nil
}

// upsert brings the table to what the staged rows say. Rows that say nothing new are not
// touched.
func (im *importer) upsert(ctx context.Context, tx pgx.Tx, staged int64) error {
	names, others := im.table.names()
	from := `staging`
	if im.feed.AutoLineNo() {
		var selected []string
		for _, n := range names {
			if n == "line_no" {
				n = `(row_number() OVER (PARTITION BY order_id ORDER BY line))::int AS line_no`
			}
			selected = append(selected, n)
		}
		from = `(SELECT ` + strings.Join(selected, ", ") + ` FROM staging) s`
		err := tx.QueryRow(ctx, `SELECT count(*) - count(DISTINCT order_id) FROM staging`).Scan(&im.res.FurtherLines)
		if err != nil {
			return fmt.Errorf("count further lines: %w", err)
		}
	}
	if !im.keys.rising {
		// In the order of the key the rows meet its index page by page. In any other
		// order a table larger than the server's buffers is read and written all over.
		from += ` ORDER BY ` + list(im.table.key, "")
	}
	// xmax is 0 in rows that are new, and not in rows that were locked to be changed.
	err := tx.QueryRow(ctx, `WITH done AS (
		INSERT INTO `+im.table.name+` AS t (`+list(names, "")+`, import_id) SELECT `+list(names, "")+`, $1 FROM `+from+`
		ON CONFLICT (`+list(im.table.key, "")+`) DO UPDATE SET (`+list(others, "")+`, import_id) = ROW (`+list(others, "excluded.")+`, excluded.import_id)
		WHERE (`+list(others, "t.")+`) IS DISTINCT FROM (`+list(others, "excluded.")+`)
		RETURNING t.xmax = 0 AS fresh)
		SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh) FROM done`, im.res.ID).
		Scan(&im.res.New, &im.res.Changed)
	if err != nil {
		return fmt.Errorf("store rows: %w", err)
	}
	im.res.Unchanged = staged - im.res.New - im.res.Changed
	return nil
}

// absent is the condition of listings that a snapshot closes.
const absent = `l.status = 'on_sale' AND NOT EXISTS (SELECT FROM staging s WHERE s.listing_id = l.listing_id)`

// checkSnapshot refuses a snapshot that looks cut off.
func (im *importer) checkSnapshot(ctx context.Context, tx pgx.Tx) error {
	if im.kind != market.FeedListings {
		return im.feedError("only listings have snapshots")
	}
	var all, gone int64
	err := tx.QueryRow(ctx, `SELECT count(*), count(*) FILTER (WHERE `+absent+`) FROM listings l WHERE l.status = 'on_sale'`).
		Scan(&all, &gone)
	if err != nil {
		return fmt.Errorf("compare snapshot: %w", err)
	}
	if gone*2 > all && !im.opt.Force {
		return im.feedError(fmt.Sprintf("the snapshot would close %d of the %d listings on sale, more than half: is the file complete? (--force closes them)", gone, all))
	}
	return nil
}

func (im *importer) closeAbsent(ctx context.Context, tx pgx.Tx) error {
	tag, err := tx.Exec(ctx, `UPDATE listings l SET status = 'off_sale', delisted_at = $1, import_id = $2 WHERE `+absent,
		im.opt.Now, im.res.ID)
	if err != nil {
		return fmt.Errorf("close listings absent from the snapshot: %w", err)
	}
	im.res.Closed = tag.RowsAffected()
	return nil
}

// lookRound counts rows whose references are not in store and rows outside the days that
// are covered.
func (im *importer) lookRound(ctx context.Context, tx pgx.Tx) error {
	t := &im.table
	if t.refers == "" {
		return nil
	}
	outside := `0`
	var args []any
	if im.opt.Covers != nil && im.kind == market.FeedOrders {
		outside = `count(*) FILTER (WHERE paid_at < $1 OR paid_at >= $2)`
		args = append(args, im.opt.Covers.From, im.opt.Covers.To)
	}
	err := tx.QueryRow(ctx, `SELECT coalesce(sum(n) FILTER (WHERE unknown), 0)::bigint, count(*) FILTER (WHERE unknown), coalesce(sum(outside), 0)::bigint
		FROM (SELECT g.n, g.outside, r.`+t.refers+` IS NULL AND g.`+t.refers+` <> '' AS unknown
			FROM (SELECT `+t.refers+`, count(*) AS n, `+outside+` AS outside FROM staging GROUP BY 1) g
			LEFT JOIN `+t.refTable+` r USING (`+t.refers+`)) x`, args...).
		Scan(&im.res.UnknownRows, &im.res.UnknownIDs, &im.res.Outside)
	if err != nil {
		return fmt.Errorf("look up references: %w", err)
	}
	return nil
}

// record writes down that the feed was imported and what it covers.
func (im *importer) record(ctx context.Context, tx pgx.Tx) error {
	r := im.res
	_, err := tx.Exec(ctx, `INSERT INTO imports (id, kind, name, sha256, encoding, lines, header, rows_new, changed, unchanged,
		  blank, repeated, duplicate, bad, continuation, closed, at)
		OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		r.ID, r.Kind, r.Name, r.Facts.SHA256, r.Facts.Encoding, r.Read.Lines, r.Read.Header, r.New, r.Changed, r.Unchanged,
		r.Read.Blank, r.Read.Repeated, r.Duplicate, r.Bad, r.Read.Continuation, r.Closed, im.opt.Now)
	if err != nil {
		return fmt.Errorf("record the import: %w", err)
	}
	if im.opt.Covers == nil {
		return nil
	}
	c := im.opt.Covers
	_, err = tx.Exec(ctx, `INSERT INTO feed_coverage (kind, first_day, last_day, import_id) VALUES ($1, $2, $3, $4)
		ON CONFLICT (kind, first_day, last_day) DO UPDATE SET import_id = excluded.import_id`,
		r.Kind, c.From.In(market.Shanghai), c.To.In(market.Shanghai).AddDate(0, 0, -1), r.ID)
	if err != nil {
		return fmt.Errorf("record what the feed covers: %w", err)
	}
	return nil
}
