package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/internal/store/cluster"
	"marketwarden/rules"
)

type doctorCmd struct{}

// Marks of a line. Only markFail makes the program unable to work.
const (
	markOK   = "ok"
	markNote = "note"
	markFail = "fail"
)

// doctor collects what was found out, and what will not be checked because of it.
type doctor struct {
	*app
	failed  bool
	missing []record.Text
}

// Run looks at everything the program rests on and changes nothing: it makes no
// cluster, migrates nothing and asks no host but those of the database and of outgoing mail.
func (c *doctorCmd) Run(a *app) error {
	d := &doctor{app: a}
	d.head("Installed", "已安装")
	d.postgres()
	d.browser()
	d.fonts()
	d.head("Configured", "配置")
	d.marketProfile()
	d.dataDir()
	d.contact()
	d.nights()
	d.head("Reachable", "可连接")
	d.database()
	d.head("Will be not_checked", "将为 not_checked")
	d.add("pages that only scripts build (script_shell): this version renders no pages",
		"仅由脚本生成的页面（script_shell）：此版本不渲染页面")
	for _, t := range d.missing {
		fmt.Fprintln(a.stdout, "  -", t.In(a.cfg.Lang))
	}
	if d.failed {
		return &exitError{exitUsage, errors.New("marketwarden cannot work like this: see the lines marked fail")}
	}
	return nil
}

func (d *doctor) head(en, zh string) {
	fmt.Fprintln(d.stdout, record.Text{ZH: zh, EN: en}.In(d.cfg.Lang))
}

// line prints one finding. Both texts take the same arguments.
func (d *doctor) line(mark, en, zh string, args ...any) {
	d.failed = d.failed || mark == markFail
	fmt.Fprintf(d.stdout, "  %-5s "+record.Text{ZH: zh, EN: en}.In(d.cfg.Lang)+"\n", append([]any{mark}, args...)...)
}

// add notes something that will not be checked.
func (d *doctor) add(en, zh string) { d.missing = append(d.missing, record.Text{ZH: zh, EN: en}) }

func (d *doctor) postgres() {
	bin, err := cluster.Find(d.ctx, os.Getenv)
	switch {
	case err == nil:
		d.line(markOK, "PostgreSQL %s in %s", "PostgreSQL %s，位于 %s", bin.Version, bin.Dir)
	case d.cfg.Private():
		d.line(markFail, "%s", "%s", err)
	default:
		d.line(markNote, "no PostgreSQL here; none is needed, as DATABASE_URL is set", "本机没有 PostgreSQL；已设置 DATABASE_URL，无需安装")
	}
}

func (d *doctor) browser() {
	for _, name := range []string{"/usr/lib/chromium/chromium-headless-shell", "/usr/bin/chromium-headless-shell"} {
		if _, err := os.Stat(name); err == nil {
			d.line(markOK, "browser %s (not used by this version)", "浏览器 %s（此版本未使用）", name)
			return
		}
	}
	d.line(markNote, "no chromium-headless-shell (not used by this version)", "没有 chromium-headless-shell（此版本未使用）")
}

func (d *doctor) fonts() {
	for _, pattern := range []string{"*/*/*wqy*", "*/*/*CJK*", "*/*wqy*", "*/*CJK*"} {
		if m, err := filepath.Glob("/usr/share/fonts/" + pattern); err == nil && len(m) > 0 {
			d.line(markOK, "Chinese font %s", "中文字体 %s", m[0])
			return
		}
	}
	d.line(markNote, "no Chinese font (not needed by this version)", "没有中文字体（此版本不需要）")
}

func (d *doctor) marketProfile() {
	p, err := market.LoadProfile(d.cfg.Market)
	if err != nil {
		d.line(markFail, "market profile: %s", "市场配置：%s", err)
		return
	}
	d.line(markOK, "market profile %s", "市场配置 %s", p.ID)
}

// dataDir tries the data folder, or if it is not there yet the nearest one above it.
func (d *doctor) dataDir() {
	if err := tryFolder(d.cfg.DataDir); err != nil {
		d.line(markFail, "data folder %s: %s", "数据目录 %s：%s", d.cfg.DataDir, err)
		return
	}
	d.line(markOK, "data folder %s is writable", "数据目录 %s 可写", d.cfg.DataDir)
}

// tryFolder reports what is wrong with a folder that is to be written to, or if it is not
// there yet with the nearest one above it, in which it would be made. It leaves nothing.
func tryFolder(dir string) error {
	for {
		_, err := os.Stat(dir)
		if err == nil {
			break
		}
		if !errors.Is(err, os.ErrNotExist) || dir == filepath.Dir(dir) {
			return err
		}
		dir = filepath.Dir(dir)
	}
	probe, err := os.MkdirTemp(dir, ".marketwarden-doctor-")
	if err != nil {
		return err
	}
	return os.Remove(probe)
}

