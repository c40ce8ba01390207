package main

import (
	"net"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"marketwarden/internal/config"
	"marketwarden/internal/market"
	"marketwarden/internal/schedule"
	"marketwarden/reports/notices"
)

// dialPatience is how long the doctor waits for a server of the operator's to answer.
const dialPatience = 5 * time.Second

// nights looks at what unattended nights rest on.
func (d *doctor) nights() {
	if len(d.cfg.Schedule) == 0 {
		d.line(markNote, "no schedule: sweeps are started by hand (docs/operations.md)", "没有计划：巡检需手动启动（docs/operations.md）")
	}
	for i := range d.cfg.Schedule {
		s := &d.cfg.Schedule[i]
		if s.Cron == config.CronManual {
			d.line(markOK, "schedule %s: by serve --once %s", "计划 %s：由 serve --once %s 触发", s.Name, s.Name)
			continue
		}
		at, err := schedule.Parse(s.Cron, s.Zone)
		if err != nil { // Validate has looked before
			d.line(markFail, "schedule %s: %s", "计划 %s：%s", s.Name, err)
			continue
		}
		d.line(markOK, "schedule %s: next on %s", "计划 %s：下次于 %s", s.Name, at.Next(d.now()).Format(time.RFC3339))
	}
	for i := range d.cfg.Feeds {
		d.feed(&d.cfg.Feeds[i])
	}
	d.notices()
}

// feed looks whether a feed can come in.
func (d *doctor) feed(f *config.Feed) {
	if f.Drop == "" {
		path, err := exec.LookPath(f.Command[0])
		if err != nil {
			d.line(markFail, "feed %s: %s", "数据源 %s：%s", f.Name, err)
			return
		}
		d.line(markOK, "feed %s comes from %s", "数据源 %s 来自 %s", f.Name, path)
		return
	}
	st, err := os.Stat(f.Drop)
	switch {
	case err != nil:
		d.line(markFail, "feed %s: %s", "数据源 %s：%s", f.Name, err)
	case !st.IsDir():
		d.line(markFail, "feed %s: %s is no folder", "数据源 %s：%s 不是目录", f.Name, f.Drop)
	default:
		// What was taken in is moved to a folder below: the folder must be ours to write.
		probe, err := os.MkdirTemp(f.Drop, ".marketwarden-doctor-")
		if err == nil {
			err = os.Remove(probe)
		}
		if err != nil {
			d.line(markFail, "feed %s: %s", "数据源 %s：%s", f.Name, err)
			return
		}
		d.line(markOK, "feed %s is dropped in %s", "数据源 %s 投放于 %s", f.Name, f.Drop)
	}
}

// notices looks at the way out for notices, without sending anything.
func (d *doctor) notices() {
	n := &d.cfg.Notices
	if err := (&notices.Outbox{Config: *n, DataDir: d.cfg.DataDir}).Check(); err != nil {
		d.line(markFail, "notices: %s", "通知：%s", err)
		return
	}
	switch n.Channel {
	case config.ChannelSMTP:
		address := net.JoinHostPort(n.SMTP.Host, strconv.Itoa(n.SMTP.Port))
		dialer := net.Dialer{Timeout: dialPatience}
		conn, err := dialer.DialContext(d.ctx, "tcp", address)
		if err != nil {
			d.line(markFail, "notices: the mail server does not answer: %s", "通知：邮件服务器无应答：%s", err)
			return
		}
		_ = conn.Close() // nothing was sent
		d.line(markOK, "notices go by mail through %s", "通知经 %s 以邮件发送", address)
	case config.ChannelWebhook:
		d.line(markOK, "notices go to %s", "通知发往 %s", webhookHost(n.Webhook.URL))
	case config.ChannelFolder:
		if n.From == "" {
			d.line(markNote, "notices.from is empty: the mail in .eml files comes from notices@marketwarden.invalid, which nobody can answer",
				"notices.from 为空：.eml 文件中的发件人为 notices@marketwarden.invalid，无法回复")
		}
		if n.Folder == "" { // in the data folder, which was tried
			d.line(markOK, "notices are written to a folder", "通知写入目录")
			break
		}
		if err := tryFolder(n.Folder); err != nil {
			d.line(markFail, "notices.folder %s: %s", "notices.folder %s：%s", n.Folder, err)
			return
		}
		d.line(markOK, "notices are written to the folder %s", "通知写入目录 %s", n.Folder)
	}
	d.calendar()
	if n.Appeal == "" {
		d.line(markNote, "notices.appeal is empty: providers are not told where to appeal", "notices.appeal 为空：通知不会告知申诉途径")
	}
	if !n.Send {
		d.line(markNote, "nights make notices out and do not send them (notices.send)", "夜间任务只生成通知而不发送（notices.send）")
	}
}

// webhookHost is what may be shown of a webhook's address: its path and query are often
// the key to the receiver.
func webhookHost(address string) string {
	u, err := url.Parse(address)
	if err != nil { // Validate has looked before
		return "?"
	}
	return u.Scheme + "://" + u.Host
}

// calendar looks whether deadlines can be counted.
func (d *doctor) calendar() {
	days, err := d.cfg.Calendar.WorkCalendar()
	if err != nil { // Validate has looked before
		d.line(markFail, "calendar: %s", "calendar：%s", err)
		return
	}
	if years := unknownYears(days, d.now()); len(years) > 0 {
		d.line(markNote, "calendar: not all public holidays of %s are known, so deadlines may fall on them (docs/operations.md)",
			"calendar：未列全 %s 年的法定节假日，期限可能落在节假日（docs/operations.md）", strings.Join(years, ", "))
	}
}

// announced is the month in which the public holidays of the next year are made known.
const announced = time.November

// unknownYears are the years whose public holidays the calendar lacks though it could have
// them: the running one, and the next once they are announced.
func unknownYears(days market.WorkCalendar, now time.Time) []string {
	now = now.In(market.Shanghai)
	years := []time.Time{now}
	if now.Month() >= announced {
		years = append(years, time.Date(now.Year()+1, time.July, 1, 0, 0, 0, 0, market.Shanghai))
	}
	var out []string
	for _, year := range years {
		if !days.Knows(year) {
			out = append(out, strconv.Itoa(year.Year()))
		}
	}
	return out
}
