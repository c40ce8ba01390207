package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"marketwarden/internal/netguard"
	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
)

// problem is a reason together with what it means for trying again.
type problem struct {
	reason     record.Reason
	retryable  bool
	retryAfter time.Duration
	// down: the failure came before any request could be sent, so that it is the host's
	// and not the page's.
	down bool
}

func newProblem(code, zh, en string) problem {
	return problem{reason: record.Reason{Code: code, Text: record.Text{ZH: zh, EN: en}}}
}

// phase is how far a request got.
type phase int32

const (
	phaseQueue phase = iota // waiting for one of the host's connections
	phaseDNS
	phaseConnect
	phaseTLS
	phaseHeaders
	phaseBody
)

func (p phase) text() record.Text {
	switch p {
	case phaseQueue:
		return record.Text{ZH: "等待空闲连接", EN: "waiting for a free connection"}
	case phaseDNS:
		return record.Text{ZH: "解析域名", EN: "looking up the host name"}
	case phaseConnect:
		return record.Text{ZH: "建立连接", EN: "connecting"}
	case phaseTLS:
		return record.Text{ZH: "TLS 握手", EN: "the TLS handshake"}
	case phaseHeaders:
		return record.Text{ZH: "等待响应", EN: "waiting for the answer"}
	case phaseBody:
		return record.Text{ZH: "读取内容", EN: "reading the body"}
	}
	return record.Text{}
}

// networkProblem says what a failed request means. ctx is the caller's: when it ended,
// the visit was called off and nothing is known about the page.
func networkProblem(ctx context.Context, err error, at phase, host string) problem {
	p := describe(err, at, host)
	if ctx.Err() != nil {
		p = newProblem(record.ReasonUnreachable, "访问被中止", "the visit was called off")
		p.retryable = true
		return p
	}
	p.down = at < phaseHeaders
	return p
}

func describe(err error, at phase, host string) problem {
	unreachable := func(zh, en string) problem {
		p := newProblem(record.ReasonUnreachable, zh, en)
		p.retryable = true
		return p
	}
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.Is(err, netguard.ErrRefused):
		return refused(host, err)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		t := at.text()
		return unreachable("超时："+t.ZH+"花费时间过长", "timed out: "+t.EN+" took too long")
	case errors.As(err, &dns) && dns.IsNotFound:
		return unreachable(fmt.Sprintf("域名 %s 不存在", host), fmt.Sprintf("the host name %s does not exist", host))
	case errors.As(err, &dns):
		return unreachable(fmt.Sprintf("域名 %s 解析失败", host), fmt.Sprintf("the host name %s could not be looked up", host))
	case errors.As(err, &cert):
		t := certificateText(cert.Err)
		p := unreachable("TLS 证书无效："+t.ZH, "the TLS certificate is not valid: "+t.EN)
		p.retryable = false
		return p
	case at == phaseTLS:
		return unreachable("TLS 握手失败："+innermost(err), "the TLS handshake failed: "+innermost(err))
	case errors.Is(err, syscall.ECONNREFUSED):
		return unreachable("服务器拒绝连接", "the connection was refused")
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return unreachable("网络不可达", "there is no route to the server")
	case errors.Is(err, errBroken), at == phaseBody:
		return unreachable("内容未传完，连接中断", "the body broke off before its end")
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return unreachable("服务器中断了连接", "the server broke the connection off")
	}
	return unreachable("访问失败："+innermost(err), "the request failed: "+innermost(err))
}

func certificateText(err error) record.Text {
	var host x509.HostnameError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &host):
		return record.Text{ZH: "不是该域名的证书", EN: "it is for another host name"}
	case errors.As(err, &authority):
		return record.Text{ZH: "签发者不受信任", EN: "its issuer is not trusted"}
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return record.Text{ZH: "不在有效期内", EN: "it has expired or is not valid yet"}
	}
	return record.Same(innermost(err))
}

// innermost is the message of the innermost error. The outer ones of package net carry
// local port numbers, which would make every text unique.
func innermost(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return clip(strings.ToValidUTF8(err.Error(), ""))
		}
		err = inner
	}
}

func refused(address string, err error) problem {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err // the policy's own words, without what package net puts around them
	}
	p := newProblem(record.ReasonRefused,
		fmt.Sprintf("地址策略不允许访问 %s：%v", address, err),
		fmt.Sprintf("the address policy refuses %s: %v", address, err))
	p.down = true
	return p
}

func schemeProblem(u *weburl.URL) problem {
	return newProblem(record.ReasonRefused,
		fmt.Sprintf("地址 %s 不是网页地址（%s:）", u, u.Scheme()),
		fmt.Sprintf("%s is no web address (%s:)", u, u.Scheme()))
}

func badLocation(location string) problem {
	return newProblem(record.ReasonUnreachable,
		fmt.Sprintf("重定向目标不是有效地址：%q", clip(location)),
		fmt.Sprintf("a redirect leads to something that is no address: %q", clip(location)))
}

func tooManyRedirects(most int) problem {
	return newProblem(record.ReasonUnreachable,
		fmt.Sprintf("重定向超过 %d 次", most), fmt.Sprintf("there are more than %d redirects", most))
}

func redirectLoop(u *weburl.URL) problem {
	return newProblem(record.ReasonUnreachable,
		fmt.Sprintf("重定向循环，又回到 %s", u), fmt.Sprintf("the redirects go round in circles, back to %s", u))
}

func notHTML(contentType string) problem {
	return newProblem(record.ReasonNotHTML,
		fmt.Sprintf("内容不是 HTML 网页（%s）", contentType), fmt.Sprintf("the content is not HTML (%s)", contentType))
}

func unknownCoding(coding string) problem {
	return newProblem(record.ReasonNotHTML,
		fmt.Sprintf("内容使用了未请求的编码 %q", clip(coding)), fmt.Sprintf("the content has a coding that was not asked for, %q", clip(coding)))
}

func slotProblem(err error) problem {
	p := newProblem(record.ReasonJobFailed,
		fmt.Sprintf("未能取得访问许可：%v", err), fmt.Sprintf("no slot for the request could be had: %v", err))
	p.retryable = true
	return p
}

func robotsForbid(u *weburl.URL) problem {
	return newProblem(record.ReasonRobots,
		fmt.Sprintf("%s 的 robots.txt 不允许本程序访问 %s", u.Host(), pathAndQuery(u)),
		fmt.Sprintf("robots.txt of %s forbids this program %s", u.Host(), pathAndQuery(u)))
}

func robotsStatus(host string, status int) problem {
	code := record.ReasonRobots
	if status >= 500 {
		code = record.ReasonErrorStatus // nobody forbids anything: the server fails
	}
	p := newProblem(code,
		fmt.Sprintf("%s 的 robots.txt 暂时无法读取（状态码 %s），按 RFC 9309 视为不允许访问", host, statusName(status)),
		fmt.Sprintf("robots.txt of %s cannot be read for now (status %s), which RFC 9309 takes for a no", host, statusName(status)))
	p.retryable = true
	return p
}

func robotsUnread(host string, why problem) problem {
	why.reason.Text = record.Text{
		ZH: fmt.Sprintf("%s 的 robots.txt 无法读取：%s", host, why.reason.Text.ZH),
		EN: fmt.Sprintf("robots.txt of %s cannot be read: %s", host, why.reason.Text.EN),
	}
	return why
}