func (d *doctor) contact() {
	if d.cfg.Fetch.Contact == "" {
		d.line(markNote, "fetch.contact is empty: site owners cannot see whom to ask", "fetch.contact 为空：网站所有者不知道该联系谁")
		return
	}
	d.line(markOK, "contact in the User-Agent: %s", "User-Agent 中的联系方式：%s", d.cfg.Fetch.Contact)
}

// database looks at the database without making or migrating one. A private cluster
// that exists but does not run is started to read what it covers, and stopped again.
func (d *doctor) database() {
	if d.cfg.Private() {
		dir := store.ClusterDir(d.cfg.DataDir)
		st, err := cluster.Look(dir)
		switch {
		case err != nil:
			d.line(markFail, "private database: %s", "私有数据库：%s", err)
			return
		case !st.Exists:
			d.line(markNote, "private database: not made yet; the first command that needs it makes %s",
				"私有数据库：尚未创建；首个需要它的命令会创建 %s", dir)
			d.noFeeds()
			return
		case st.Running:
			d.line(markOK, "private database of PostgreSQL %d, running (pid %d)", "PostgreSQL %d 私有数据库，运行中（pid %d）", st.Major, st.PID)
		default:
			d.line(markOK, "private database of PostgreSQL %d, not running", "PostgreSQL %d 私有数据库，未运行", st.Major)
		}
	}
	s, err := store.Open(d.ctx, store.Options{
		DatabaseURL: d.cfg.DatabaseURL, DataDir: d.cfg.DataDir, Log: d.log, AppName: "marketwarden doctor", AsIs: true,
	})
	switch {
	case errors.Is(err, store.ErrOlderSchema):
		d.line(markNote, "the database answers; the next command brings its schema up to date", "数据库可连接；下一个命令会更新其结构")
		return
	case err != nil:
		d.line(markFail, "database: %s", "数据库：%s", err)
		return
	}
	defer d.closeStore(s)
	d.line(markOK, "the database answers, its schema is up to date", "数据库可连接，结构为最新")
	if err := d.feeds(s); err != nil {
		d.line(markFail, "database: %s", "数据库：%s", err)
	}
}

// feeds says what was imported and until when orders are covered.
func (d *doctor) feeds(s *store.Store) error {
	size, err := s.Catalogue(d.ctx)
	if err != nil {
		return err
	}
	if size.Listings == 0 || size.Providers == 0 {
		d.noFeeds()
		return nil
	}
	d.line(markOK, "%d active providers of %d, %d listings on sale of %d", "活跃服务商 %d / %d，在售商品 %d / %d",
		size.ActiveProviders, size.Providers, size.OnSale, size.Listings)
	ranges, err := s.Coverage(d.ctx, market.FeedOrders)
	if err != nil {
		return err
	}
	if len(ranges) == 0 {
		d.line(markNote, "no import said which days the orders cover", "没有导入说明订单覆盖哪些日期")
		d.noOrders()
		return nil
	}
	last := ranges[len(ranges)-1]
	until := last.To.AddDate(0, 0, -1).Format(time.DateOnly)
	d.line(markOK, "orders covered %s to %s (%d stretches in all)", "订单覆盖 %s 至 %s（共 %d 段）",
		last.From.Format(time.DateOnly), until, len(ranges))
	if d.now().Sub(last.To) > 24*time.Hour {
		d.add("accounts of days after "+until+" (feed_does_not_cover): import newer orders with --covers",
			until+" 之后的账目（feed_does_not_cover）：请用 --covers 导入更新的订单")
	}
	return nil
}

func (d *doctor) noFeeds() {
	d.add("everything: no providers or listings are imported yet (marketwarden import)", "全部：尚未导入服务商或商品（marketwarden import）")
	d.noOrders()
}

// noOrders names the rules that accuse by the absence of orders.
func (d *doctor) noOrders() {
	book, err := rules.Load()
	if err != nil {
		d.line(markFail, "rulebook: %s", "规则手册：%s", err)
		return
	}
	var ids []string
	for _, r := range book.Rules() {
		if r.Scope == rules.ScopeOrders || r.Scope == rules.ScopeDeployment {
			ids = append(ids, r.ID)
		}
	}
	if len(ids) > 0 {
		list := strings.Join(ids, ", ")
		d.add(list+" (feed_missing): import orders with --covers FROM..TO", list+"（feed_missing）：请用 --covers FROM..TO 导入订单")
	}
}
